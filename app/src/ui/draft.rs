//! What somebody types over a value that others may change meanwhile: it stays as it was typed.

use crate::erased::memo;
use leptos::prelude::*;
use shared::values::Date;

/// Takes a value over as it is now, unless something else was typed over what it was before.
pub fn follow<T: PartialEq>(typed: &mut T, before: &T, now: T) {
    if typed == before {
        *typed = now;
    }
}

/// A text to be typed into, which follows a value for as long as nobody has.
pub fn draft_of(value: Memo<String>) -> RwSignal<String> {
    let draft = RwSignal::new(value.get_untracked());
    Effect::new(move |before: Option<String>| {
        let now = value.get();
        let before = before.as_ref().unwrap_or(&now);
        draft.update(|draft| follow(draft, before, now.clone()));
        now
    });
    draft
}

/// What an input shows that only the browser knows the draft of, such as a date: what it showed before somebody began to
/// type, until they are done.
#[derive(Clone, Copy)]
struct Held {
    value: Signal<String>,
    held: RwSignal<Option<String>>,
}

impl Held {
    /// Shows a value.
    fn new(value: Signal<String>) -> Self {
        let held = RwSignal::new(None);
        Self { value, held }
    }

    /// What is to be shown.
    fn shown(self) -> Memo<String> {
        memo(move || self.held.get().unwrap_or_else(|| self.value.get()))
    }

    /// Somebody types.
    fn hold(self) {
        let value = self.value.get_untracked();
        self.held.update(|held| {
            held.get_or_insert(value);
        });
    }

    /// They are done.
    fn release(self) {
        self.held.set(None);
    }
}

/// An input with a draft that only the browser knows. What it says of itself is added where it is used, by `attr:`.
#[component]
pub fn HeldInput(
    /// The input's type, such as `date`.
    kind: &'static str,
    /// What it shows while nobody types.
    #[prop(into)]
    value: Signal<String>,
    /// What was typed, once somebody is done.
    #[prop(into)]
    on_commit: Callback<String>,
) -> impl IntoView {
    let held = Held::new(value);
    let shown = held.shown();
    view! {
        <input
            type=kind
            value=shown.get_untracked()
            prop:value=shown
            on:keydown=move |_| held.hold()
            on:change:target=move |event| {
                on_commit.run(event.target().value());
                held.release();
            }
            on:blur=move |_| held.release()
        />
    }
}

/// The first year that is meant: a date that is being typed passes through the year 2 on its way to 2026.
const YEAR_MIN: i32 = 1900;

/// A day, chosen from the browser's calendar or typed.
#[component]
pub fn DateInput(
    /// The day.
    #[prop(into)]
    date: Signal<Option<Date>>,
    /// The day that was chosen, or none.
    #[prop(into)]
    on_change: Callback<Option<Date>>,
) -> impl IntoView {
    let value = move || date.get().map(|it| it.to_string()).unwrap_or_default();
    let commit = move |text: String| match Date::parse(&text) {
        Ok(date) if date.civil().0 >= YEAR_MIN => on_change.run(Some(date)),
        Err(_) if text.is_empty() => on_change.run(None),
        Ok(_) | Err(_) => {}
    };
    view! {
        <HeldInput
            kind="date"
            value=Signal::derive(value)
            on_commit=commit
            attr:max="9999-12-31"
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_and_what_was_not_follows() {
        let mut typed = "mine";
        follow(&mut typed, &"before", "theirs");
        assert_eq!(typed, "mine");
        follow(&mut typed, &"mine", "theirs");
        assert_eq!(typed, "theirs");
    }

    #[test]
    fn what_somebody_types_into_shows_what_others_did_once_they_are_done() {
        Owner::new().with(|| {
            let value = RwSignal::new("a".to_owned());
            let held = Held::new(value.into());
            let shown = held.shown();
            held.hold();
            value.set("b".to_owned());
            held.hold();
            assert_eq!(shown.get_untracked(), "a");
            held.release();
            assert_eq!(shown.get_untracked(), "b");
        });
    }
}
