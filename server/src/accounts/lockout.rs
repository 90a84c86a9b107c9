//! Who guesses passwords has to wait: longer each time, whether or not anybody has the address.
//!
//! An attempt is counted before the password is looked at, so that many at once are no way around it; signing in clears
//! the count. It is kept in the database, for all nodes and through restarts.

use super::store;
use crate::accounts::identity::SecretHash;
use crate::app::App;
use crate::clock::{later, millis};
use crate::http::Error;
use sha2::{Digest as _, Sha256};
use shared::values::Time;
use std::time::Duration;

/// How many attempts are free.
pub const FREE: u32 = 5;
/// The first wait; each further attempt doubles it.
pub const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// After so long without an attempt, all is forgotten.
const MEMORY: Duration = Duration::from_hours(24);

/// An address as it was typed, made unreadable: what is typed there by mistake may be a password.
pub type Address = SecretHash;

/// What attempts on an address are counted by.
pub fn address(typed: &str) -> Address {
    Sha256::digest(typed.trim().to_lowercase()).into()
}

/// How often somebody has tried an address, and when they did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempts {
    pub(super) count: u32,
    pub(super) last_at: Time,
}

impl Attempts {
    /// Until when nobody gets in.
    fn locked_until(self) -> Option<Time> {
        let beyond = self.count.checked_sub(FREE)?;
        let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(beyond));
        Some(later(self.last_at, wait.min(LONGEST_WAIT)))
    }
}

/// Counts an attempt, or refuses it.
pub(super) async fn attempt(app: &App, address: &Address) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    store::delete_attempts_before(tx.conn(), Time(now.0 - millis(MEMORY))).await?;
    // From here on, others who try the same address wait.
    let attempts = store::lock_attempts(tx.conn(), address, now).await?;
    if let Some(until) = attempts.locked_until().filter(|until| *until > now) {
        let wait = u64::try_from(until.0 - now.0).unwrap_or_default();
        let wait = Duration::from_millis(wait);
        return Err(Error::later("Too many attempts to sign in.", wait));
    }
    store::update_attempts(tx.conn(), address, attempts.count.saturating_add(1), now).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let wait = |count| {
            let attempts = Attempts {
                count,
                last_at: Time(0),
            };
            attempts.locked_until().map(|until| until.0 / 1_000)
        };
        assert_eq!([wait(0), wait(4)], [None, None]);
        let waits: Vec<_> = (5..14).filter_map(wait).collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(wait(u32::MAX), Some(3_600));
    }

    #[test]
    fn however_it_is_typed_it_is_the_same_address() {
        assert_eq!(address(" Ada@Example.org"), address("ada@example.org"));
        assert_ne!(address("ada@example.org"), address("bob@example.org"));
    }
}
