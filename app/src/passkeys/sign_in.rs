use super::api::{begin_passkey_sign_in, sign_in_with_passkey};
use crate::accounts::Entrances;
use crate::backend::Failure;
use crate::dom::credentials::{self, Question};
use crate::ui::{Banner, Button, ButtonSize, Tone};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A page to sign in at may stay open for long, and what a browser is to answer is good for five minutes.
const ASK_ANEW_AFTER: Duration = Duration::from_mins(4);

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

/// A button, and passkeys among what the browser fills into the field for the address, where it does that.
#[component]
fn Offer(next: Signal<Option<String>>) -> impl IntoView {
    let filling = Filling::new(next);
    let enter = Action::new_local(move |(): &()| {
        filling.stop();
        let next = next.get_untracked();
        async move {
            let entered = enter(next).await;
            if entered.is_err() {
                filling.start();
            }
            entered
        }
    });
    let value = enter.value();
    let refused = move || value.with(|value| value.as_ref()?.as_ref().err().cloned());
    let problem = move || refused().or_else(|| filling.problem.get());
    filling.start();
    on_cleanup(move || filling.stop());
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

/// The question that waits while somebody is at the page: which of the passkeys that the browser offers them they pick.
#[derive(Clone, Copy)]
struct Filling {
    next: Signal<Option<String>>,
    /// What is asked now, and the how manieth question that is.
    asked: StoredValue<(u32, Option<Question>), LocalStorage>,
    problem: RwSignal<Option<String>>,
}

impl Filling {
    #[expect(
        clippy::disallowed_methods,
        reason = "drawn once a browser has said that it has passkeys: never on the server"
    )]
    fn new(next: Signal<Option<String>>) -> Self {
        Self {
            next,
            asked: StoredValue::new_local((0, None)),
            problem: RwSignal::new(None),
        }
    }

    /// Takes back what is asked.
    fn stop(self) {
        self.asked.try_update_value(|(turn, question)| {
            *turn += 1;
            if let Some(question) = question.take() {
                question.take_back();
            }
        });
    }

    /// Asks, and asks anew when that is too old. Where the browser fills nothing in, nothing is asked, and nothing said.
    fn start(self) {
        self.stop();
        let Some(turn) = self.asked.try_with_value(|(turn, _)| *turn) else {
            return;
        };
        spawn_local(async move {
            if !credentials::are_filled_in().await {
                return;
            }
            let Ok(options) = begin_passkey_sign_in().await else {
                return;
            };
            let answer = self.asked.try_update_value(|(now, question)| {
                // Meanwhile the button was pressed, or the page left.
                let is_mine = *now == turn;
                *question = Question::new().filter(|_| is_mine);
                question.as_ref().map(|question| question.fill_in(options))
            });
            let Some(answer) = answer.flatten() else {
                return;
            };
            let again = move || {
                let now = self.asked.try_with_value(|(now, _)| *now);
                if now == Some(turn) {
                    self.start();
                }
            };
            set_timeout(again, ASK_ANEW_AFTER);
            let Some(answer) = answer.await else {
                return;
            };
            let next = self.next.try_get_untracked().flatten();
            if let Err(failure) = sign_in_with_passkey(answer, next).await {
                self.problem.try_set(Some(failure.0.message));
                self.start();
            }
        });
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
