//! Where the rows of a page begin: with what a server-rendered page carries, so that its first render in the browser equals
//! the server's, or with what the browser has kept.

use serde::{Deserialize, Serialize};
use shared::ids::{StatusId, UserId, WorkspaceId};
use shared::sorted::SortedMap;
use shared::sync::protocol::Granted;
use shared::sync::{ChunkKey, Header, Snapshot};

/// The rows of a page and who looks at them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seed {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who looks.
    pub me: UserId,
    /// What they see.
    pub scopes: Vec<Granted>,
    /// The rows that the page shows.
    pub snapshot: Snapshot,
    /// How many live tasks each column has, where the snapshot holds only the first of them.
    #[serde(default)]
    pub totals: SortedMap<StatusId, u32>,
    /// The server's today, as days since 1970-01-01: both renders must agree on what is late.
    pub today: i32,
}

/// Rows that this browser has kept, and whose they are.
#[derive(Clone, Debug)]
pub struct KeptRows {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who looks.
    pub me: UserId,
    /// As of when they are true.
    pub header: Header,
    /// The rows.
    pub chunks: Vec<(ChunkKey, String)>,
    /// Today, where the person is, as days since 1970-01-01.
    pub today: i32,
}
