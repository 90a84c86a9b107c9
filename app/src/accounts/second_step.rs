use super::api::EnterCode;
use super::{AuthPage, AuthSubmit, use_next};
use crate::backend::{FormProblem, field_problem, problem};
use crate::routes::href;
use crate::ui::TextField;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// The second step of signing in.
#[component]
pub fn SecondStepPage() -> impl IntoView {
    let action = ServerAction::<EnterCode>::new();
    let refused = problem(action);
    let next = use_next();
    view! {
        <AuthPage
            title="One more step"
            lead="Type the six digits that your authenticator app shows, or one of your recovery codes."
        >
            <FormProblem problem=refused fields=&["code"]/>
            <ActionForm action=action attr:class="auth__form">
                <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
                <TextField
                    label="Code"
                    name="code"
                    autocomplete="one-time-code"
                    required=true
                    autofocus=true
                    maxlength=20_u32
                    error=field_problem(refused, "code")
                />
                <AuthSubmit busy=action.pending() text="Sign in"/>
            </ActionForm>
            <p class="auth__alt"><a href=href::SIGN_IN>"Begin again"</a></p>
        </AuthPage>
    }
}
