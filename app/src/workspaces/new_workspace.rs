use super::api::CreateWorkspace;
use crate::accounts::AuthPage;
use crate::backend::{FormProblem, field_problem, problem};
use crate::routes::href;
use crate::ui::{Button, ButtonKind, ButtonSize, ButtonVariant, TextField};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Founding a workspace.
#[component]
pub fn NewWorkspacePage() -> impl IntoView {
    let action = ServerAction::<CreateWorkspace>::new();
    let problem = problem(action);
    view! {
        <AuthPage
            title="New workspace"
            lead="A workspace holds your team and its projects. Nothing is shared between workspaces."
        >
            <FormProblem problem=problem fields=&["name", "slug"]/>
            <ActionForm action=action attr:class="auth__form">
                <TextField
                    label="Name"
                    name="name"
                    placeholder="North Light"
                    autocomplete="organization"
                    required=true
                    autofocus=true
                    maxlength=80_u32
                    error=field_problem(problem, "name")
                />
                <TextField
                    label="Address (optional)"
                    name="slug"
                    placeholder="north-light"
                    hint="Lower-case letters, digits and hyphens. Left empty, it is made from the name."
                    maxlength=40_u32
                    error=field_problem(problem, "slug")
                />
                <Button
                    variant=ButtonVariant::Primary
                    size=ButtonSize::Large
                    kind=ButtonKind::Submit
                    busy=action.pending()
                >
                    "Create workspace"
                </Button>
            </ActionForm>
            <p class="auth__alt"><a href=href::ROOT rel="external">"Back"</a></p>
        </AuthPage>
    }
}
