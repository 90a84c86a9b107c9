//! What somebody types over a value that others may change meanwhile: it stays as it was typed.

use crate::erased::memo;
use leptos::prelude::*;

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
pub struct Held {
    value: Signal<String>,
    held: RwSignal<Option<String>>,
}

impl Held {
    /// Shows a value.
    pub fn new(value: Signal<String>) -> Self {
        let held = RwSignal::new(None);
        Self { value, held }
    }

    /// What is to be shown.
    pub fn shown(self) -> Memo<String> {
        memo(move || self.held.get().unwrap_or_else(|| self.value.get()))
    }

    /// Somebody types.
    pub fn hold(self) {
        let value = self.value.get_untracked();
        self.held.update(|held| {
            held.get_or_insert(value);
        });
    }

    /// They are done.
    pub fn release(self) {
        self.held.set(None);
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
