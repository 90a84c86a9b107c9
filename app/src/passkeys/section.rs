use super::api::{RemovePasskey, RenamePasskey, add_passkey, begin_passkey, list_passkeys};
use super::{Passkey, Passkeys};
use crate::accounts::PasswordAgain;
use crate::backend::{Failure, FormProblem, problem};
use crate::dom::credentials;
use crate::time::words::day_of;
use crate::ui::{Banner, Button, ButtonKind, ButtonVariant, Skeleton, TextField, Tone};
use leptos::ev::SubmitEvent;
use leptos::form::ActionForm;
use leptos::prelude::*;
use shared::ids::PasskeyId;

/// Somebody's passkeys: a new one, and renaming and removing those that are there.
#[component]
pub fn PasskeySection() -> impl IntoView {
    let rename = ServerAction::<RenamePasskey>::new();
    let remove = ServerAction::<RemovePasskey>::new();
    let added = RwSignal::new(0_u32);
    let versions = move || (rename.version().get(), remove.version().get(), added.get());
    let passkeys = Resource::new(versions, |_| list_passkeys());
    view! {
        <section>
            <h2>"Passkeys"</h2>
            <p class="page__lead">
                "Sign in with your finger, your face or the lock of your device instead of the password and a code."
            </p>
            <FormProblem problem=problem(rename)/>
            <FormProblem problem=problem(remove)/>
            <Transition fallback=|| view! { <Skeleton count=1/> }>
                {move || Suspend::new(async move {
                    match passkeys.await {
                        Ok(found) => {
                            view! { <Found passkeys=found rename=rename remove=remove added=added/> }
                                .into_any()
                        }
                        Err(failure) => {
                            view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any()
                        }
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Found(
    passkeys: Passkeys,
    rename: ServerAction<RenamePasskey>,
    remove: ServerAction<RemovePasskey>,
    added: RwSignal<u32>,
) -> impl IntoView {
    let Passkeys {
        obstacle,
        asks_password,
        suggestion,
        all,
    } = passkeys;
    view! {
        <p class="field-hint">{counts(asks_password)}</p>
        {all
            .into_iter()
            .map(|passkey| view! { <Row passkey=passkey asked=asks_password rename=rename remove=remove/> })
            .collect_view()}
        {match obstacle {
            Some(why) => view! { <Banner>{why}</Banner> }.into_any(),
            None => view! { <NewPasskey suggestion=suggestion asked=asks_password added=added/> }.into_any(),
        }}
    }
}

/// Whether a passkey is what a workspace asks for that lets nobody in without a second step.
const fn counts(has_password: bool) -> &'static str {
    if has_password {
        "A workspace that asks for two-step sign-in asks for the code beside your password: a passkey is no second step there, \
         since the password alone would still let somebody in."
    } else {
        "As you have no password, a passkey is also all that a workspace asks for which lets nobody in without two-step sign-in."
    }
}

#[component]
fn Row(
    passkey: Passkey,
    asked: bool,
    rename: ServerAction<RenamePasskey>,
    remove: ServerAction<RemovePasskey>,
) -> impl IntoView {
    let Passkey { id, name, .. } = passkey;
    let (label, whose) = (name.clone(), format!(" {name}"));
    let used = passkey.last_used_at.map_or_else(
        || "never used".to_owned(),
        |at| format!("last used {}", day_of(at)),
    );
    view! {
        <article class="passkey" aria-label=label>
            <div class="settings__label">
                <b>{name.clone()}</b>
                {format!("Added {}, {used}", day_of(passkey.created_at))}
            </div>
            <details class="passkey__change">
                <summary>"Change"<span class="visually-hidden">{whose}</span></summary>
                <Rename id=id name=name rename=rename/>
                <Remove id=id asked=asked remove=remove/>
            </details>
        </article>
    }
}

#[component]
fn Rename(id: PasskeyId, name: String, rename: ServerAction<RenamePasskey>) -> impl IntoView {
    view! {
        <ActionForm action=rename attr:class="form settings__fields">
            <input type="hidden" name="id" value=id.to_string()/>
            <TextField
                label="Name"
                name="name"
                id=format!("passkey-name-{id}")
                initial=name
                required=true
                maxlength=80_u32
            />
            <div class="form__actions">
                <Button kind=ButtonKind::Submit busy=rename.pending()>"Rename"</Button>
            </div>
        </ActionForm>
    }
}

#[component]
fn Remove(id: PasskeyId, asked: bool, remove: ServerAction<RemovePasskey>) -> impl IntoView {
    view! {
        <ActionForm action=remove attr:class="form settings__fields">
            <input type="hidden" name="id" value=id.to_string()/>
            <PasswordAgain asked=asked id=format!("passkey-password-{id}")/>
            <div class="form__actions">
                <Button
                    variant=ButtonVariant::Danger
                    kind=ButtonKind::Submit
                    busy=remove.pending()
                >
                    "Remove"
                </Button>
            </div>
        </ActionForm>
    }
}

/// A new one. Nothing where the browser has no passkeys, as without scripts.
#[component]
fn NewPasskey(suggestion: String, asked: bool, added: RwSignal<u32>) -> impl IntoView {
    let can = super::can_use();
    view! {
        <Show when=move || can.get()>
            <AddForm suggestion=suggestion.clone() asked=asked added=added/>
        </Show>
    }
}

#[component]
fn AddForm(suggestion: String, asked: bool, added: RwSignal<u32>) -> impl IntoView {
    let name = RwSignal::new(suggestion);
    let password = RwSignal::new(String::new());
    let add = Action::new_local(move |(): &()| {
        let wish = (name.get_untracked(), password.get_untracked());
        async move {
            add(wish.0, wish.1).await?;
            added.update(|times| *times += 1);
            Ok::<_, Failure>(())
        }
    });
    let value = add.value();
    let refused =
        Signal::derive(move || value.with(|value| value.as_ref()?.as_ref().err().cloned()));
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        add.dispatch(());
    };
    view! {
        <FormProblem problem=refused/>
        <form class="form settings__fields" on:submit=on_submit>
            <TextField
                label="Name of the new passkey"
                name="name"
                id="new-passkey-name"
                value=name
                required=true
                maxlength=80_u32
            />
            <PasswordAgain asked=asked id="new-passkey-password" value=password/>
            <div class="form__actions">
                <Button kind=ButtonKind::Submit busy=add.pending()>"Add a passkey"</Button>
            </div>
        </form>
    }
}

async fn add(name: String, password: String) -> Result<(), Failure> {
    let options = begin_passkey(name, password).await?;
    let Some(answer) = credentials::create(&options).await else {
        return Err(Failure::from(super::not_made()));
    };
    add_passkey(answer).await
}
