use super::api::SignIn;
use super::{AuthPage, use_next};
use crate::backend::{FormProblem, field_problem, problem};
use crate::routes::href;
use crate::ui::{Banner, Button, ButtonKind, ButtonSize, ButtonVariant, Checkbox, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Signing in.
#[component]
pub fn SignInPage() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let problem = problem(action);
    let next = use_next();
    let query = use_query_map();
    let done = move || match query.read().get_str("done")? {
        "reset" => Some("Your password was changed. Sign in with the new one."),
        "email" => Some("Your address is confirmed."),
        _ => None,
    };
    let sign_up = move || match next.get() {
        Some(next) => href::sign_up(&next),
        None => href::SIGN_UP.to_owned(),
    };
    view! {
        <AuthPage title="Sign in">
            {move || done().map(|done| view! { <Banner tone=Tone::Success>{done}</Banner> })}
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
            <p class="auth__alt"><a href=href::FORGOT_PASSWORD>"Forgot your password?"</a></p>
            <p class="auth__alt">"New here? " <a href=sign_up>"Create an account"</a></p>
        </AuthPage>
    }
}
