use super::new_project::NewProject;
use super::project_card::ProjectCard;
use super::slug_of;
use crate::erased::{For, Show, memo};
use crate::layout::{MenuButton, PageTitle};
use crate::routes::href;
use crate::settings::Section;
use crate::sync::use_rows;
use crate::ui::{Button, ButtonVariant, EmptyState, Icon, IconName};
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::ProjectId;
use shared::projects::Project;
use shared::workspaces::Workspace;

/// A workspace's projects.
#[component]
pub fn HomePage() -> impl IntoView {
    let rows = use_rows();
    let slug = StoredValue::new(slug_of(rows));
    let name = rows.map::<Workspace, _>(rows.workspace(), |workspace| {
        workspace
            .map(|workspace| workspace.name.to_string())
            .unwrap_or_default()
    });
    let projects = memo(move || live_projects(&rows.all::<Project>()));
    let may_create = memo(move || rows.may_in_workspace(Action::CreateProjects));
    let may_import = memo(move || rows.may_in_workspace(Action::RunImports));
    let is_any_away = memo(move || rows.all::<Project>().iter().any(|it| !it.is_live()));
    let creating = RwSignal::new(false);
    let create = move || {
        view! {
            <Button
                variant=ButtonVariant::Primary
                icon=IconName::Plus
                on_click=move |_| creating.set(true)
            >
                "Create a project"
            </Button>
        }
    };
    let import = move || {
        view! {
            <a class="button" data-variant="secondary" data-size="medium" href=href::import(&slug.read_value())>
                <Icon name=IconName::Import/>
                <span class="button__text">"Import from Trello"</span>
            </a>
        }
    };
    view! {
        <PageTitle text=memo(move || name.get())/>
        <header class="topbar">
            <MenuButton/>
            <h1 class="topbar__title">{move || name.get()}</h1>
            <div class="topbar__actions">
                <Show when=move || may_import.get() && !projects.read().is_empty()>{import()}</Show>
                <Show when=move || may_create.get() && !projects.read().is_empty()>{create()}</Show>
            </div>
        </header>
        <main class="page" id="main" tabindex="-1">
            <Show
                when=move || !projects.read().is_empty()
                fallback=move || view! {
                    <EmptyState
                        title="No projects yet"
                        text="A project is a body of work with a board of its own. Begin one, or bring a board along."
                        icon=IconName::Board
                    >
                        <div class="projects__begin">
                            <Show when=move || may_create.get()>{create()}</Show>
                            <Show when=move || may_import.get()>{import()}</Show>
                        </div>
                    </EmptyState>
                }
            >
                <ul class="projects">
                    <For each=move || projects.get() let:id>
                        <li><ProjectCard id=id/></li>
                    </For>
                </ul>
            </Show>
            <Show when=move || is_any_away.get()>
                <p class="projects__away">
                    <a href=href::section(&slug.read_value(), Section::ArchivedProjects)>
                        "Archived projects"
                    </a>
                </p>
            </Show>
        </main>
        <NewProject open=creating/>
    }
}

/// The projects that work goes on in, oldest first.
fn live_projects(projects: &[std::sync::Arc<Project>]) -> Vec<ProjectId> {
    let mut live: Vec<_> = projects
        .iter()
        .filter(|project| project.is_live())
        .collect();
    live.sort_by_key(|project| (project.created_at, project.id));
    live.into_iter().map(|project| project.id).collect()
}
