//! The rows of a workspace as this browser keeps them. Disposable: the server has them all.

use super::idb::{self, Db, Durability, Failed};
use shared::ids::{UserId, WorkspaceId};
use shared::sync::protocol::SCHEMA;
use shared::sync::{ChunkKey, Header, Write};

const HEADER: &str = "header";
const CHUNKS: &str = "chunks";
/// The only key of the header.
const HERE: &str = "here";

/// The store. Rows of another shape lie in another one.
pub(super) struct RowStore(Db);

impl RowStore {
    pub(super) async fn open(user: UserId, workspace: WorkspaceId) -> Result<Self, Failed> {
        let db = Db::open(&name(user, workspace), 1, &[HEADER, CHUNKS]).await?;
        Ok(Self(db))
    }

    /// Everything, if there is anything.
    pub(super) async fn read(&self) -> Result<Option<(Header, Vec<(ChunkKey, String)>)>, Failed> {
        let tx = self.0.read(&[HEADER, CHUNKS])?;
        let Some(header) = tx.get(HEADER, HERE).await? else {
            return Ok(None);
        };
        let chunks = tx.list(CHUNKS, "").await?;
        let chunks = chunks.into_iter();
        // A table that this version does not know is none of its rows.
        let chunks = chunks.filter_map(|(key, text)| Some((key.parse().ok()?, text)));
        Ok(Some((serde_json::from_str(&header)?, chunks.collect())))
    }

    /// Writes what `plan` wants to be written, given the header that is stored, in one transaction. Answers the new header.
    pub(super) async fn write(
        &self,
        plan: impl FnOnce(Option<&Header>) -> Option<Write>,
    ) -> Result<Option<Header>, Failed> {
        let tx = self.0.write(&[HEADER, CHUNKS], Durability::Relaxed)?;
        let stored = tx.get(HEADER, HERE).await?;
        let stored: Option<Header> = stored.and_then(|text| serde_json::from_str(&text).ok());
        let Some(write) = plan(stored.as_ref()) else {
            return Ok(None);
        };
        if write.replace {
            tx.clear(CHUNKS, "")?;
        }
        for (key, text) in &write.chunks {
            match text {
                Some(text) => tx.put(CHUNKS, &key.to_string(), text)?,
                None => tx.delete(CHUNKS, &key.to_string())?,
            }
        }
        tx.put(HEADER, HERE, &serde_json::to_string(&write.header)?)?;
        tx.commit().await?;
        Ok(Some(write.header))
    }
}

/// Deletes the rows of a workspace from this browser.
pub(super) async fn delete(user: UserId, workspace: WorkspaceId) -> Result<(), Failed> {
    idb::delete(&name(user, workspace)).await
}

fn name(user: UserId, workspace: WorkspaceId) -> String {
    format!("teamflow-rows-{user}-{workspace}-{SCHEMA}")
}
