use super::api::SignIn;
use super::{AuthPage, use_next};
use crate::backend::{FormProblem, field_problem, problem};
use crate::routes::href;
use crate::ui::{Button, ButtonKind, ButtonSize, ButtonVariant, Checkbox, TextField};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Signing in.
#[component]
pub fn SignInPage() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let problem = problem(action);
    let next = use_next();
    let sign_up = move || match next.get() {
        Some(next) => format!("{}?next={}", href::SIGN_UP, href::encoded(&next)),
        None => href::SIGN_UP.to_owned(),
    };
    view! {
        <AuthPage title="Sign in">
            <FormProblem problem=problem fields=&["email", "password"]/>
            <ActionForm action=action attr:class="auth__form">
                <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
                <TextField
                    label="E-mail"
                    name="email"
                    kind="email"
                    autocomplete="username"
                    required=true
                    autofocus=true
                    error=field_problem(problem, "email")
                />
                <TextField
                    label="Password"
                    name="password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    error=field_problem(problem, "password")
                />
                <Checkbox label="Stay signed in" name="remember" checked=true/>
                <Button
                    variant=ButtonVariant::Primary
                    size=ButtonSize::Large
                    kind=ButtonKind::Submit
                    busy=action.pending()
                >
                    "Sign in"
                </Button>
            </ActionForm>
            <p class="auth__alt">"New here? " <a href=sign_up>"Create an account"</a></p>
        </AuthPage>
    }
}
