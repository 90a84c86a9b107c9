use super::slug_of;
use crate::erased::memo;
use crate::routes::href;
use crate::sync::{Rows, use_rows};
use crate::ui::{Button, ButtonKind, ButtonVariant, Dialog, TextField};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use shared::ids::ProjectId;
use shared::projects::{self, Project, Visibility, default_statuses};
use shared::values::{Color, Name, ProjectKey};

/// Asks for a project's name and key, makes it, and goes to its board.
#[component]
pub fn NewProject(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <Dialog open=open title="New project">
            <NewProjectForm open=open/>
        </Dialog>
    }
}

#[component]
fn NewProjectForm(open: RwSignal<bool>) -> impl IntoView {
    let rows = use_rows();
    let navigate = use_navigate();
    let name = RwSignal::new(String::new());
    // Left empty, it stands for the one made from the name.
    let typed_key = RwSignal::new(String::new());
    let suggested = memo(move || free_key(rows, &name.read()));
    let problem = RwSignal::new(None::<(&'static str, String)>);
    let problem_of = move |field: &'static str| {
        Signal::derive(move || {
            problem.with(|problem| {
                let (at, text) = problem.as_ref()?;
                (*at == field).then(|| text.clone())
            })
        })
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = typed_key.get_untracked();
        let key = if typed.trim().is_empty() {
            suggested.get_untracked()
        } else {
            typed
        };
        match create(rows, &name.get_untracked(), &key) {
            Ok(key) => {
                open.set(false);
                navigate(
                    &href::board(&slug_of(rows), &key),
                    NavigateOptions::default(),
                );
            }
            Err(wrong) => problem.set(Some(wrong)),
        }
    };
    view! {
        <form class="form" on:submit=submit>
            <TextField
                label="Name"
                name="name"
                id="new-project-name"
                value=name
                placeholder="Web app"
                required=true
                autofocus=true
                maxlength=80_u32
                error=problem_of("name")
            />
            <TextField
                label="Key"
                name="key"
                id="new-project-key"
                value=typed_key
                placeholder="WEB"
                hint="Begins every task's number, such as WEB-12. Left empty, it is made from the name."
                maxlength=10_u32
                error=problem_of("key")
            />
            <div class="form__actions">
                <Button on_click=move |_| open.set(false)>"Cancel"</Button>
                <Button variant=ButtonVariant::Primary kind=ButtonKind::Submit>
                    "Create project"
                </Button>
            </div>
        </form>
    }
}

/// Makes the project; answers its key, or the field that is wrong and why.
fn create(rows: Rows, name: &str, key: &str) -> Result<String, (&'static str, String)> {
    let name = Name::parse(name).map_err(|text| ("name", text))?;
    let key = ProjectKey::parse(&key.trim().to_uppercase()).map_err(|text| ("key", text))?;
    require_free_key(rows, &key).map_err(|text| ("key", text))?;
    rows.mutate(projects::Mutation::Create {
        id: rows.new_id::<ProjectId>(),
        key: key.clone(),
        color: Color::of(name.as_str().as_bytes()),
        name,
        visibility: Visibility::Workspace,
        statuses: default_statuses(|| rows.new_id()),
    });
    Ok(key.to_string())
}

/// Says that another project that is seen here has a key; of those that are not, the server says it.
pub fn require_free_key(rows: Rows, key: &ProjectKey) -> Result<(), String> {
    if is_taken(rows, key.as_str()) {
        let text = format!("The key {key} is taken by another project. Choose another.");
        return Err(text);
    }
    Ok(())
}

fn is_taken(rows: Rows, key: &str) -> bool {
    rows.all::<Project>()
        .iter()
        .any(|project| project.key.as_str() == key)
}

/// A key made from a name that no visible project has.
fn free_key(rows: Rows, name: &str) -> String {
    let key = ProjectKey::from_name(name).to_string();
    if !is_taken(rows, &key) {
        return key;
    }
    let numbered = (2..100).map(|number| format!("{key}{number}"));
    numbered
        .into_iter()
        .find(|key| !is_taken(rows, key))
        .unwrap_or(key)
}
