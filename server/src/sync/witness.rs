//! A note beside the database of how far each workspace had come.
//!
//! A restored backup gives numbers out again that browsers know already, for other changes. Whoever had come further than
//! the backup is ahead of it only until others have written as much: then their cursor would look right. So a database
//! that is behind the note begins another life of the log, and every replica is fetched anew; what browsers have not sent
//! is kept there, and sent.
//!
//! The note is a few seconds old. It cannot tell what was restored together with it: the whole data folder.

use super::hub::Hub;
use super::store;
use crate::clock::Clock;
use crate::db::Db;
use crate::rng::Rng;
use anyhow::Context as _;
use shared::ids::{Epoch, WorkspaceId};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

const FILE: &str = "witness.json";

/// By workspace, the life of its log and how far it had come.
type Heads = BTreeMap<WorkspaceId, (Epoch, u64)>;

/// The note.
pub struct Witness {
    file: PathBuf,
    heads: Mutex<Heads>,
}

impl Witness {
    /// Reads the note in a folder, and begins another life of each log that is behind it.
    pub async fn read(dir: &Path, db: &Db, clock: &Clock, rng: &Rng) -> anyhow::Result<Self> {
        let file = dir.join(FILE);
        let context = || format!("reading {}: delete it if it is damaged", file.display());
        let heads: Heads = match tokio::fs::read(&file).await {
            Ok(json) => serde_json::from_slice(&json).with_context(context)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Heads::new(),
            Err(error) => return Err(error).with_context(context),
        };
        for (workspace, (epoch, seq)) in &heads {
            let mut read = db.read_in(*workspace).await?;
            let stored = store::find_head(read.conn(), *workspace).await?;
            drop(read);
            let Some(stored) = stored.filter(|head| head.epoch == *epoch && head.seq < *seq) else {
                continue;
            };
            let mut tx = db.write_in(*workspace).await?;
            let next = Epoch::new(clock.now().0, rng.bytes());
            store::update_epoch(tx.conn(), *workspace, next).await?;
            tx.commit().await?;
            tracing::warn!(
                workspace.id = %workspace, stored = stored.seq, known = seq,
                "an older database was restored: browsers fetch this workspace anew"
            );
        }
        Ok(Self {
            file,
            heads: Mutex::new(heads),
        })
    }

    /// Notes how far these workspaces have come.
    pub(super) async fn note(&self, live: &[Arc<Hub>]) -> anyhow::Result<()> {
        let mut heads = self.heads.lock().await;
        let mut next = heads.clone();
        next.extend(
            live.iter()
                .map(|hub| (hub.workspace, (hub.epoch, hub.now().0))),
        );
        if *heads == next {
            return Ok(());
        }
        // Whole or not at all: half a note would keep the server from starting.
        let draft = self.file.with_extension("draft");
        tokio::fs::write(&draft, serde_json::to_vec(&next)?).await?;
        tokio::fs::rename(&draft, &self.file).await?;
        *heads = next;
        Ok(())
    }
}
