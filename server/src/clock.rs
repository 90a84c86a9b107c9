//! The one place that knows what time it is.

use shared::values::Time;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tells the time: the system, or a test.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Unix milliseconds, shared by all clones.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Time) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.0))))
    }

    /// The time.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else asks"
    )]
    pub fn now(&self) -> Time {
        match &self.0 {
            Source::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Time(millis(since))
            }
            Source::Manual(now) => Time(now.load(Ordering::SeqCst)),
        }
    }

    /// Lets time pass on a manual clock.
    ///
    /// # Panics
    /// On the system's clock, which goes by itself.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::System => panic!("only a manual clock can be advanced"),
            Source::Manual(now) => now.fetch_add(millis(by), Ordering::SeqCst),
        };
    }
}

/// A duration as times are counted; what no column could hold is cut.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The time that comes so much later.
pub fn later(time: Time, by: Duration) -> Time {
    Time(time.0.saturating_add(millis(by)))
}
