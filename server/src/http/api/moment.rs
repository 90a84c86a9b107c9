//! Moments as programs write them.

use serde::{Serialize, Serializer};
use shared::values::{Date, Time};
use std::fmt;

/// A moment, written `2026-11-21T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Time);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = Date::of_millis(self.0.0).unwrap_or_default();
        let ms = self.0.ms_of_day();
        let (seconds, ms) = (ms / 1_000, ms % 1_000);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        write!(
            f,
            "{day}T{hours:02}:{minutes:02}:{:02}.{ms:03}Z",
            seconds % 60
        )
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<Time> for Moment {
    fn from(time: Time) -> Self {
        Self(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back() {
        for ms in [
            0,
            1,
            -1,
            1_456_833_600_000,
            1_800_000_000_999,
            -62_167_219_200_000,
        ] {
            let text = Moment(Time(ms)).to_string();
            assert_eq!(Time::parse_iso(&text), Some(Time(ms)), "{text}");
        }
        assert_eq!(
            Moment(Time(1_800_000_000_999)).to_string(),
            "2027-01-15T08:00:00.999Z"
        );
    }
}
