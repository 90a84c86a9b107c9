//! What a picker offers, and which of it matches what was typed.

use leptos::prelude::*;

/// One choice of a [`super::Picker`].
#[derive(Clone)]
pub struct PickerOption {
    /// What is handed to `on_pick`.
    pub value: String,
    /// What is shown and searched.
    pub text: String,
    /// Something more about it, also searched.
    pub hint: Option<String>,
    /// A mark before the text: an avatar, a swatch.
    pub glyph: Option<ViewFn>,
}

impl PickerOption {
    /// A choice with only its words.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            hint: None,
            glyph: None,
        }
    }

    /// Adds something more about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a mark before the text.
    #[must_use]
    pub fn glyph(mut self, glyph: impl Into<ViewFn>) -> Self {
        self.glyph = Some(glyph.into());
        self
    }
}

/// The most choices drawn at once; typing finds the others.
const SHOWN_MAX: usize = 100;

/// The choices that match: those that begin with the query before those that contain it.
pub(super) fn matching(options: &[PickerOption], query: &str) -> Vec<PickerOption> {
    let query = query.trim().to_lowercase();
    let contains = |text: &str| text.to_lowercase().contains(&query);
    let mut found = options
        .iter()
        .filter(|option| contains(&option.text) || option.hint.as_deref().is_some_and(contains))
        .collect::<Vec<_>>();
    found.sort_by_key(|option| !option.text.to_lowercase().starts_with(&query));
    found.into_iter().take(SHOWN_MAX).cloned().collect()
}

/// Whether a choice is called exactly this, so that it need not be made.
pub(super) fn is_taken(options: &[PickerOption], name: &str) -> bool {
    let name = name.trim().to_lowercase();
    name.is_empty()
        || options
            .iter()
            .any(|option| option.text.to_lowercase() == name)
}

#[cfg(test)]
mod tests {
    use super::{PickerOption, is_taken, matching};

    fn options() -> Vec<PickerOption> {
        vec![
            PickerOption::new("1", "Web bug"),
            PickerOption::new("2", "Bug"),
            PickerOption::new("3", "Docs").hint("a bug in the manual"),
            PickerOption::new("4", "Import"),
        ]
    }

    fn values(query: &str) -> Vec<String> {
        matching(&options(), query)
            .into_iter()
            .map(|option| option.value)
            .collect()
    }

    #[test]
    fn what_begins_with_the_query_comes_first() {
        assert_eq!(values("BUG "), ["2", "1", "3"]);
    }

    #[test]
    fn an_empty_query_keeps_the_order() {
        assert_eq!(values(""), ["1", "2", "3", "4"]);
    }

    #[test]
    fn a_name_is_taken_whatever_its_case() {
        assert!(is_taken(&options(), " import"));
        assert!(!is_taken(&options(), "imports"));
        assert!(is_taken(&options(), "  "));
    }
}
