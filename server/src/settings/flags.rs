//! The feature flags as they are now: kept in memory, so that asking one costs nothing.

use super::store;
use crate::db::Db;
use shared::ids::UserId;
use shared::settings::flags::{Flag, is_on};
use std::sync::{Arc, PoisonError, RwLock};

/// The flags. What is changed here holds at once, what another node changes within seconds.
pub struct Flags(RwLock<Arc<Vec<Flag>>>);

impl Flags {
    /// What is stored.
    pub async fn open(db: &Db) -> anyhow::Result<Self> {
        let flags = store::list_flags(db.read().await?.conn()).await?;
        Ok(Self(RwLock::new(Arc::new(flags))))
    }

    /// Every flag, by name.
    pub fn all(&self) -> Arc<Vec<Flag>> {
        // Nothing in here can stop half-way.
        let flags = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&flags)
    }

    /// Whether a feature is on for somebody: the same answer that their pages come to.
    pub fn is_on(&self, name: &str, who: UserId) -> bool {
        is_on(&self.all(), name, who)
    }

    /// Reads again what is stored.
    pub(super) async fn look(&self, db: &Db) -> anyhow::Result<()> {
        let flags = store::list_flags(db.read().await?.conn()).await?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(flags);
        Ok(())
    }
}
