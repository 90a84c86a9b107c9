//! How much of the past is kept.

use super::source::{Source, whole};
use std::time::Duration;

const HOURS_A_DAY: u64 = 24;

/// The log of changes: a browser that was away follows it up, or fetches everything anew where it no longer reaches back.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// `TEAMFLOW_HISTORY_DAYS`: how long changes are kept in the log. Default 30.
    pub age: Duration,
    /// `TEAMFLOW_HISTORY_CHANGES_MAX`: how many changes of a workspace are kept in the log at most. Default 2000000.
    pub changes_max: u64,
}

impl History {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let days = source.value("history_days", 30, |text| whole(text, 1, 36_500));
        Self {
            age: Duration::from_hours(days * HOURS_A_DAY),
            changes_max: source.value("history_changes_max", 2_000_000, |text| {
                whole(text, 10_000, 1_000_000_000)
            }),
        }
    }
}
