use super::order::{Order, element_id};
use crate::erased::Show;
use crate::layout::{Toaster, use_toaster};
use crate::tasks::OpenTask;
use crate::ui::{ButtonSize, Checkbox, EditableText, Icon, IconButton, IconName, IconSize};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use shared::checklist_items::{ChecklistItem, Mutation};
use shared::ids::ChecklistItemId;
use shared::values::Title;

/// A line of a checklist: ticked, edited, moved and deleted where it stands.
#[component]
pub(super) fn Line(task: OpenTask, id: ChecklistItemId, order: Order) -> impl IntoView {
    let rows = task.rows;
    let toaster = use_toaster();
    let text = rows.map::<ChecklistItem, _>(id, |it| {
        it.map(|it| it.text.to_string()).unwrap_or_default()
    });
    let is_done = rows.map::<ChecklistItem, _>(id, |it| it.is_some_and(|it| it.done));
    let edit = move |text: String| match Title::parse(&text) {
        Ok(text) => rows.mutate(Mutation::Edit { id, text }),
        Err(problem) => toaster.warn(problem),
    };
    let on_keydown = move |event: KeyboardEvent| {
        let key = event.key();
        if event.alt_key() && matches!(key.as_str(), "ArrowUp" | "ArrowDown") {
            event.prevent_default();
            if untrack(|| task.may_edit()) {
                order.step(id, key == "ArrowUp");
            }
        }
    };
    view! {
        <li
            class="checklist__item"
            id=element_id(id)
            data-done=move || is_done.get().then_some("true")
            data-dragging=move || order.is_moving(id).then_some("true")
            data-drop=move || order.marker(id)
            on:keydown=on_keydown
        >
            <Show when=move || task.may_edit()>
                <span class="checklist__grip" aria-hidden="true">
                    <Icon name=IconName::Grip size=IconSize::Small/>
                </span>
            </Show>
            <Checkbox
                label=text
                label_hidden=true
                checked=is_done
                disabled=task.is_readonly()
                on_change=move |done| rows.mutate(Mutation::SetDone { id, done })
            />
            <span class="checklist__text">
                <EditableText
                    value=text
                    label="Line"
                    maxlength=255_u32
                    readonly=task.is_readonly()
                    on_commit=edit
                />
            </span>
            <Show when=move || task.may_edit()>
                <span class="checklist__actions">
                    <IconButton
                        icon=IconName::Trash
                        label="Delete the line"
                        size=ButtonSize::Small
                        tooltip_end=true
                        on_click=move |_| delete(task, toaster, id)
                    />
                </span>
            </Show>
        </li>
    }
    .into_any()
}

/// Deletes a line, with a way back to where it was.
fn delete(task: OpenTask, toaster: Toaster, id: ChecklistItemId) {
    let Some(line) = task.rows.get_untracked::<ChecklistItem>(id) else {
        return;
    };
    let text = format!("Deleted “{}”", line.text);
    toaster.do_undoably(Mutation::Delete { id }, text);
}
