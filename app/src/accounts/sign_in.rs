use super::api::{SignIn, find_entrances};
use super::{AuthPage, AuthSubmit, Entrances, ProviderButtons, Refusal, use_next};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::passkeys::PasskeyButton;
use crate::routes::href;
use crate::start::use_start;
use crate::ui::{Banner, Checkbox, TextField, Tone};
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
    let entrances = Resource::new(|| (), |()| find_entrances());
    // A form without JavaScript comes back with nothing in it.
    let typed = use_start().typed_email.unwrap_or_default();
    view! {
        <AuthPage title="Sign in">
            {move || done().map(|done| view! { <Banner tone=Tone::Success>{done}</Banner> })}
            <Refusal/>
            <FormProblem problem=problem fields=&["email", "password"]/>
            <ActionForm action=action attr:class="auth__form">
                <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
                <TextField
                    label="E-mail"
                    name="email"
                    kind="email"
                    autocomplete="username webauthn"
                    initial=typed
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
                <AuthSubmit busy=action.pending() text="Sign in"/>
            </ActionForm>
            <PasskeyButton entrances=entrances next=next/>
            <ProviderButtons entrances=entrances/>
            <p class="auth__alt"><a href=href::FORGOT_PASSWORD>"Forgot your password?"</a></p>
            <NewHere entrances=entrances/>
        </AuthPage>
    }
}

/// Where to make an account, if somebody who was not invited has a chance.
#[component]
fn NewHere(entrances: Resource<Result<Entrances, Failure>>) -> impl IntoView {
    let next = use_next();
    let address = move || match next.get() {
        Some(next) => href::sign_up(&next),
        None => href::SIGN_UP.to_owned(),
    };
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let is_invited = next.get().as_deref().and_then(href::secret_of_invitation).is_some();
                let is_offered = entrances.await.is_ok_and(|entrances| entrances.has_sign_up);
                (is_offered || is_invited).then(|| view! {
                    <p class="auth__alt">"New here? " <a href=address>"Create an account"</a></p>
                })
            })}
        </Transition>
    }
}
