//! Sessions that have ended while access tokens of theirs still live.
//!
//! Held in memory, so that a check costs nothing. A node learns of what others have ended from the bus, and at the latest
//! by [`look`], once a second.

use super::access::ACCESS_LIFETIME;
use super::store;
use crate::accounts::identity::Via;
use crate::app::App;
use crate::clock::{later, millis};
use crate::db::Db;
use shared::ids::SessionId;
use shared::values::Time;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

/// How often [`look`] is to be called.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The sessions, each with the moment from which on none of its tokens lives.
#[derive(Default)]
pub struct Revoked(RwLock<HashMap<SessionId, Time>>);

impl Revoked {
    /// What the database knows of.
    pub async fn open(db: &Db, now: Time) -> anyhow::Result<Self> {
        let found = store::list_revocations(db.read().await?.conn(), now).await?;
        Ok(Self(RwLock::new(found.into_iter().collect())))
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<SessionId, Time>> {
        // The map is changed in single steps: a poisoned one is still whole.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a session was ended.
    pub fn contains(&self, session: SessionId) -> bool {
        self.read().contains_key(&session)
    }

    /// Notes an ended session; answers whether that is new.
    pub(crate) fn add(&self, session: SessionId, now: Time) -> bool {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        map.retain(|_, until| *until > now);
        map.insert(session, until(now)).is_none()
    }
}

/// From when on no token of a session lives that ends now, on whichever node it was made.
pub(super) fn until(now: Time) -> Time {
    Time(later(now, ACCESS_LIFETIME).0 + millis(Duration::from_mins(1)))
}

/// Takes over what other nodes have ended.
pub async fn look(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let found = store::list_revocations(app.db.read().await?.conn(), now).await?;
    for (session, _) in found {
        if !app.revoked.contains(session) && app.revoked.add(session, now) {
            app.kicks.kick(Via::Session(session));
        }
    }
    Ok(())
}
