//! What the buttons and keys of the editor do to a text. Positions are UTF-16 units, as the browser counts them.

use std::ops::Range;

/// A button of the editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Important words.
    Bold,
    /// Stressed words.
    Italic,
    /// Lines of a list.
    List,
    /// Something a machine reads.
    Code,
    /// Words that lead somewhere.
    Link,
}

/// A change to a text: these units become this text, and then this is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is replaced.
    pub replaced: Range<usize>,
    /// By what.
    pub text: String,
    /// What is selected afterwards, in the changed text.
    pub selected: Range<usize>,
}

/// What a button does to the selected part of a text.
pub fn change(text: &str, selected: Range<usize>, mark: Mark) -> Change {
    let units: Vec<u16> = text.encode_utf16().collect();
    let end = selected.end.min(units.len());
    let start = selected.start.min(end);
    match mark {
        Mark::Bold => wrap(&units, start..end, "**"),
        Mark::Italic => wrap(&units, start..end, "_"),
        Mark::Code if slice(&units, start..end).contains('\n') => fence(&units, start..end),
        Mark::Code => wrap(&units, start..end, "`"),
        Mark::Link => link(&units, start..end),
        Mark::List => list(&units, start..end),
    }
}

fn slice(units: &[u16], range: Range<usize>) -> String {
    String::from_utf16_lossy(&units[range])
}

fn len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Puts a sign on both sides, or takes it away where it is there already.
fn wrap(units: &[u16], range: Range<usize>, sign: &str) -> Change {
    let sign_len = len(sign);
    let inner = slice(units, range.clone());
    let before = range.start.checked_sub(sign_len);
    let is_wrapped = before.is_some_and(|before| slice(units, before..range.start) == sign)
        && range.end + sign_len <= units.len()
        && slice(units, range.end..range.end + sign_len) == sign;
    if let Some(before) = before.filter(|_| is_wrapped) {
        return Change {
            replaced: before..range.end + sign_len,
            selected: before..before + range.len(),
            text: inner,
        };
    }
    Change {
        text: format!("{sign}{inner}{sign}"),
        selected: range.start + sign_len..range.end + sign_len,
        replaced: range,
    }
}

fn fence(units: &[u16], range: Range<usize>) -> Change {
    let inner = slice(units, range.clone());
    Change {
        text: format!("```\n{}\n```", inner.trim_matches('\n')),
        selected: range.start + 4..range.start + 4 + len(inner.trim_matches('\n')),
        replaced: range,
    }
}

/// An address that is selected becomes the target, words become the words; what is missing is selected.
fn link(units: &[u16], range: Range<usize>) -> Change {
    let inner = slice(units, range.clone());
    let start = range.start;
    if shared::values::is_safe_url(&inner) {
        return Change {
            text: format!("[]({inner})"),
            selected: start + 1..start + 1,
            replaced: range,
        };
    }
    let target = start + len(&inner) + 3;
    Change {
        text: format!("[{inner}](https://)"),
        selected: target..target + len("https://"),
        replaced: range,
    }
}

/// Makes the selected lines a list, or plain lines again.
fn list(units: &[u16], range: Range<usize>) -> Change {
    const DOT: &str = "- ";
    let is_break = |unit: &u16| *unit == u16::from(b'\n');
    let from = units[..range.start]
        .iter()
        .rposition(is_break)
        .map_or(0, |at| at + 1);
    let to = units[range.end..]
        .iter()
        .position(is_break)
        .map_or(units.len(), |at| range.end + at);
    let lines = slice(units, from..to);
    let is_list = lines.lines().all(|line| line.starts_with(DOT)) && !lines.is_empty();
    let text = if lines.is_empty() {
        DOT.to_owned()
    } else {
        let line = |line: &str| match line.strip_prefix(DOT) {
            Some(rest) if is_list => rest.to_owned(),
            _ => format!("{DOT}{line}"),
        };
        lines.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    let end = from + len(&text);
    Change {
        selected: if range.is_empty() {
            end..end
        } else {
            from..end
        },
        text,
        replaced: from..to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Applies a change to a text in which `[` and `]` stand for the selection.
    fn after(marked: &str, mark: Mark) -> String {
        let start = marked.find('[').unwrap();
        let end = marked.find(']').unwrap() - 1;
        let text = marked.replace(['[', ']'], "");
        let change = change(&text, len(&text[..start])..len(&text[..end]), mark);
        shown(&text, &change)
    }

    fn shown(text: &str, change: &Change) -> String {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        units.splice(change.replaced.clone(), change.text.encode_utf16());
        units.insert(change.selected.end, u16::from(b']'));
        units.insert(change.selected.start, u16::from(b'['));
        String::from_utf16(&units).unwrap()
    }

    #[test]
    fn a_sign_goes_around_the_words_and_away_again() {
        assert_eq!(after("a [b] c", Mark::Bold), "a **[b]** c");
        assert_eq!(after("a **[b]** c", Mark::Bold), "a [b] c");
        assert_eq!(after("😀[ü]", Mark::Italic), "😀_[ü]_");
        assert_eq!(after("[]", Mark::Code), "`[]`");
        assert_eq!(after("[a\nb]", Mark::Code), "```\n[a\nb]\n```");
    }

    #[test]
    fn a_link_asks_for_what_is_missing() {
        assert_eq!(change("b", 0..1, Mark::Link).text, "[b](https://)");
        assert_eq!(change("b", 0..1, Mark::Link).selected, 4..12);
        let pasted = change("https://x", 0..9, Mark::Link);
        assert_eq!(
            (pasted.text.as_str(), pasted.selected),
            ("[](https://x)", 1..1)
        );
    }

    #[test]
    fn lines_become_a_list_and_lines_again() {
        assert_eq!(after("a\nb[c\nd]e\nf", Mark::List), "a\n[- bc\n- de]\nf");
        assert_eq!(after("[- a\n- b]", Mark::List), "[a\nb]");
        assert_eq!(after("a\n[]", Mark::List), "a\n- []");
    }

    proptest! {
        #[test]
        fn any_change_is_within_the_text(
            text in "\\PC{0,12}(\n\\PC{0,6}){0,3}",
            a in 0_usize..24,
            b in 0_usize..24,
            mark in proptest::sample::select(&[Mark::Bold, Mark::Italic, Mark::List, Mark::Code, Mark::Link][..]),
        ) {
            let change = change(&text, a.min(b)..a.max(b), mark);
            let total = len(&text);
            prop_assert!(change.replaced.start <= change.replaced.end && change.replaced.end <= total);
            let after = total - change.replaced.len() + len(&change.text);
            prop_assert!(change.selected.start <= change.selected.end && change.selected.end <= after);
        }
    }
}
