use super::moving;
use super::open::OpenTask;
use super::panel::Close;
use crate::erased::Show;
use crate::layout::use_toaster;
use crate::ui::{IconName, Menu, MenuItem, Picker};
use leptos::prelude::*;
use shared::tasks::Mutation;

/// What can be done with a task as a whole.
#[component]
pub(super) fn TaskMenu(task: OpenTask) -> impl IntoView {
    let toaster = use_toaster();
    let close = expect_context::<Close>();
    let id = task.id;
    let is_archived = task.map(|it| it.archived_at.is_some());
    let is_trashed = task.map(|it| it.trashed_at.is_some());
    let copy_key = move |()| toaster.copy(&untrack(|| task.name()), "the key");
    let archive = move |()| {
        let name = untrack(|| task.name());
        let archive = Mutation::SetArchived { id, archived: true };
        toaster.do_undoably(archive, format!("Archived {name}"));
    };
    let trash = move |()| {
        let name = untrack(|| task.name());
        let trash = Mutation::SetTrashed { id, trashed: true };
        toaster.do_undoably(trash, format!("Deleted {name}"));
        close.run();
    };
    let is_moving = RwSignal::new(false);
    let from = task.project;
    let may_move = move || task.may_edit() && moving::is_any(task.rows, from);
    let move_to = move |project: String| {
        let Ok(project) = project.parse() else { return };
        // The panel goes along with it.
        moving::move_to_project(task.rows, toaster, id, project);
    };
    view! {
        <Menu label="Task actions">
            <MenuItem icon=IconName::Copy on_select=copy_key>
                "Copy key"
            </MenuItem>
            <Show when=may_move>
                <MenuItem icon=IconName::ArrowRight on_select=move |()| is_moving.set(true)>
                    "Move to project…"
                </MenuItem>
            </Show>
            <Show when=move || task.may_edit() && !is_archived.get()>
                <MenuItem icon=IconName::Archive on_select=archive>
                    "Archive"
                </MenuItem>
            </Show>
            <Show when=move || task.may_delete() && !is_trashed.get()>
                <MenuItem icon=IconName::Trash danger=true on_select=trash>
                    "Delete"
                </MenuItem>
            </Show>
        </Menu>
        <Picker
            id="task-project"
            open=is_moving
            label="Project"
            placeholder="Move to project"
            options=Signal::derive(move || moving::choices(task.rows, from))
            selected=Signal::derive(Vec::new)
            on_pick=move_to
        />
    }
}
