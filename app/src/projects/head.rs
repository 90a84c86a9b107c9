use crate::boards::ViewTabs;
use crate::erased::memo;
use crate::layout::{MenuButton, PageTitle};
use crate::sync::use_rows;
use leptos::prelude::*;
use shared::ids::ProjectId;
use shared::projects::Project;

/// The head of a project's page beside its board.
#[component]
pub fn ProjectHead(
    /// The project.
    project: ProjectId,
    /// What the page shows of it: "Archive".
    page: &'static str,
) -> impl IntoView {
    let rows = use_rows();
    let name = rows.text(project, |it: &Project| it.name.to_string());
    let key = rows.text(project, |it: &Project| it.key.to_string());
    view! {
        <PageTitle text=memo(move || format!("{page} of {}", name.read()))/>
        <header class="topbar">
            <MenuButton/>
            <h1 class="topbar__title">{name}</h1>
            <ViewTabs project_key=key/>
        </header>
    }
}
