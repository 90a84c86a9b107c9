//! Moments and days in words. Pure.

use super::Zone;
use shared::values::{Date, Time};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A day: `21 Nov 2026`.
pub fn day(date: Date) -> String {
    let (year, month, day) = date.civil();
    let month = usize::try_from(month - 1).unwrap_or_default();
    format!("{day} {} {year}", MONTHS[month])
}

/// The day of a moment, in UTC.
pub fn day_of(at: Time) -> String {
    Date::of_millis(at.0).map(day).unwrap_or_default()
}

/// A moment: `21 Nov 2026, 09:30 UTC`.
pub fn exact(at: Time) -> String {
    let (hours, minutes, _) = clock(at);
    format!("{}, {hours:02}:{minutes:02} UTC", day_of(at))
}

/// A moment by somebody's own clock, `21 Nov 2026, 10:30`; in UTC for who has not said where they are.
pub fn local(at: Time, zone: Option<&Zone>) -> String {
    let Some(zone) = zone else {
        return exact(at);
    };
    let shown = zone.shown(at);
    let (hours, minutes, _) = clock(shown);
    format!("{}, {hours:02}:{minutes:02}", day_of(shown))
}

/// A moment for machines: `2026-11-21T09:30:00Z`.
pub fn iso(at: Time) -> String {
    let (hours, minutes, seconds) = clock(at);
    let date = Date::of_millis(at.0).unwrap_or_default();
    format!("{date}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

fn clock(at: Time) -> (i64, i64, i64) {
    let seconds = at.0.rem_euclid(DAY_MS) / 1_000;
    (seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// How long ago something was; a week and more as its day. What seems to come is now: clocks differ.
pub fn ago(at: Time, now: Time) -> String {
    match now.0.saturating_sub(at.0) {
        ms if ms < MINUTE_MS => "just now".to_owned(),
        ms if ms < HOUR_MS => format!("{} min ago", ms / MINUTE_MS),
        ms if ms < DAY_MS => format!("{} h ago", ms / HOUR_MS),
        ms if ms < 2 * DAY_MS => "1 day ago".to_owned(),
        ms if ms < 7 * DAY_MS => format!("{} days ago", ms / DAY_MS),
        _ => day_of(at),
    }
}

/// How far a day is, beside the day itself: `today`, `in 3 days`, `2 days ago`.
pub fn distance(date: Date, today: Date) -> String {
    match date.days() - today.days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_795_253_400_000);

    #[test]
    fn a_moment_is_told_by_how_long_ago_it_was() {
        let before = |ms: i64| ago(Time(NOW.0 - ms), NOW);
        assert_eq!(before(-5_000), "just now");
        assert_eq!(before(59_999), "just now");
        assert_eq!(before(MINUTE_MS), "1 min ago");
        assert_eq!(before(23 * HOUR_MS), "23 h ago");
        assert_eq!(before(DAY_MS), "1 day ago");
        assert_eq!(before(6 * DAY_MS), "6 days ago");
        assert_eq!(before(7 * DAY_MS), "14 Nov 2026");
    }

    #[test]
    fn a_moment_is_shown_by_the_clock_of_who_reads() {
        let kathmandu = Zone(vec![(Time(0), 345)]);
        assert_eq!(local(NOW, Some(&kathmandu)), "21 Nov 2026, 15:15");
        assert_eq!(local(NOW, None), exact(NOW));
    }

    #[test]
    fn a_moment_is_exact_on_demand() {
        assert_eq!(exact(NOW), "21 Nov 2026, 09:30 UTC");
        assert_eq!(iso(NOW), "2026-11-21T09:30:00Z");
        assert_eq!(iso(Time(-1)), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_day_is_told_by_how_far_it_is() {
        let today = Date::parse("2026-11-21").unwrap();
        let told = |days| distance(today.plus(days), today);
        assert_eq!(
            [told(0), told(1), told(-1), told(3), told(-2)],
            ["today", "tomorrow", "yesterday", "in 3 days", "2 days ago"]
        );
    }
}
