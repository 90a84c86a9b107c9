use super::choices;
use super::dialog::LabelsDialog;
use crate::erased::{For, Show, memo};
use crate::layout::use_toaster;
use crate::sync::use_rows;
use crate::tasks::OpenTask;
use crate::ui::{ButtonSize, IconButton, IconName, LabelChip, PickerField};
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::LabelId;
use shared::labels::Label;
use shared::tasks::Mutation;
use shared::values::LabelName;

/// The labels of a task: chosen, or made by typing a new name.
#[component]
pub fn TaskLabels(task: OpenTask) -> impl IntoView {
    let rows = task.rows;
    let toaster = use_toaster();
    let editing = RwSignal::new(false);
    let ids = task.map(|it| it.labels.clone());
    // A label that was deleted is still named by tasks, and no longer shown.
    let known = memo(move || {
        let known = |id: &LabelId| rows.get::<Label>(*id).is_some();
        ids.get().into_iter().filter(known).collect::<Vec<_>>()
    });
    let may_create = memo(move || rows.may(Action::EditLabels, task.project));
    let id = task.id;
    let pick = move |value: String| {
        let Ok(label) = value.parse::<LabelId>() else {
            return;
        };
        task.send(if ids.read_untracked().contains(&label) {
            Mutation::RemoveLabel { id, label }
        } else {
            Mutation::AddLabel { id, label }
        });
    };
    let make = move |name: String| match LabelName::parse(&name) {
        Ok(name) if may_create.get_untracked() => {
            let label = choices::create(rows, task.project, name);
            task.send(Mutation::AddLabel { id, label });
        }
        Ok(_) => toaster.warn("Your role does not allow new labels. Choose one that is there."),
        Err(problem) => toaster.warn(problem),
    };
    view! {
        <PickerField
            id="task-labels"
            label="Labels"
            placeholder="Find or create a label"
            multiple=true
            options=Signal::derive(move || choices::choices(rows, task.project))
            selected=Signal::derive(move || ids.read().iter().map(ToString::to_string).collect())
            disabled=task.is_readonly()
            on_create=make
            on_pick=pick
        >
            <Show
                when=move || !known.read().is_empty()
                fallback=|| view! { <span class="field__empty">"None"</span> }
            >
                <For each=move || known.get() let:id>
                    <Chip id=id/>
                </For>
            </Show>
        </PickerField>
        <Show when=move || may_create.get() && task.may_edit()>
            <IconButton
                icon=IconName::Pencil
                label="Edit labels"
                size=ButtonSize::Small
                on_click=move |_| editing.set(true)
            />
            <LabelsDialog project=task.project open=editing/>
        </Show>
    }
}

#[component]
fn Chip(id: LabelId) -> impl IntoView {
    let rows = use_rows();
    let color = rows.text(id, |it: &Label| it.color.to_string());
    let name = rows.text(id, |it: &Label| it.name.to_string());
    view! {
        <LabelChip color=color>{name}</LabelChip>
    }
    .into_any()
}
