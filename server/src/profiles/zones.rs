//! How the clocks of a time zone went lately, for pages that show times.

use ::app::time::Zone;
use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use shared::values::Time;

const MINUTE_MS: i64 = 60_000;
/// No clock is put forward and back again within it.
const STEP_MS: i64 = 7 * 24 * 60 * MINUTE_MS;
/// What pages show is seldom older; before, clocks are taken to have gone as they did then.
const STEPS_BACK: i64 = 2 * 53;
/// What ends in some months is shown, too.
const STEPS_ON: i64 = 53;

/// How many minutes a zone is ahead of UTC.
fn ahead(zone: Tz, at_ms: i64) -> Option<i32> {
    let utc = DateTime::from_timestamp_millis(at_ms)?.naive_utc();
    Some(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc() / 60)
}

/// The clocks of the zone of that name, around now; nothing where there is none.
pub(super) fn around(name: &str, now: Time) -> Option<Zone> {
    let zone: Tz = name.parse().ok()?;
    let mut at = now.0 - STEPS_BACK * STEP_MS;
    let mut last = ahead(zone, at)?;
    let mut all = vec![(Time(at), last)];
    for _ in 0..STEPS_BACK + STEPS_ON {
        let next = at + STEP_MS;
        let then = ahead(zone, next)?;
        if then != last {
            let (mut before, mut after) = (at, next);
            while after - before > MINUTE_MS {
                let middle = before + (after - before) / 2;
                if ahead(zone, middle)? == last {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            // Clocks are put forward at a full minute.
            all.push((Time(after - after.rem_euclid(MINUTE_MS)), then));
            last = then;
        }
        at = next;
    }
    Some(Zone(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_put_forward_when_they_are() {
        let time = |text| Time::parse_iso(text).unwrap();
        let zone = around("Europe/Berlin", time("2026-11-21T09:30:00Z")).unwrap();
        for (at, ahead) in [
            ("2026-03-29T00:59:00Z", 60),
            ("2026-03-29T01:00:00Z", 120),
            ("2026-10-25T00:59:00Z", 120),
            ("2026-10-25T01:00:00Z", 60),
            ("2027-06-01T00:00:00Z", 120),
        ] {
            let at = time(at);
            assert_eq!(zone.shown(at).0 - at.0, ahead * MINUTE_MS, "{at:?}");
        }
        assert_eq!(
            around("Asia/Kolkata", time("2026-11-21T09:30:00Z"))
                .unwrap()
                .0
                .len(),
            1
        );
        assert_eq!(around("Nowhere/Land", Time(0)), None);
    }
}
