//! Toasts: what was refused, and what just happened with a way back.

use super::words;
use crate::dom::{clipboard, focus};
use crate::sync::{Refusal, Rows};
use crate::ui::{Toast, ToastAction, Toasts, Tone};
use leptos::prelude::*;
use std::time::Duration;

/// How long a toast stays.
const SHOWN_FOR: Duration = Duration::from_secs(10);
/// How long it stays after that while somebody is on it.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(3);
/// The toasts while somebody reads or reaches for them.
const IN_USE: &str = ".toasts:is(:hover, :focus-within)";

/// Tells the person things. Cheap to copy; in the context of the frame.
#[derive(Clone, Copy)]
pub struct Toaster {
    rows: Rows,
    told: RwSignal<Vec<Toast>>,
    last_id: StoredValue<u64>,
}

/// The teller in the context.
///
/// # Panics
/// Outside of a workspace's pages, which is a mistake in the routes.
pub fn use_toaster() -> Toaster {
    use_context().expect("the frame provides the toasts")
}

impl Toaster {
    pub(super) fn new(rows: Rows) -> Self {
        Self {
            rows,
            told: RwSignal::default(),
            last_id: StoredValue::new(0),
        }
    }

    /// Says what happened: "Copied the link".
    pub fn tell(self, text: impl Into<String>) {
        self.show(Tone::Neutral, text.into(), None);
    }

    /// Says what went wrong.
    pub fn warn(self, text: impl Into<String>) {
        self.show(Tone::Warning, text.into(), None);
    }

    /// Says what happened and offers to take it back: "Deleted WEB-12".
    pub fn offer_undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        let action = ToastAction {
            text: "Undo".to_owned(),
            kbd: None,
            run: Callback::new(move |()| undo()),
        };
        self.show(Tone::Neutral, text.into(), Some(action));
    }

    fn show(self, kind: Tone, text: String, action: Option<ToastAction>) {
        self.last_id.update_value(|id| *id += 1);
        let id = odd(self.last_id.get_value());
        let toast = Toast {
            id,
            kind,
            text,
            detail: None,
            action,
        };
        self.told.update(|told| told.push(toast));
        self.expire(id, SHOWN_FOR);
    }

    fn expire(self, id: u64, after: Duration) {
        let end = move || {
            if focus::matches(IN_USE) {
                self.expire(id, LOOK_AGAIN_AFTER);
            } else {
                self.dismiss(id);
            }
        };
        set_timeout(end, after);
    }

    fn dismiss(self, id: u64) {
        if id.is_multiple_of(2) {
            self.rows.dismiss(id / 2);
        } else {
            self.told.update(|told| told.retain(|toast| toast.id != id));
        }
    }

    fn all(self) -> Vec<Toast> {
        let refused = self.rows.refusals();
        let mut toasts: Vec<Toast> = refused.read().iter().map(|it| self.refusal(it)).collect();
        toasts.extend(self.told.get());
        toasts
    }

    fn refusal(self, refusal: &Refusal) -> Toast {
        let action = words::kept(&refusal.command).map(|text| ToastAction {
            text: "Copy the text".to_owned(),
            kbd: None,
            run: Callback::new(move |()| self.copy(&text, "the text")),
        });
        Toast {
            id: even(refusal.id),
            kind: Tone::Danger,
            text: words::refused(&refusal.command),
            detail: Some(refusal.rejected.message.clone()),
            action,
        }
    }

    /// Copies a text and says so: "Copied the link".
    pub fn copy(self, text: &str, what: &'static str) {
        clipboard::copy(text, move |copied| {
            if copied {
                self.tell(format!("Copied {what}"));
            } else {
                self.warn(format!(
                    "The browser did not allow {what} to be copied. Select and copy it by hand."
                ));
            }
        });
    }
}

// Refusals are numbered by the rows and what is told here by us; both are shown in one list.
const fn even(id: u64) -> u64 {
    id * 2
}

const fn odd(id: u64) -> u64 {
    id * 2 + 1
}

/// The toasts there are now.
#[component]
pub(super) fn ToastHost() -> impl IntoView {
    let toaster = use_toaster();
    Effect::new(move |last: Option<u64>| {
        let refused = toaster.rows.refusals();
        let last = last.unwrap_or(0);
        let newest = refused.read().iter().map(|it| it.id).max().unwrap_or(0);
        for id in last + 1..=newest {
            toaster.expire(even(id), SHOWN_FOR);
        }
        newest.max(last)
    });
    view! {
        <Toasts
            toasts=Signal::derive(move || toaster.all())
            on_dismiss=move |id| toaster.dismiss(id)
        />
    }
}
