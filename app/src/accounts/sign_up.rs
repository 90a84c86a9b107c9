use super::api::{SignUp, find_entrances};
use super::{AuthPage, AuthSubmit, PASSWORD_CHARS_MIN, ProviderButtons, use_next};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::routes::href;
use crate::start::use_start;
use crate::ui::TextField;
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Signing up.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let problem = problem(action);
    let next = use_next();
    let sign_in = move || {
        next.get()
            .map_or(href::SIGN_IN.to_owned(), |next| href::sign_in(&next))
    };
    let entrances = Resource::new(|| (), |()| find_entrances());
    view! {
        <AuthPage title="Create an account">
            <FormProblem problem=problem fields=&["name", "email", "password"]/>
            <ActionForm action=action attr:class="auth__form">
                <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
                <AccountFields problem=problem/>
                <AuthSubmit busy=action.pending() text="Create account"/>
            </ActionForm>
            <ProviderButtons entrances=entrances/>
            <p class="auth__alt">"You have one? " <a href=sign_in>"Sign in"</a></p>
        </AuthPage>
    }
}

/// The fields that an account is made from.
#[component]
pub fn AccountFields(
    /// Why the form was refused.
    problem: Signal<Option<Failure>>,
) -> impl IntoView {
    // A form without JavaScript comes back with nothing in it.
    let typed = use_start().typed_email.unwrap_or_default();
    view! {
        <TextField
            label="Your name"
            name="name"
            autocomplete="name"
            required=true
            autofocus=true
            maxlength=80_u32
            error=field_problem(problem, "name")
        />
        <TextField
            label="E-mail"
            name="email"
            kind="email"
            autocomplete="username"
            initial=typed
            required=true
            error=field_problem(problem, "email")
        />
        <TextField
            label="Password"
            name="password"
            kind="password"
            autocomplete="new-password"
            required=true
            hint=format!("At least {PASSWORD_CHARS_MIN} characters.")
            error=field_problem(problem, "password")
        />
    }
}
