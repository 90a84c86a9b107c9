//! The pages that links in mails lead to. A link does nothing by being opened, because programs open links too.

use super::api::{ConfirmEmail, ResetPassword};
use super::{AuthPage, AuthSubmit, PASSWORD_CHARS_MIN};
use crate::backend::{FormProblem, field_problem, problem};
use crate::routes::href;
use crate::ui::TextField;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The secret in the page's address, as a form's hidden field.
#[component]
pub(super) fn Secret() -> impl IntoView {
    let query = use_query_map();
    let token = move || query.read().get("token").unwrap_or_default();
    view! { <input type="hidden" name="token" value=token/> }
}

/// Choosing another password.
#[component]
pub fn ResetPage() -> impl IntoView {
    let action = ServerAction::<ResetPassword>::new();
    let refused = problem(action);
    view! {
        <AuthPage
            title="Choose another password"
            lead="You will be signed out everywhere, and sign in with the new one."
        >
            <FormProblem problem=refused fields=&["password"]/>
            <ActionForm action=action attr:class="auth__form">
                <Secret/>
                <TextField
                    label="New password"
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    autofocus=true
                    hint=format!("At least {PASSWORD_CHARS_MIN} characters.")
                    error=field_problem(refused, "password")
                />
                <AuthSubmit busy=action.pending() text="Change password"/>
            </ActionForm>
            <p class="auth__alt"><a href=href::FORGOT_PASSWORD>"Ask for another link"</a></p>
        </AuthPage>
    }
}

/// Confirming an address.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let action = ServerAction::<ConfirmEmail>::new();
    view! {
        <AuthPage title="Confirm your address" lead="Then we know that mail to it reaches you.">
            <FormProblem problem=problem(action)/>
            <ActionForm action=action attr:class="auth__form">
                <Secret/>
                <AuthSubmit busy=action.pending() text="Confirm address"/>
            </ActionForm>
        </AuthPage>
    }
}
