use super::api::{begin_passkey_sign_in, sign_in_with_passkey};
use crate::accounts::Entrances;
use crate::backend::Failure;
use crate::dom::credentials;
use crate::ui::{Banner, Button, ButtonSize, Tone};
use leptos::prelude::*;

/// Signing in without an address and a password. Nothing where the server or the browser has no passkeys.
#[component]
pub fn PasskeyButton(
    /// How people come in here.
    entrances: Resource<Result<Entrances, Failure>>,
    /// Where to go on, on this site.
    #[prop(into)]
    next: Signal<Option<String>>,
) -> impl IntoView {
    let can = super::can_use();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let is_offered = entrances.await.is_ok_and(|entrances| entrances.has_passkeys);
                is_offered.then(|| view! {
                    <Show when=move || can.get()>
                        <Offer next=next/>
                    </Show>
                })
            })}
        </Transition>
    }
}

#[component]
fn Offer(next: Signal<Option<String>>) -> impl IntoView {
    let enter = Action::new_local(move |(): &()| enter(next.get_untracked()));
    let value = enter.value();
    let problem = move || value.with(|value| value.as_ref()?.as_ref().err().cloned());
    view! {
        <p class="auth__divider">"or"</p>
        {move || problem().map(|message| view! { <Banner tone=Tone::Danger>{message}</Banner> })}
        <div class="auth__others">
            <Button
                size=ButtonSize::Large
                busy=enter.pending()
                on_click=move |_| {
                    enter.dispatch(());
                }
            >
                "Sign in with a passkey"
            </Button>
        </div>
    }
}

async fn enter(next: Option<String>) -> Result<(), String> {
    let told = |failure: Failure| failure.0.message;
    let options = begin_passkey_sign_in().await.map_err(told)?;
    let Some(answer) = credentials::get(&options).await else {
        let text = "No passkey was used. Try again, or sign in another way.";
        return Err(text.to_owned());
    };
    sign_in_with_passkey(answer, next).await.map_err(told)
}
