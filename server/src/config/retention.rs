//! How long things are kept that nobody needs any more.

use super::source::{Source, whole};
use std::time::Duration;

const HOURS_A_DAY: u64 = 24;

/// What goes by itself, and when. Nothing stands for: it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `TEAMFLOW_AUDIT_DAYS`: how long lines of the audit log are kept; 0 for ever. Default 730.
    pub audit: Option<Duration>,
    /// `TEAMFLOW_DONE_DAYS`: how long after they were completed tasks are put into the archive; 0 for never. Default 0.
    pub done: Option<Duration>,
    /// `TEAMFLOW_TRASH_DAYS`: how long tasks and projects stay in the trash before they are deleted for good; 0 for ever.
    /// Default 0.
    pub trash: Option<Duration>,
    /// `TEAMFLOW_ENDED_DAYS`: how long sessions, tokens, links and invitations are kept that have ended, so that people
    /// see that they have. Default 30.
    pub ended: Duration,
    /// `TEAMFLOW_EXPORT_DAYS`: how long an export of a workspace can be fetched. Default 3.
    pub exports: Duration,
}

impl Retention {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let mut days = |key: &'static str, default: u64, min: u64| {
            let days = source.value(key, default, |text| whole(text, min, 36_500));
            Duration::from_hours(days * HOURS_A_DAY)
        };
        let unless_never = |age: Duration| (!age.is_zero()).then_some(age);
        Self {
            audit: unless_never(days("audit_days", 730, 0)),
            done: unless_never(days("done_days", 0, 0)),
            trash: unless_never(days("trash_days", 0, 0)),
            ended: days("ended_days", 30, 1),
            exports: days("export_days", 3, 1),
        }
    }
}
