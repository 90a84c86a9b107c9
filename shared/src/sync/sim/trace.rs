//! What happened, in lines: the last ones are kept for whoever looks for a bug, all of them are in the hash.

use std::collections::VecDeque;
use std::fmt::{Arguments, Write as _};
use std::hash::{DefaultHasher, Hasher as _};

/// How many lines are kept.
const LINES_KEPT: usize = 120;

#[derive(Default)]
pub(super) struct Trace {
    hasher: DefaultHasher,
    lines: VecDeque<String>,
}

impl Trace {
    /// Notes something that happened at a moment.
    pub(super) fn note(&mut self, now: u64, what: Arguments<'_>) {
        let mut line = if self.lines.len() == LINES_KEPT {
            self.lines.pop_front().unwrap_or_default()
        } else {
            String::new()
        };
        line.clear();
        // Writing to a string cannot fail.
        let _ = write!(line, "{now:>7} {what}");
        self.hasher.write(line.as_bytes());
        self.lines.push_back(line);
    }

    /// The same for the same lines.
    pub(super) fn hash(&self) -> u64 {
        self.hasher.finish()
    }

    /// The last lines.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.into()
    }
}
