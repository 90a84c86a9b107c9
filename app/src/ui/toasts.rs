use std::sync::Arc;

use crate::erased::memo;
use leptos::prelude::*;

use super::{Button, ButtonSize, ButtonVariant, Icon, IconButton, IconName, Tone};

/// Something that happened, told at the edge of the window.
#[derive(Clone)]
pub struct Toast {
    /// Tells it from the others.
    pub id: u64,
    /// What it means.
    pub kind: Tone,
    /// What happened.
    pub text: String,
    /// What was kept, and what to do.
    pub detail: Option<String>,
    /// The one thing to do about it.
    pub action: Option<ToastAction>,
}

/// What a toast offers to do.
#[derive(Clone)]
pub struct ToastAction {
    /// The verb on its button.
    pub text: String,
    /// The key that does the same.
    pub kbd: Option<String>,
    /// Does it. Not a `Callback`, which ends with whoever made it: a toast outlives the card that is gone.
    pub run: Arc<dyn Fn() + Send + Sync>,
}

/// How many toasts lie beside each other; more would cover the page that they tell about.
const SHOWN_MAX: usize = 5;

/// The toasts there are now: the newest, and how many more, which open above them. Their owner decides how long each stays.
#[component]
pub fn Toasts(
    /// What to tell, the newest last.
    #[prop(into)]
    toasts: Signal<Vec<Toast>>,
    /// Called with the id of one that was closed by hand, or whose action was taken.
    #[prop(into)]
    on_dismiss: Callback<u64>,
) -> impl IntoView {
    let more = memo(move || toasts.read().len().saturating_sub(SHOWN_MAX));
    let older = Signal::derive(move || toasts.read()[..more.get()].to_vec());
    let newest = Signal::derive(move || toasts.read()[more.get()..].to_vec());
    view! {
        <div class="toasts" role="region" aria-label="Notifications" aria-live="polite">
            <details class="toasts__more" hidden=move || more.get() == 0>
                <summary>{move || more.get()}" more"</summary>
                <ToastList toasts=older on_dismiss=on_dismiss/>
            </details>
            <ToastList toasts=newest on_dismiss=on_dismiss/>
        </div>
    }
}

#[component]
fn ToastList(toasts: Signal<Vec<Toast>>, on_dismiss: Callback<u64>) -> impl IntoView {
    view! {
        <ol class="toasts__list">
            <For each=move || toasts.get() key=|toast| toast.id let:toast>
                <ToastRow toast=toast on_dismiss=on_dismiss/>
            </For>
        </ol>
    }
    .into_any()
}

#[component]
fn ToastRow(toast: Toast, on_dismiss: Callback<u64>) -> impl IntoView {
    let id = toast.id;
    let action = toast.action.map(|action| {
        let ToastAction { text, kbd, run } = action;
        let take = move |_| {
            run();
            on_dismiss.run(id);
        };
        view! {
            <Button variant=ButtonVariant::Ghost size=ButtonSize::Small kbd=kbd on_click=take>
                {text}
            </Button>
        }
    });
    view! {
        <li class="toast" data-kind=toast.kind.as_str()>
            <Icon name=icon_of(toast.kind)/>
            <div class="toast__words">
                <p class="toast__text">{toast.text}</p>
                {toast.detail.map(|detail| view! { <p class="toast__detail">{detail}</p> })}
            </div>
            {action}
            <IconButton
                icon=IconName::Close
                label="Dismiss"
                size=ButtonSize::Small
                tooltip_end=true
                on_click=move |_| on_dismiss.run(id)
            />
        </li>
    }
    .into_any()
}

pub(super) const fn icon_of(tone: Tone) -> IconName {
    match tone {
        Tone::Neutral | Tone::Accent => IconName::Info,
        Tone::Success => IconName::CheckCircle,
        Tone::Warning => IconName::Alert,
        Tone::Danger => IconName::Danger,
    }
}
