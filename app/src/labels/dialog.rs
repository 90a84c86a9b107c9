use super::choices::of_project;
use super::new_label::{ColorPicker, NewLabel};
use crate::erased::{For, Show, memo};
use crate::layout::{DialogToasts, use_toaster};
use crate::sync::use_rows;
use crate::ui::{ButtonSize, Dialog, DialogSize, EditableText, EmptyState, IconButton, IconName};
use leptos::prelude::*;
use shared::ids::{LabelId, ProjectId};
use shared::labels::{Label, Mutation};
use shared::values::{Color, LabelName};

/// The labels of a project, to rename, recolour, delete and add.
#[component]
pub fn LabelsDialog(
    /// The project.
    project: ProjectId,
    /// Whether it is open, both ways.
    open: RwSignal<bool>,
) -> impl IntoView {
    let rows = use_rows();
    let ids = memo(move || {
        of_project(rows, project)
            .iter()
            .map(|label| label.id)
            .collect::<Vec<_>>()
    });
    view! {
        <Dialog open=open title="Labels" size=DialogSize::Small>
            <Show
                when=move || !ids.read().is_empty()
                fallback=|| view! {
                    <EmptyState
                        compact=true
                        title="No labels yet"
                        text="Labels tell kinds of work apart, across columns."
                    />
                }
            >
                <ul class="labels">
                    <For each=move || ids.get() let:id>
                        <LabelRow id=id/>
                    </For>
                </ul>
            </Show>
            <NewLabel project=project/>
            <DialogToasts/>
        </Dialog>
    }
}

#[component]
fn LabelRow(id: LabelId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let name = rows.map::<Label, _>(id, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let color = rows.map::<Label, _>(id, |it| it.map(|it| it.color).unwrap_or_default());
    let edit = move |name: Result<LabelName, String>, color: Color| match name {
        Ok(name) => rows.mutate(Mutation::Edit { id, name, color }),
        Err(problem) => toaster.warn(problem),
    };
    let rename = move |text: String| edit(LabelName::parse(&text), color.get_untracked());
    let recolor = move |color: Color| edit(LabelName::parse(&name.read_untracked()), color);
    let delete = move |_| {
        let Some(label) = rows.get_untracked::<Label>(id) else {
            return;
        };
        let text = format!("Deleted the label {}", label.name);
        toaster.do_undoably(Mutation::Delete { id }, text);
    };
    view! {
        <li class="labels__row">
            <ColorPicker
                label=Signal::derive(move || format!("Colour of {}", name.read()))
                color=color
                on_pick=recolor
            />
            <span class="labels__name">
                <EditableText value=name label="Name" maxlength=50_u32 on_commit=rename/>
            </span>
            <IconButton
                icon=IconName::Trash
                label=Signal::derive(move || format!("Delete {}", name.read()))
                size=ButtonSize::Small
                tooltip_end=true
                on_click=delete
            />
        </li>
    }
    .into_any()
}
