use super::api::{
    ChangePassword, ForgotPassword, RenameAccount, SendConfirmation, UnlinkProvider, find_account,
};
use super::{Account, AccountLayout, PASSWORD_CHARS_MIN, ProviderLinks, Refusal};
use crate::backend::{Failure, FormProblem, field_problem, problem};
use crate::passkeys::PasskeySection;
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
        "linked" => Some("From now on you can sign in with it."),
        "unlinked" => Some("It was unlinked."),
        _ => None,
    };
    let unlink = ServerAction::<UnlinkProvider>::new();
    let account = Resource::new(move || unlink.version().get(), |_| find_account());
    view! {
        <AccountLayout title="Account" current=href::ACCOUNT>
            {move || done().map(|done| view! { <Banner tone=Tone::Success>{done}</Banner> })}
            <Refusal/>
            <Identity account=account/>
            <Transition>
                {move || Suspend::new(async move {
                    account.await.ok().map(|account| {
                        let has_password = account.has_password;
                        let has_mail = account.has_mail;
                        view! {
                            {if has_password {
                                view! { <Password/> }.into_any()
                            } else {
                                view! { <NoPassword has_mail=has_mail/> }.into_any()
                            }}
                            {has_password.then(|| view! { <PasskeySection/> })}
                            <ProviderLinks account=account unlink=unlink/>
                        }
                    })
                })}
            </Transition>
        </AccountLayout>
    }
}

#[component]
fn Identity(account: Resource<Result<Account, Failure>>) -> impl IntoView {
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
                    hint="What others see, in every workspace."
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
            <Confirmation account=account/>
        </section>
    }
}

/// Whether the address is confirmed, and what to do if not. Where no mail is sent there is nothing to do.
#[component]
fn Confirmation(account: Resource<Result<Account, Failure>>) -> impl IntoView {
    let send = ServerAction::<SendConfirmation>::new();
    view! {
        <FormProblem problem=problem(send)/>
        <Transition>
            {move || Suspend::new(async move {
                let asked = matches!(
                    account.await,
                    Ok(Account { is_confirmed: false, has_mail: true, .. })
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

/// For who comes in by another's word alone.
#[component]
fn NoPassword(has_mail: bool) -> impl IntoView {
    let ask = ServerAction::<ForgotPassword>::new();
    let email = use_start()
        .person
        .map(|person| person.email)
        .unwrap_or_default();
    view! {
        <section>
            <h2>"Password"</h2>
            <FormProblem problem=problem(ask)/>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"You have none"</b>
                    {if has_mail {
                        "To sign in with your address, too, choose one by a link that is mailed to you."
                    } else {
                        "To sign in with your address, too, ask the administrator of this server for a link to choose one."
                    }}
                </div>
                {has_mail.then(|| view! {
                    <ActionForm action=ask>
                        <input type="hidden" name="email" value=email/>
                        <Button kind=ButtonKind::Submit busy=ask.pending()>"Send the link"</Button>
                    </ActionForm>
                })}
            </div>
        </section>
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
