use crate::sync::Rows;
use leptos::prelude::*;
use shared::values::Time;
use std::time::Duration;

/// How often "3 min ago" is looked at again.
const TICK: Duration = Duration::from_secs(30);

/// The time, for words that change with it. Nothing until the page is live.
#[derive(Clone, Copy)]
pub struct Now(ReadSignal<Option<Time>>);

/// The time in the context; outside of a workspace's pages it is never known.
pub fn use_now() -> Signal<Option<Time>> {
    match use_context::<Now>() {
        Some(Now(now)) => now.into(),
        None => Signal::stored(None),
    }
}

impl Now {
    /// The time by the rows' clock, for as long as the calling component is there.
    pub fn ticking(rows: Rows) -> Self {
        let (now, set_now) = signal(None);
        let look = move || {
            let time = rows.now();
            // Before the driver has begun there is no clock.
            if time != Time::default() {
                set_now.set(Some(time));
            }
        };
        Effect::new(move |_| {
            look();
            if let Ok(timer) = set_interval_with_handle(look, TICK) {
                on_cleanup(move || timer.clear());
            }
        });
        Self(now)
    }
}
