use super::api::{AskSignUp, FinishSignUp, SignUp, find_entrances};
use super::by_link::Secret;
use super::{AuthPage, AuthSubmit, PASSWORD_CHARS_MIN, ProviderButtons, use_next};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::invitations::api::find_invitation;
use crate::routes::href;
use crate::start::use_start;
use crate::ui::{Banner, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Signing up: at once, or where mail is sent by a link to the address that is typed.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let (action, ask) = (
        ServerAction::<SignUp>::new(),
        ServerAction::<AskSignUp>::new(),
    );
    let (next, query) = (use_next(), use_query_map());
    let is_sent = move || query.read().get_str("done") == Some("sent");
    let sign_in = move || {
        next.get()
            .map_or(href::SIGN_IN.to_owned(), |next| href::sign_in(&next))
    };
    let entrances = Resource::new(|| (), |()| find_entrances());
    let invited = Resource::new(move || next.get(), invited_address);
    view! {
        <AuthPage title="Create an account">
            {move || is_sent().then(|| view! {
                <Banner tone=Tone::Success>
                    "A mail is on its way to you. Open the link in it within a day to go on."
                </Banner>
            })}
            <Transition>
                {move || Suspend::new(async move {
                    let confirms_first = entrances.await.is_ok_and(|it| it.confirms_first);
                    let invited = invited.await;
                    if confirms_first && invited.is_none() {
                        view! { <AskForm action=ask/> }.into_any()
                    } else {
                        view! { <SignUpForm action=action invited=invited/> }.into_any()
                    }
                })}
            </Transition>
            <ProviderButtons entrances=entrances/>
            <p class="auth__alt">"You have one? " <a href=sign_in>"Sign in"</a></p>
        </AuthPage>
    }
}

/// The address that an invitation names, if one leads here.
async fn invited_address(next: Option<String>) -> Option<String> {
    let secret = href::secret_of_invitation(next.as_deref()?)?.to_owned();
    find_invitation(secret).await.ok()?.email
}

/// Where an address is confirmed first.
#[component]
fn AskForm(action: ServerAction<AskSignUp>) -> impl IntoView {
    let (refused, next) = (problem(action), use_next());
    view! {
        <FormProblem problem=refused fields=&["email"]/>
        <ActionForm action=action attr:class="auth__form">
            <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
            <TextField
                label="E-mail"
                name="email"
                kind="email"
                autocomplete="username"
                required=true
                autofocus=true
                hint="You get a link there to go on."
                error=field_problem(refused, "email")
            />
            <AuthSubmit busy=action.pending() text="Send the link"/>
        </ActionForm>
    }
}

/// Where an account is made at once.
#[component]
fn SignUpForm(action: ServerAction<SignUp>, invited: Option<String>) -> impl IntoView {
    let (refused, next) = (problem(action), use_next());
    view! {
        <FormProblem problem=refused fields=&["name", "email", "password"]/>
        <ActionForm action=action attr:class="auth__form">
            <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
            <AccountFields problem=refused invited=invited.unwrap_or_default()/>
            <AuthSubmit busy=action.pending() text="Create account"/>
        </ActionForm>
    }
}

/// What the link in the mail leads to: it does nothing by being opened.
#[component]
pub fn FinishSignUpPage() -> impl IntoView {
    let action = ServerAction::<FinishSignUp>::new();
    let (refused, next) = (problem(action), use_next());
    view! {
        <AuthPage
            title="Finish your account"
            lead="Your address is confirmed by this. Choose what you are called, and a password."
        >
            <FormProblem problem=refused fields=&["name", "password"]/>
            <ActionForm action=action attr:class="auth__form">
                <Secret/>
                <input type="hidden" name="next" value=move || next.get().unwrap_or_default()/>
                <NameField problem=refused/>
                <PasswordField problem=refused/>
                <AuthSubmit busy=action.pending() text="Create account"/>
            </ActionForm>
            <p class="auth__alt"><a href=href::SIGN_UP>"Ask for another link"</a></p>
        </AuthPage>
    }
}

/// The fields that an account is made from.
#[component]
pub fn AccountFields(
    /// Why the form was refused.
    problem: Signal<Option<Failure>>,
    /// The address that is expected.
    #[prop(optional)]
    invited: String,
) -> impl IntoView {
    // A form without JavaScript comes back with nothing in it.
    let typed = use_start().typed_email.unwrap_or(invited);
    view! {
        <NameField problem=problem/>
        <TextField
            label="E-mail"
            name="email"
            kind="email"
            autocomplete="username"
            initial=typed
            required=true
            error=field_problem(problem, "email")
        />
        <PasswordField problem=problem/>
    }
}

#[component]
fn NameField(problem: Signal<Option<Failure>>) -> impl IntoView {
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
    }
}

#[component]
fn PasswordField(problem: Signal<Option<Failure>>) -> impl IntoView {
    view! {
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
