//! Time and chance.

use crate::sync::rows::Rows;
use leptos::prelude::set_interval;
use leptos::prelude::window;
use shared::values::{Date, Time};
use std::cell::Cell;
use std::time::Duration;

/// How often the day is looked up: a page may stay open past midnight.
const DAY_EVERY: Duration = Duration::from_secs(30);

thread_local! {
    /// What the server's clock is ahead of this browser's.
    static AHEAD_MS: Cell<i64> = const { Cell::new(0) };
}

/// The server's time, as far as this browser knows.
pub(super) fn now() -> Time {
    Time(browser_ms() + AHEAD_MS.get())
}

/// Takes over the server's time.
pub(super) fn set(server: Time) {
    AHEAD_MS.set(server.0 - browser_ms());
}

/// Milliseconds since the page began; never goes back.
pub(super) fn monotonic_ms() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the time in milliseconds is a whole number far below 2^53"
)]
fn browser_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Ten random bytes.
pub(super) fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    if let Ok(crypto) = window().crypto() {
        // Ten bytes are below every limit.
        let _never = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// A number chosen evenly from a range, both ends included.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product is below the range's size, which is an u32"
)]
pub(super) fn between(from: u32, to: u32) -> u32 {
    let size = f64::from(to.saturating_sub(from)) + 1.0;
    from.saturating_add((js_sys::Math::random() * size) as u32)
}

/// Keeps today where the person is.
pub(super) fn follow_day(rows: Rows) {
    let set = move || {
        if let Some(today) = today() {
            rows.set_today(today);
        }
    };
    set();
    set_interval(set, DAY_EVERY);
}

/// Today, where the person is.
pub(super) fn today() -> Option<Date> {
    let now = js_sys::Date::new_0();
    let (year, month, day) = (now.get_full_year(), now.get_month() + 1, now.get_date());
    Date::parse(&format!("{year:04}-{month:02}-{day:02}")).ok()
}
