//! Fitting texts of other tools into ours, and counting what had to change.

use super::report::{Ledger, number_of};
use crate::values::{CommentText, LabelName, Markdown, Name, Title};
use std::collections::BTreeMap;

/// A text type that an importer fills.
pub(super) trait Fitted: Sized {
    /// The most characters.
    const CHARS_MAX: usize;
    /// Whether it may have several lines.
    const MULTILINE: bool;
    /// Checks a text.
    fn parse(text: &str) -> Result<Self, String>;
}

macro_rules! fitted {
    ($($type:ident $multiline:literal,)*) => {$(
        impl Fitted for $type {
            const CHARS_MAX: usize = $type::CHARS_MAX;
            const MULTILINE: bool = $multiline;
            fn parse(text: &str) -> Result<Self, String> {
                $type::parse(text)
            }
        }
    )*};
}

fitted! {
    Title false,
    Name false,
    LabelName false,
    Markdown true,
    CommentText true,
}

/// Fits texts and remembers how many of them changed.
#[derive(Default)]
pub(super) struct Texts {
    cleaned: usize,
    joined: usize,
    cut: BTreeMap<(&'static str, usize), usize>,
}

impl Texts {
    /// The text as one of ours: without control characters, on one line where it must be, and cut where it is too long.
    /// `None` where nothing is left. `what` names the kind in the list of what was cut, such as `titles`.
    pub(super) fn fit<T: Fitted>(&mut self, text: &str, what: &'static str) -> Option<T> {
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\t');
        let text = if T::MULTILINE { text } else { text.trim() };
        let mut fitted: String = text
            .chars()
            .filter(|c| !c.is_control() || is_break(*c))
            .collect();
        self.cleaned += usize::from(fitted.len() < text.len());
        if !T::MULTILINE {
            if fitted.contains(is_break) {
                self.joined += 1;
                fitted = fitted.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            // Cleaning may have bared white space at the ends.
            fitted = fitted.trim().to_owned();
        }
        if fitted.trim().is_empty() {
            return None;
        }
        if fitted.chars().count() > T::CHARS_MAX {
            *self.cut.entry((what, T::CHARS_MAX)).or_default() += 1;
            let head: String = fitted.chars().take(T::CHARS_MAX - 1).collect();
            fitted = format!("{}…", head.trim_end());
        }
        T::parse(&fitted).ok()
    }

    /// Adds a number of characters that were mended before the texts could be read.
    pub(super) fn mended(&mut self, count: usize) {
        self.cleaned += count;
    }

    /// Writes down what had to change.
    pub(super) fn tell(self, ledger: &mut Ledger) {
        for ((what, chars_max), count) in self.cut {
            let why = format!("At most {chars_max} characters fit; the end was cut off.");
            ledger.lose(&format!("Long {what}"), &why, count);
        }
        let texts = number_of(self.cleaned, "text");
        let text = format!("{texts} with control or broken characters: these were removed.");
        ledger.note("cleaned", self.cleaned, text);
        let texts = number_of(self.joined, "title");
        let text = format!("{texts} or names with line breaks: these became spaces.");
        ledger.note("joined_lines", self.joined, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_not_blank_fits(text in "(\\PC|[\u{0}-\u{a0}]){0,90}") {
            let mut texts = Texts::default();
            let visible = text.chars().any(|c| !c.is_control() && !c.is_whitespace());
            prop_assert_eq!(texts.fit::<LabelName>(&text, "labels").is_some(), visible);
            prop_assert_eq!(texts.fit::<CommentText>(&text, "comments").is_some(), visible);
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_counted() {
        let mut texts = Texts::default();
        let name: Name = texts.fit(&"ä".repeat(81), "names").unwrap();
        assert_eq!(name.as_str().chars().count(), 80);
        assert!(name.as_str().ends_with("ä…"));
        let title: Title = texts.fit(" a\u{0} \r\n\tb ", "titles").unwrap();
        assert_eq!(title.as_str(), "a b");
        let mut ledger = Ledger::default();
        texts.tell(&mut ledger);
        assert_eq!(ledger.unmapped[0].what, "Long names");
        let notes: Vec<_> = ledger
            .notes
            .iter()
            .map(|note| (&*note.code, note.count))
            .collect();
        assert_eq!(notes, [("cleaned", 1), ("joined_lines", 1)]);
    }
}
