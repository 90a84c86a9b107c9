//! Two texts that were made from one at the same time become one again.
//!
//! By lines, as version control does it (diff3: Khanna, Kunal, Pierce, "A Formal Investigation of Diff3", 2007). Where both
//! changed the same lines, both versions are kept, one after the other: nothing that was written is lost.

use diffy::{ConflictStyle, MergeOptions};

/// Stands before two versions of the same lines.
pub const BOTH: &str = "*Two people wrote this at the same time:*";
/// Longer than any rule of dashes or equals signs that somebody types.
const MARKER_CHARS: usize = 41;

/// What `theirs` and `mine` make of `base` together. What was there first, theirs, comes first.
pub fn merge(base: &str, theirs: &str, mine: &str) -> String {
    if theirs == mine || base == mine {
        return theirs.to_owned();
    }
    if base == theirs {
        return mine.to_owned();
    }
    // Without a line's end the last lines of two texts would grow together.
    let [base, theirs, mine] = [base, theirs, mine].map(|text| format!("{text}\n"));
    let merged = MergeOptions::new()
        .set_conflict_style(ConflictStyle::Merge)
        .set_conflict_marker_length(MARKER_CHARS)
        .merge(&base, &theirs, &mine);
    let text = merged.unwrap_or_else(|conflicts| both(&conflicts));
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

/// Turns marked conflicts into text: the first version, and the second as a paragraph of its own.
fn both(conflicts: &str) -> String {
    let is_marker =
        |line: &str, sign: char| line.chars().take_while(|it| *it == sign).count() == MARKER_CHARS;
    let mut text = String::with_capacity(conflicts.len());
    for line in conflicts.split_inclusive('\n') {
        if is_marker(line, '<') {
            text.push_str(BOTH);
            text.push_str("\n\n");
        } else if is_marker(line, '=') {
            text.push('\n');
        } else if !is_marker(line, '>') {
            text.push_str(line);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn changes_of_different_lines_come_together() {
        let base = "# Plan\n\nOne\n\nTwo\n\nThree";
        let theirs = "# Plan\n\nOne, first\n\nTwo\n\nThree";
        let mine = "# Plan\n\nOne\n\nTwo\n\nThree, last";
        let merged = "# Plan\n\nOne, first\n\nTwo\n\nThree, last";
        assert_eq!(merge(base, theirs, mine), merged);
    }

    #[test]
    fn of_the_same_line_both_versions_are_kept() {
        let merged = merge("One\n\nTwo", "One\n\nTwo by Ada", "One\n\nTwo by Grace");
        assert_eq!(
            merged,
            format!("One\n\n{BOTH}\n\nTwo by Ada\n\nTwo by Grace")
        );
    }

    #[test]
    fn whoever_changed_nothing_takes_nothing_away() {
        assert_eq!(merge("a", "b", "a"), "b");
        assert_eq!(merge("a", "a", "c"), "c");
        assert_eq!(merge("a", "b", "b"), "b");
    }

    #[test]
    fn lines_that_look_like_marks_are_text() {
        let rule = "=======";
        let merged = merge("x", &format!("x\n{rule}"), &format!("<<<<<<< x\n{rule}\ny"));
        assert!(merged.matches(rule).count() >= 2, "{merged}");
    }

    proptest! {
        #[test]
        fn no_line_that_somebody_added_is_lost(
            base in proptest::collection::vec("[a-c]{1,2}", 0..8),
            theirs in proptest::collection::vec("[a-c]{1,2}|[x]{3}", 0..8),
            mine in proptest::collection::vec("[a-c]{1,2}|[y]{3}", 0..8),
        ) {
            let [b, t, m] = [&base, &theirs, &mine].map(|lines| lines.join("\n"));
            let merged = merge(&b, &t, &m);
            prop_assert_eq!(&merged, &merge(&b, &t, &m));
            if theirs.contains(&"xxx".to_owned()) {
                prop_assert!(merged.lines().any(|line| line == "xxx"), "{}", merged);
            }
            if mine.contains(&"yyy".to_owned()) {
                prop_assert!(merged.lines().any(|line| line == "yyy"), "{}", merged);
            }
        }
    }
}
