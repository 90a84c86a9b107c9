use super::api::{ChangePassword, RenameAccount, SendConfirmation, find_account};
use super::{Account, AccountLayout, PASSWORD_CHARS_MIN};
use crate::backend::{FormProblem, field_problem, problem};
use crate::routes::href;
use crate::start::use_start;
use crate::ui::{Banner, Button, ButtonKind, ButtonVariant, TextField, Tone};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What an account is: the name, the address, the password.
#[component]
pub fn AccountPage() -> impl IntoView {
    // A form without JavaScript comes back here to say that it was done.
    let query = use_query_map();
    let done = move || match query.read().get_str("done")? {
        "name" => Some("Your name was changed."),
        "email" => Some("Your address is confirmed."),
        "sent" => Some("A mail is on its way. Open the link in it within three days."),
        "password" => Some("Your password was changed. Everywhere else you are signed out."),
        _ => None,
    };
    view! {
        <AccountLayout title="Account" current=href::ACCOUNT>
            {move || done().map(|done| view! { <Banner tone=Tone::Success>{done}</Banner> })}
            <Identity/>
            <Password/>
        </AccountLayout>
    }
}

#[component]
fn Identity() -> impl IntoView {
    let rename = ServerAction::<RenameAccount>::new();
    let refused = problem(rename);
    let (name, email) = use_start()
        .person
        .map(|person| (person.name, person.email))
        .unwrap_or_default();
    view! {
        <section>
            <h1 class="page__title">"Account"</h1>
            <FormProblem problem=refused fields=&["name"]/>
            <ActionForm action=rename attr:class="form settings__fields">
                <TextField
                    label="Name"
                    name="name"
                    initial=name
                    hint="For workspaces that you found or join from now on. In the others you are called what it says there."
                    autocomplete="name"
                    required=true
                    maxlength=80_u32
                    error=field_problem(refused, "name")
                />
                <div class="form__actions">
                    <Button kind=ButtonKind::Submit busy=rename.pending()>"Save name"</Button>
                </div>
            </ActionForm>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"E-mail"</b>
                    "What you sign in with."
                </div>
                <span class="settings__value">{email}</span>
            </div>
            <Confirmation/>
        </section>
    }
}

/// Whether the address is confirmed, and what to do if not. Where no mail is sent there is nothing to do.
#[component]
fn Confirmation() -> impl IntoView {
    let send = ServerAction::<SendConfirmation>::new();
    let account = Resource::new(|| (), |()| find_account());
    view! {
        <FormProblem problem=problem(send)/>
        <Transition>
            {move || Suspend::new(async move {
                let asked = matches!(
                    account.await,
                    Ok(Account { is_confirmed: false, has_mail: true })
                );
                asked.then(|| view! {
                    <div class="settings__row">
                        <div class="settings__label">
                            <b>"Not confirmed yet"</b>
                            "Open the link in the mail that you got when you signed up."
                        </div>
                        <ActionForm action=send>
                            <Button kind=ButtonKind::Submit busy=send.pending()>"Send it again"</Button>
                        </ActionForm>
                    </div>
                })
            })}
        </Transition>
    }
}

#[component]
fn Password() -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    let refused = problem(change);
    view! {
        <section>
            <h2>"Password"</h2>
            <FormProblem problem=refused fields=&["current", "password"]/>
            <ActionForm action=change attr:class="form settings__fields">
                <TextField
                    label="Current password"
                    name="current"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    error=field_problem(refused, "current")
                />
                <TextField
                    label="New password"
                    name="password"
                    kind="password"
                    autocomplete="new-password"
                    required=true
                    hint=format!("At least {PASSWORD_CHARS_MIN} characters. Everywhere else you will be signed out.")
                    error=field_problem(refused, "password")
                />
                <div class="form__actions">
                    <Button
                        variant=ButtonVariant::Primary
                        kind=ButtonKind::Submit
                        busy=change.pending()
                    >
                        "Change password"
                    </Button>
                </div>
            </ActionForm>
        </section>
    }
}
