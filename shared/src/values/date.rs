//! A day of the proleptic Gregorian calendar, without a time zone.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A day, years 0 to 9999. Written `2026-11-21`; the default is 1970-01-01.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Date(i32);

const DAYS_MIN: i32 = -719_528; // 0000-01-01
const DAYS_MAX: i32 = 2_932_896; // 9999-12-31

impl Date {
    /// The day that many days after 1970-01-01.
    pub fn from_days(days: i32) -> Option<Self> {
        (DAYS_MIN..=DAYS_MAX).contains(&days).then_some(Self(days))
    }

    /// The day in UTC of a moment in Unix milliseconds.
    pub fn of_millis(ms: i64) -> Option<Self> {
        i32::try_from(ms.div_euclid(86_400_000))
            .ok()
            .and_then(Self::from_days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Reads `2026-11-21`; what follows a `T` or a space (a time of day) is ignored.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || "Write a date as year-month-day, such as 2026-11-21.".to_owned();
        let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
        let mut parts = day.split('-');
        let mut next = |digits: usize| -> Option<i32> {
            let part = parts.next()?;
            (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse().ok())?
        };
        let (Some(year), Some(month), Some(day), None) = (next(4), next(2), next(2), parts.next())
        else {
            return Err(bad());
        };
        let date = Self(days_from_civil(year, month, day));
        if date.civil() == (year, month, day) {
            Ok(date)
        } else {
            Err(bad())
        }
    }

    /// Year, month (1 to 12) and day (1 to 31).
    pub const fn civil(self) -> (i32, i32, i32) {
        civil_from_days(self.0)
    }

    /// Monday is 0.
    pub const fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// The day that many days later (or earlier), within the calendar's range.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days).clamp(DAYS_MIN, DAYS_MAX))
    }
}

// Both conversions: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil and civil_from_days.
const fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i32) -> (i32, i32, i32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl TryFrom<String> for Date {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_reads_back() {
        for days in DAYS_MIN..=DAYS_MAX {
            let date = Date::from_days(days).unwrap();
            let (year, month, day) = date.civil();
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(Date::from_days(0).unwrap().to_string(), "1970-01-01");
        assert_eq!(Date::from_days(DAYS_MIN).unwrap().to_string(), "0000-01-01");
        assert_eq!(Date::from_days(DAYS_MAX).unwrap().to_string(), "9999-12-31");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(Date::parse("2024-02-29").is_ok());
        assert_eq!(
            Date::parse("2024-12-31T23:59:59Z").unwrap().to_string(),
            "2024-12-31"
        );
        for bad in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "24-01-01",
            "2024-1-1",
            "",
            "x",
            "2024-01-01-01",
        ] {
            assert!(Date::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(Date::parse("2026-11-21").unwrap().weekday(), 5);
    }
}
