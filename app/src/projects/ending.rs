use super::settings::Row;
use crate::dom::focus;
use crate::erased::{Show, memo};
use crate::layout::use_toaster;
use crate::routes::href;
use crate::sync::use_rows;
use crate::ui::{Button, ButtonVariant, IconName};
use crate::workspaces::slug_of;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use shared::access::Action;
use shared::ids::ProjectId;
use shared::projects::{Mutation, Project};

/// Putting a project away, for who may.
#[component]
pub(super) fn Ending(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let may_archive = memo(move || rows.may(Action::EditProjects, project));
    let may_delete = memo(move || rows.may(Action::DeleteProjects, project));
    view! {
        <Show when=move || may_archive.get() || may_delete.get()>
            <section id="ending">
                <h2>"Putting it away"</h2>
                <Show when=move || may_archive.get()>
                    <Archive project=project/>
                </Show>
                <Show when=move || may_delete.get()>
                    <Delete project=project/>
                </Show>
            </section>
        </Show>
    }
}

#[component]
fn Archive(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let name = rows.map::<Project, _>(project, |it| {
        it.map(|it| it.name.to_string()).unwrap_or_default()
    });
    let is_archived =
        rows.map::<Project, _>(project, |it| it.is_some_and(|it| it.archived_at.is_some()));
    let set = move |archived: bool| {
        let name = name.get_untracked();
        let text = if archived {
            format!("Archived the project {name}")
        } else {
            format!("Restored the project {name}")
        };
        let id = project;
        toaster.do_undoably(Mutation::SetArchived { id, archived }, text);
        focus::refill("#ending .button");
    };
    view! {
        <Show
            when=move || is_archived.get()
            fallback=move || view! {
                <Row
                    name="Archive this project"
                    text="It leaves the sidebar. Whoever sees it can go on reading it by its links, and nothing in it changes until somebody restores it."
                >
                    <Button icon=IconName::Archive on_click=move |_| set(true)>"Archive"</Button>
                </Row>
            }
        >
            <Row
                name="Restore this project"
                text="It comes back to the sidebar, and work in it can go on."
            >
                <Button icon=IconName::Restore on_click=move |_| set(false)>"Restore"</Button>
            </Row>
        </Show>
    }
}

#[component]
fn Delete(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let toaster = use_toaster();
    let navigate = use_navigate();
    let trash = move |_| {
        let Some(row) = rows.get_untracked::<Project>(project) else {
            return;
        };
        let trash = Mutation::SetTrashed {
            id: project,
            trashed: true,
        };
        toaster.do_undoably(
            trash,
            format!("Moved the project {} to the trash", row.name),
        );
        navigate(&href::workspace(&slug_of(rows)), NavigateOptions::default());
    };
    view! {
        <Row
            name="Move this project to the trash"
            text="Nobody finds it any more, by its links neither, with everything in it. It waits among the archived projects of the workspace, from where it can be restored."
        >
            <Button variant=ButtonVariant::Danger icon=IconName::Trash on_click=trash>
                "Move to trash"
            </Button>
        </Row>
    }
}
