use super::archive_list::{ArchivedColumns, ArchivedTasks, Kind};
use crate::erased::{Show, memo};
use crate::layout::{NotFound, OnItsWay};
use crate::presence::use_here;
use crate::projects::{ArchivedBanner, ProjectHead, use_project};
use crate::sync::use_rows;
use crate::ui::{EmptyState, Icon, IconName, SkeletonShape};
use leptos::prelude::*;
use shared::ids::ProjectId;
use shared::projects::Project;
use shared::statuses::Status;
use shared::sync::Cover;
use shared::tasks::Task;

/// What was taken off a project's board.
#[component]
pub fn ArchivePage() -> impl IntoView {
    let project = use_project(use_rows());
    move || match project.get() {
        Some(project) => view! { <Archive project=project/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn Archive(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    use_here().follow_project(Signal::stored(Some(project)));
    Effect::new(move |_| rows.want(Cover::Board(project)));
    let key = rows.text(project, |project: &Project| project.key.to_string());
    let search = RwSignal::new(String::new());
    let is_empty = memo(move || {
        let is_off = |task: &Task| task.project == project && !task.is_live();
        let is_archived =
            |status: &Status| status.project == project && status.archived_at.is_some();
        !rows.all::<Task>().iter().any(|task| is_off(task))
            && !rows
                .all::<Status>()
                .iter()
                .any(|status| is_archived(status))
    });
    let is_here = memo(move || rows.has(Cover::Board(project)));
    view! {
        <ProjectHead project=project page="Archive"/>
        <main class="page" id="main" tabindex="-1">
            <div class="page__narrow">
                <ArchivedBanner project=project/>
                <h2 class="page__title">"Archive"</h2>
                <p class="page__lead">"Columns and tasks that were taken off the board. All of them can be brought back."</p>
                <SearchBox search=search/>
                <ArchivedColumns project=project search=search/>
                <ArchivedTasks project=project project_key=key search=search kind=Kind::Archived/>
                <ArchivedTasks project=project project_key=key search=search kind=Kind::Trashed/>
                <Show when=move || is_empty.get() && is_here.get()>
                    <EmptyState
                        title="Nothing is archived"
                        text="What you archive or delete on the board waits here."
                        icon=IconName::Archive
                    />
                </Show>
                <Show when=move || is_empty.get() && !is_here.get()>
                    <OnItsWay shape=SkeletonShape::Row count=5/>
                </Show>
            </div>
        </main>
    }
}

#[component]
fn SearchBox(search: RwSignal<String>) -> impl IntoView {
    view! {
        <label class="filterbar__search archive__search">
            <Icon name=IconName::Search/>
            <input
                type="search"
                placeholder="Search the archive"
                aria-label="Search the archive"
                autocomplete="off"
                prop:value=search
                on:input:target=move |event| search.set(event.target().value())
            />
        </label>
    }
}
