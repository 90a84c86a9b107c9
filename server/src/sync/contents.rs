//! What boards come to, kept so that only what has changed since is read and hashed again.

use super::rows::envelopes;
use super::store;
use crate::db::Db;
use crate::tasks;
use shared::ids::{ProjectId, WorkspaceId};
use shared::sync::digest::{Content, hash_of};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Of how many boards of a workspace it is kept.
const KEPT_MAX: usize = 16;

#[derive(Default)]
struct Known {
    as_of: u64,
    hashes: HashMap<Uuid, u64>,
    content: Content,
}

impl Known {
    fn take(&mut self, id: Uuid, hash: u64) {
        if let Some(before) = self.hashes.insert(id, hash) {
            self.content.remove(before);
        }
        self.content.add(hash);
    }
}

/// Locked while it is brought up to date, so that rows are read once for all who ask at that moment.
type Slot = Arc<tokio::sync::Mutex<Known>>;

/// What the boards of a workspace come to.
#[derive(Default)]
pub struct Contents(Mutex<HashMap<ProjectId, Slot>>);

impl Contents {
    /// What the tasks of a project come to, and as of which number; nothing where the workspace is gone.
    pub async fn of_board(
        &self,
        db: &Db,
        ws: WorkspaceId,
        project: ProjectId,
    ) -> anyhow::Result<Option<(u64, Content)>> {
        let slot = self.slot(project);
        let mut known = slot.lock().await;
        let mut read = db.snapshot_in(ws).await?;
        let Some(head) = store::find_head(read.conn(), ws).await? else {
            return Ok(None);
        };
        let count = tasks::store::count_for_project(read.conn(), ws, project).await?;
        for after in [known.as_of, 0] {
            if after == 0 {
                *known = Known::default();
            }
            let changed = tasks::store::list_changed(read.conn(), ws, project, after).await?;
            let hashing = move || -> Vec<(Uuid, u64)> {
                let rows = envelopes(changed);
                rows.map(|stored| (stored.row.key().id, hash_of(stored.v, &stored.row)))
                    .collect()
            };
            for (id, hash) in tokio::task::spawn_blocking(hashing).await? {
                known.take(id, hash);
            }
            if usize::try_from(count).is_ok_and(|count| count == known.hashes.len()) {
                break;
            }
            // Some have gone: which, only all the others tell.
        }
        known.as_of = head.seq;
        Ok(Some((head.seq, known.content)))
    }

    /// Lets go of what is known of a board: all of it is read again.
    pub fn forget(&self, project: ProjectId) {
        self.slots().remove(&project);
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<ProjectId, Slot>> {
        // Slots are put in whole: a poisoned map is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, project: ProjectId) -> Slot {
        let mut slots = self.slots();
        if slots.len() >= KEPT_MAX && !slots.contains_key(&project) {
            slots.clear();
        }
        slots.entry(project).or_default().clone()
    }
}
