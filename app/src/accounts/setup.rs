use super::api::{SetUp, TryDemo};
use super::sign_up::AccountFields;
use super::{AuthPage, AuthSubmit};
use crate::backend::{FormProblem, field_problem, problem};
use crate::ui::{Button, ButtonKind, ButtonSize, TextField};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The first visit to a fresh server: the first account with its workspace, or a demo.
#[component]
pub fn SetupPage() -> impl IntoView {
    let set_up = ServerAction::<SetUp>::new();
    let demo = ServerAction::<TryDemo>::new();
    let refused = problem(set_up);
    view! {
        <AuthPage
            title="Welcome to TeamFlow"
            lead="This server is new. Create the first account; it owns the first workspace."
        >
            <FormProblem problem=refused fields=&["name", "email", "password", "workspace"]/>
            <ActionForm action=set_up attr:class="auth__form">
                <AccountFields problem=refused/>
                <TextField
                    label="Workspace"
                    name="workspace"
                    placeholder="North Light"
                    hint="Your team's or company's name. You can change it later."
                    autocomplete="organization"
                    required=true
                    maxlength=80_u32
                    error=field_problem(refused, "workspace")
                />
                <AuthSubmit busy=set_up.pending() text="Create account and workspace"/>
            </ActionForm>
            <p class="auth__divider">"or look around first"</p>
            <FormProblem problem=problem(demo)/>
            <ActionForm action=demo attr:class="auth__alt">
                <Button size=ButtonSize::Large kind=ButtonKind::Submit busy=demo.pending()>
                    "Try the demo workspace"
                </Button>
            </ActionForm>
        </AuthPage>
    }
}
