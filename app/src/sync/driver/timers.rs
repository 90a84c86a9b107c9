//! The state machine's timers.

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use shared::sorted::SortedMap;
use shared::sync::Timer;
use std::time::Duration;

/// Running timers, at most one of each kind.
#[derive(Default)]
pub(super) struct Timers(SortedMap<Timer, TimeoutHandle>);

impl Timers {
    /// Starts a timer, or starts it anew.
    pub(super) fn set(&mut self, timer: Timer, after_ms: u32, then: impl FnOnce() + 'static) {
        self.stop(timer);
        let after = Duration::from_millis(after_ms.into());
        if let Ok(handle) = set_timeout_with_handle(then, after) {
            self.0.insert(timer, handle);
        }
    }

    /// Stops a timer; one that has run out is none any more.
    pub(super) fn stop(&mut self, timer: Timer) {
        if let Some(handle) = self.0.remove(&timer) {
            handle.clear();
        }
    }
}
