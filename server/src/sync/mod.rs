//! The sync engine on the server.
//!
//! Start reading at [`commit`] (the one write path), then [`hub`] (what is ready to send), then [`connection`] (somebody who listens).
//! The database's log is the only truth; everything in memory here is a cache of it.

pub mod access;
pub mod columns;
pub mod commit;
mod compaction;
pub mod connection;
pub mod encoded;
mod group;
pub mod hub;
pub mod kicks;
pub mod load;
pub mod presence;
pub mod rows;
pub mod seed;
pub mod snapshot;
pub mod store;

pub use group::{Group, Once, Progress};
pub use seed::{SeedRequest, seed};

use crate::app::App;
use crate::clock::Clock;
use crate::config::History;
use crate::db::{Db, many};
use crate::http::error::Error;
use crate::rng::Rng;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use commit::{Task, Work};
use connection::{events, poll, push, websocket};
use hub::{Hub, Hubs};
use shared::codes::{Code, Rejected};
use shared::ids::{Epoch, UserId, WorkspaceId};
use shared::sync::Command;
use shared::sync::protocol::MESSAGE_BYTES_MAX;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot::{self, error::RecvError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often a node looks for what others have committed.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked for logs that have become too long.
const SHORTEN_EVERY: Duration = Duration::from_mins(10);

/// What the engine runs on.
#[derive(Clone)]
pub struct Environment {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
    /// Background tasks, awaited on shutdown.
    pub tasks: TaskTracker,
    /// Cancelled on shutdown.
    pub shutdown: CancellationToken,
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Sync {
    environment: Environment,
    hubs: Arc<Hubs>,
}

impl Sync {
    /// An engine without live workspaces.
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            hubs: Arc::default(),
        }
    }

    /// The live workspace; not found where there is none.
    pub async fn hub(&self, workspace: WorkspaceId) -> Result<Arc<Hub>, Error> {
        self.hubs.get(&self.environment, workspace).await
    }

    /// Takes in what others have committed to the live workspaces: other nodes, or a `teamflow import` beside this one.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        let live = self.hubs.live().await;
        if live.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = live.iter().map(|hub| hub.workspace).collect();
        let mut heads = HashMap::new();
        let mut read = self.environment.db.read().await?;
        for run in many::runs(&ids) {
            heads.extend(store::list_heads(read.conn(), run).await?);
        }
        drop(read);
        for hub in live {
            if let Some(head) = heads.get(&hub.workspace) {
                hub.catch_up(*head).await?;
            }
        }
        Ok(())
    }

    /// Catches up again and again until the server stops.
    pub async fn follow_others(self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(FOLLOW_EVERY) => {}
                () = self.environment.shutdown.cancelled() => return,
            }
            if let Err(error) = self.catch_up().await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "looking for others' changes failed"
                );
            }
        }
    }

    /// Shortens the logs of all workspaces; answers by how many numbers.
    pub async fn shorten_logs(&self, history: &History) -> anyhow::Result<u64> {
        compaction::shorten_all(&self.environment, history).await
    }

    /// Shortens logs again and again until the server stops.
    pub async fn keep_logs_short(self, history: History) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(SHORTEN_EVERY) => {}
                () = self.environment.shutdown.cancelled() => return,
            }
            match self.shorten_logs(&history).await {
                Ok(0) => {}
                Ok(changes) => tracing::info!(changes, "shortened the log"),
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "shortening the log failed");
                }
            }
        }
    }

    /// Carries out a command on somebody's behalf; answers its number once it is durable.
    pub async fn commit(
        &self,
        workspace: WorkspaceId,
        actor: UserId,
        command: impl Into<Command>,
    ) -> Result<u64, Error> {
        self.commit_all(workspace, actor, Group::of(command)).await
    }

    /// Carries out commands together or not at all; answers the last number once they are durable.
    pub async fn commit_all(
        &self,
        workspace: WorkspaceId,
        actor: UserId,
        commands: impl Into<Group>,
    ) -> Result<u64, Error> {
        let (reply, answer) = oneshot::channel();
        let task = Task::Group(commands.into(), reply);
        self.hub(workspace).await?.submit(Work { actor, task })?;
        answered(answer).await
    }

    /// Begins a workspace with its first commands: all or nothing.
    pub async fn found(
        &self,
        workspace: WorkspaceId,
        owner: UserId,
        commands: Vec<Command>,
    ) -> Result<u64, Error> {
        let epoch = Epoch::new(self.environment.clock.now().0, self.environment.rng.bytes());
        let (reply, answer) = oneshot::channel();
        let task = Task::Found(epoch, commands.into(), reply);
        // There is no hub yet: a workspace that was refused must leave nothing behind.
        hub::found(&self.environment, workspace, Work { actor: owner, task }).await;
        answered(answer).await
    }
}

/// What became of work, once it is durable.
async fn answered<T>(
    answer: impl Future<Output = Result<Result<T, Error>, RecvError>>,
) -> Result<T, Error> {
    answer
        .await
        .map_err(|_| Error::Refused(Code::Unavailable.into()))?
}

/// The engine's own paths.
pub fn router() -> Router<App> {
    let push = post(push::push).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX));
    Router::new()
        .route("/sync/socket", get(websocket::upgrade))
        .route("/sync/stream", get(events::stream))
        .route("/sync/poll", get(poll::poll))
        .route("/sync/push", push)
        .route("/sync/snapshot", get(snapshot::get_snapshot))
}

/// The answer to whoever may not see a thing, and to whoever asks for a thing that is not there.
fn not_found() -> Error {
    Error::Refused(Rejected::from(Code::NotFound))
}
