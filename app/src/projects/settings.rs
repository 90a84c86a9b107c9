use super::address::use_project;
use super::archived_banner::ArchivedBanner;
use super::ending::Ending;
use super::fields::{ColorField, Dates, KeyForm, LeadField, NameField};
use super::head::ProjectHead;
use super::people::words;
use crate::erased::memo;
use crate::layout::NotFound;
use crate::routes::href;
use crate::sync::use_rows;
use crate::workspaces::slug_of;
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::ProjectId;
use shared::projects::{Project, Visibility};

/// What a project is like, and putting it away.
#[component]
pub fn ProjectSettingsPage() -> impl IntoView {
    let rows = use_rows();
    let project = use_project(rows);
    move || match project.get() {
        Some(project) => view! { <Settings project=project/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn Settings(project: ProjectId) -> impl IntoView {
    let rows = use_rows();
    let key = rows.text(project, |it: &Project| it.key.to_string());
    let visibility = rows.map::<Project, _>(project, |it| {
        it.map_or(Visibility::Workspace, |it| it.visibility)
    });
    let may_edit = memo(move || rows.may(Action::EditProjects, project));
    let slug = StoredValue::new(slug_of(rows));
    let people = move || slug.with_value(|slug| href::people(slug, &key.read()));
    view! {
        <ProjectHead project=project page="Settings"/>
        <main class="page" id="main" tabindex="-1">
            <div class="page__narrow settings__main project-people">
                <ArchivedBanner project=project/>
                <section>
                    <h2>"Project settings"</h2>
                    <Row name="Name" text="What everybody sees in the sidebar.">
                        <NameField project=project may_edit=may_edit/>
                    </Row>
                    <Row
                        name="Key"
                        text="Begins the name of every task, such as WEB-12, and is part of every link to the project. Links with the old key stop working when it changes, and another project may take it."
                    >
                        <KeyForm project=project may_edit=may_edit/>
                    </Row>
                    <Row name="Colour" text="Tells it from other projects.">
                        <ColorField project=project may_edit=may_edit/>
                    </Row>
                    <Row name="Lead" text="Whom to ask about it. What somebody may do is their role's alone.">
                        <LeadField project=project may_edit=may_edit/>
                    </Row>
                    <Dates project=project may_edit=may_edit/>
                    <Row name="Who sees it" text="Is decided with its people.">
                        <span class="settings__edit">
                            <span class="settings__value">{move || words(visibility.get())}</span>
                            <a
                                class="button"
                                data-variant="secondary"
                                data-size="medium"
                                href=people
                            >
                                <span class="button__text">"People"</span>
                            </a>
                        </span>
                    </Row>
                </section>
                <Ending project=project/>
            </div>
        </main>
    }
}

/// A line of the settings: what it is about, and what it is.
#[component]
pub(super) fn Row(
    /// What it is about.
    name: &'static str,
    /// What that means.
    #[prop(optional)]
    text: &'static str,
    /// What it is, to be changed.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="settings__row">
            <div class="settings__label">
                <b>{name}</b>
                {text}
            </div>
            {children()}
        </div>
    }
    .into_any()
}
