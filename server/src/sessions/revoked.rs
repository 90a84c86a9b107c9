//! Sign-ins that have ended lately: sessions whose access tokens still live, and keys that a node may remember.
//!
//! Held in memory, so that a check costs nothing. A node learns of what others have ended from the bus, and at the latest
//! by [`look`], once a second.

use super::access::ACCESS_LIFETIME;
use super::store;
use crate::accounts::identity::Via;
use crate::app::App;
use crate::clock::{later, millis};
use crate::db::{Conn, Db};
use shared::values::Time;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use uuid::Uuid;

/// How often [`look`] is to be called.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The sign-ins, each with the moment from which on nothing of it lives.
#[derive(Default)]
pub struct Revoked(RwLock<HashMap<Uuid, Time>>);

impl Revoked {
    /// What the database knows of.
    pub async fn open(db: &Db, now: Time) -> anyhow::Result<Self> {
        let found = store::list_revocations(db.read().await?.conn(), now).await?;
        Ok(Self(RwLock::new(found.into_iter().collect())))
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Uuid, Time>> {
        // The map is changed in single steps: a poisoned one is still whole.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a sign-in was ended.
    pub fn contains(&self, via: Via) -> bool {
        self.read().contains_key(&via.id())
    }

    /// Notes an ended sign-in, by its id; answers whether that is new.
    pub(crate) fn add(&self, id: Uuid, now: Time) -> bool {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        map.retain(|_, until| *until > now);
        map.insert(id, until(now)).is_none()
    }
}

/// From when on no token of a session lives that ends now, on whichever node it was made; a key is remembered for less.
fn until(now: Time) -> Time {
    Time(later(now, ACCESS_LIFETIME).0 + millis(Duration::from_mins(1)))
}

/// Notes for all nodes that a sign-in ends, in the transaction that ends it.
pub async fn note(conn: Conn<'_>, via: Via, now: Time) -> sqlx::Result<()> {
    store::insert_revocation(conn, via.id(), until(now)).await
}

/// Takes over what other nodes have ended.
pub async fn look(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let found = store::list_revocations(app.db.read().await?.conn(), now).await?;
    for (id, _) in found {
        let is_known = app.revoked.read().contains_key(&id);
        if !is_known && app.revoked.add(id, now) {
            // Of either kind: an id is given once.
            app.kicks.kick(Via::Session(id.into()));
            app.kicks.kick(Via::Token(id.into()));
        }
    }
    Ok(())
}
