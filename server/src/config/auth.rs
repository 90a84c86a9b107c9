//! Who may come in and for how long.

use super::source::{Source, whole, word};
use std::time::Duration;

const HOURS_A_DAY: u64 = 24;

/// Accounts and sessions.
#[derive(Clone, Debug)]
pub struct Auth {
    /// `TEAMFLOW_SESSION_DAYS`: how long somebody stays signed in who asked to be remembered, after they were last seen.
    /// Default 30.
    pub session_lifetime: Duration,
    /// `TEAMFLOW_SHORT_SESSION_DAYS`: the same for everybody else. Default 7.
    pub short_session_lifetime: Duration,
    /// `TEAMFLOW_SIGN_UP`: who may create an account: `open` to everybody, `invited` for the first account and
    /// whoever has an invitation to a workspace, `first` for the first account alone, or `closed`. Default `open`.
    pub sign_up: SignUp,
}

/// Who may create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Everybody.
    Open,
    /// Whoever comes first, and whoever was invited.
    Invited,
    /// Whoever comes first.
    First,
    /// Nobody.
    Closed,
}

impl Auth {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let days = source.value("session_days", 30, |text| whole(text, 1, 3_650));
        let short = source.value("short_session_days", 7, |text| whole(text, 1, 3_650));
        Self {
            short_session_lifetime: Duration::from_hours(short * HOURS_A_DAY),
            session_lifetime: Duration::from_hours(days * HOURS_A_DAY),
            sign_up: source.value("sign_up", SignUp::Open, |text| {
                word(
                    text,
                    &[
                        ("open", SignUp::Open),
                        ("invited", SignUp::Invited),
                        ("first", SignUp::First),
                        ("closed", SignUp::Closed),
                    ],
                )
            }),
        }
    }
}
