//! Toasts: what was refused, and what just happened with a way back.

use super::words;
use crate::dom::{clipboard, focus, hotkeys};
use crate::sync::{Refusal, Rows, written};
use crate::ui::{Toast, ToastAction, Toasts, Tone};
use leptos::prelude::*;
use shared::ids::StatusId;
use shared::members::Member;
use shared::statuses::Status;
use shared::sync::{Command, Mutation, Overwritten};
use std::sync::Arc;
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
            run: Arc::new(undo),
        };
        self.show(Tone::Neutral, text.into(), Some(action));
    }

    /// Carries a command out, says what happened, and offers to take it back: "Deleted the label Bug".
    pub fn do_undoably<M: Mutation + Into<Command>>(self, mutation: M, text: impl Into<String>) {
        let rows = self.rows;
        let back = rows.inverse(&mutation);
        let refused = rows.refusals().with_untracked(Vec::len);
        rows.mutate(mutation);
        if rows.refusals().with_untracked(Vec::len) > refused {
            // The refusal says so.
            return;
        }
        self.offer_undo(text, move || {
            for command in &back {
                rows.mutate(command.clone());
            }
        });
    }

    fn show(self, kind: Tone, text: String, action: Option<ToastAction>) {
        self.last_id.update_value(|id| *id += 1);
        let id = Source::Told.id(self.last_id.get_value());
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
        match Source::of(id) {
            (Source::Refused, id) => self.rows.dismiss(id),
            (Source::Overwritten, id) => self.rows.let_go(id),
            (Source::Told, _) => self.told.update(|told| told.retain(|toast| toast.id != id)),
        }
    }

    fn all(self) -> Vec<Toast> {
        let refused = self.rows.refusals();
        let mut toasts: Vec<Toast> = refused.read().iter().map(|it| self.refusal(it)).collect();
        let overwritten = self.rows.overwritten();
        toasts.extend(
            overwritten
                .read()
                .iter()
                .map(|(id, it)| self.overwritten(*id, it)),
        );
        toasts.extend(self.told.get());
        toasts
    }

    fn overwritten(self, id: u64, it: &Overwritten) -> Toast {
        let by = self.rows.get::<Member>(it.by);
        let by = by.map_or_else(|| "Somebody".to_owned(), |by| by.name.to_string());
        let value = |value: &serde_json::Value| self.value(it, value);
        let action = it.take_back().map(|_| ToastAction {
            text: "Take mine back".to_owned(),
            kbd: Some("Z".to_owned()),
            run: Arc::new(move || self.rows.take_back(id)),
        });
        Toast {
            id: Source::Overwritten.id(id),
            kind: Tone::Warning,
            text: words::overwritten(&by, it, &value(&it.theirs)),
            detail: Some(format!("Yours was {}.", value(&it.mine))),
            action,
        }
    }

    /// A value as people read it.
    fn value(self, it: &Overwritten, value: &serde_json::Value) -> String {
        if it.field == "status"
            && let Ok(id) = serde_json::from_value::<StatusId>(value.clone())
            && let Some(status) = self.rows.get::<Status>(id)
        {
            return format!("“{}”", status.name);
        }
        words::value(&it.field, value)
    }

    /// Takes the last value back that somebody overwrote.
    fn take_last_back(self) {
        let last = self
            .rows
            .overwritten()
            .read_untracked()
            .last()
            .map(|(id, _)| *id);
        if let Some(id) = last {
            self.rows.take_back(id);
        }
    }

    fn refusal(self, refusal: &Refusal) -> Toast {
        let action = written(&refusal.command).map(|text| ToastAction {
            text: "Copy the text".to_owned(),
            kbd: None,
            run: Arc::new(move || self.copy(&text, "the text")),
        });
        Toast {
            id: Source::Refused.id(refusal.id),
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

/// Where a toast comes from: each numbers its own, and all are shown in one list.
#[derive(Clone, Copy)]
enum Source {
    Refused,
    Told,
    Overwritten,
}

impl Source {
    const ALL: [Self; 3] = [Self::Refused, Self::Told, Self::Overwritten];

    const fn id(self, number: u64) -> u64 {
        number * 3 + self as u64
    }

    fn of(id: u64) -> (Self, u64) {
        let source = Self::ALL.into_iter().find(|it| *it as u64 == id % 3);
        (source.unwrap_or(Self::Told), id / 3)
    }
}

/// The toasts within a dialog that stays open while things are undone: what lies below a dialog cannot be reached.
#[component]
pub fn DialogToasts() -> impl IntoView {
    let toaster = use_toaster();
    view! {
        <Toasts
            toasts=Signal::derive(move || toaster.all())
            on_dismiss=move |id| toaster.dismiss(id)
        />
    }
}

/// The toasts there are now.
#[component]
pub(super) fn ToastHost() -> impl IntoView {
    let toaster = use_toaster();
    hotkeys::use_hotkey(
        "Z",
        "Take back the value that somebody overwrote",
        move || {
            toaster.take_last_back();
        },
    );
    Effect::new(move |last: Option<u64>| {
        let refused = toaster.rows.refusals();
        let last = last.unwrap_or(0);
        let newest = refused.read().iter().map(|it| it.id).max().unwrap_or(0);
        for id in last + 1..=newest {
            toaster.expire(Source::Refused.id(id), SHOWN_FOR);
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
