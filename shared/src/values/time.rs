//! Reading moments that other tools wrote.

use super::{Date, Time};

const DAY_MS: i64 = 86_400_000;

impl Time {
    /// Reads an ISO 8601 moment such as `2016-03-01T17:00:00.000Z`, `2016-03-01T18:00+01:00` or `2016-03-01`.
    ///
    /// Without an offset it is taken as UTC. Digits beyond milliseconds are dropped.
    pub fn parse_iso(text: &str) -> Option<Time> {
        let text = text.trim();
        let (day, rest) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00Z"));
        let midnight_ms = i64::from(Date::parse(day).ok()?.days()) * DAY_MS;
        let (clock, offset_minutes) = split_offset(rest)?;
        Some(Time(
            midnight_ms + clock_ms(clock)? - offset_minutes * 60_000,
        ))
    }

    /// How far into its day in UTC the moment is, in milliseconds.
    pub const fn ms_of_day(self) -> i64 {
        self.0.rem_euclid(DAY_MS)
    }
}

/// `17:00:00.5`, `17:00:00` or `17:00` in milliseconds.
fn clock_ms(clock: &str) -> Option<i64> {
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 23)?;
    let minutes = number(parts.next()?, 59)?;
    // A leap second is 60.
    let seconds = parts.next().map_or(Some(0), |part| number(part, 60))?;
    if parts.next().is_some() || fraction.is_empty() || !is_digits(fraction) {
        return None;
    }
    let ms: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + ms)
}

/// The time of day without its offset, and the offset in minutes.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset.chars().skip(1).filter(|c| *c != ':').collect();
    let digits = if digits.len() == 2 {
        digits + "00"
    } else {
        digits
    };
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..)?);
    let minutes = number(hours, 23)? * 60 + number(minutes, 59)?;
    Some((clock, sign * minutes))
}

fn number(digits: &str, max: i64) -> Option<i64> {
    if digits.len() != 2 || !is_digits(digits) {
        return None;
    }
    digits.parse().ok().filter(|number| *number <= max)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_read_as_other_tools_write_them() {
        let noon = Some(Time(1_456_833_600_000));
        for text in [
            "2016-03-01T12:00:00.000Z",
            "2016-03-01T12:00:00Z",
            "2016-03-01T12:00Z",
            "2016-03-01 12:00",
            "2016-03-01T13:00:00+01:00",
            "2016-03-01T13:00:00+0100",
            "2016-03-01T13:00:00+01",
            "2016-02-29T22:30:00.000-13:30",
            " 2016-03-01t12:00:00.0000001z ",
        ] {
            assert_eq!(Time::parse_iso(text), noon, "{text}");
        }
        assert_eq!(Time::parse_iso("2016-03-01"), Some(Time(1_456_790_400_000)));
        assert_eq!(Time::parse_iso("1970-01-01T00:00:00.5Z"), Some(Time(500)));
        assert_eq!(Time::parse_iso("1969-12-31T23:59:59.999Z"), Some(Time(-1)));
        assert_eq!(Time(-1).ms_of_day(), DAY_MS - 1);
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for bad in [
            "",
            "T",
            "2016-03-01T",
            "2016-03-01T12",
            "2016-03-01T24:00:00Z",
            "2016-03-01T12:60:00Z",
            "2016-03-01T12:00:00.Z",
            "2016-03-01T12:00:00:00Z",
            "2016-03-01T12:00:00+1",
            "2016-03-01T12:00:00+ä1:00",
            "2016-13-01T12:00:00Z",
            "01/03/2016",
            "yesterday",
        ] {
            assert_eq!(Time::parse_iso(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not_but_never_panics(text in ".*", tail in "[0-9:+.,TZ-]{0,20}") {
            let _ = Time::parse_iso(&text);
            let _ = Time::parse_iso(&format!("2016-03-01T{tail}"));
        }
    }
}
