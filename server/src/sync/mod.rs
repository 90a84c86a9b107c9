//! The sync engine on the server.
//!
//! Start reading at [`commit`] (the one write path), then [`hub`] (what is ready to send), then [`connection`] (somebody who listens).
//! The database's log is the only truth; everything in memory here is a cache of it.

mod admission;
pub mod bus;
pub mod columns;
pub mod commit;
mod compaction;
pub mod connection;
pub mod contents;
pub mod crowd;
pub mod encoded;
mod group;
pub mod hub;
pub mod kicks;
pub mod load;
pub mod presence;
mod refusals;
mod results;
pub mod rows;
pub mod seed;
pub mod snapshot;
pub mod store;
pub mod witness;
pub mod work;

pub use group::{Group, Once, Progress};
pub use seed::{SeedRequest, seed};

use crate::access::Actor;
use crate::app::App;
use crate::audit_entries::{Audit, Origin};
use crate::clock::{Clock, millis};
use crate::config::History;
use crate::db::{Db, Errand, many};
use crate::http::error::Error;
use crate::rng::Rng;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use bus::Bus;
use connection::{events, poll, presence as told_presence, push, websocket};
use hub::{Hub, Hubs};
use shared::codes::{Code, Rejected};
use shared::ids::{Epoch, UserId, WorkspaceId};
use shared::purges::Purge;
use shared::sync::Command;
use shared::sync::protocol::MESSAGE_BYTES_MAX;
use shared::values::Time;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::oneshot::{self, error::RecvError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use witness::Witness;
use work::{Task, Work};

/// How often a node looks for what others have committed.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);
/// How often a node repeats where its pages are.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(10);
/// How long it is believed where a page is that has no connection here: what another node said, or a request.
const HEARSAY_LIFETIME: Duration = Duration::from_secs(30);
/// How often it is noted how far workspaces have come.
const NOTE_EVERY: Duration = Duration::from_secs(10);
/// How often it is looked for logs that have become too long.
const SHORTEN_EVERY: Duration = Duration::from_mins(10);

/// What the engine runs on.
#[derive(Clone)]
pub struct Environment {
    /// The way to other nodes.
    pub bus: Bus,
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
    /// The audit log.
    pub audit: Audit,
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
    divergences: Arc<AtomicU64>,
}

impl Sync {
    /// An engine without live workspaces.
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            hubs: Arc::default(),
            divergences: Arc::default(),
        }
    }

    /// The live workspace; not found where there is none.
    pub async fn hub(&self, workspace: WorkspaceId) -> Result<Arc<Hub>, Error> {
        self.hubs.get(&self.environment, workspace).await
    }

    /// The workspace, if it is live.
    pub async fn live(&self, workspace: WorkspaceId) -> Option<Arc<Hub>> {
        self.hubs.find(workspace).await
    }

    /// Lets go of a workspace that is gone for good.
    pub async fn forget(&self, workspace: WorkspaceId) {
        self.hubs.forget(workspace).await;
    }

    /// How many workspaces are live here.
    pub async fn count_live(&self) -> usize {
        self.hubs.live().await.len()
    }

    /// How much work waits to be committed here.
    pub async fn count_waiting(&self) -> usize {
        let live = self.hubs.live().await;
        live.iter().map(|hub| hub.waiting()).sum()
    }

    /// Notes that a replica held other rows than the database.
    pub fn note_divergence(&self) {
        self.divergences.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a replica held other rows than the database, since the server began.
    pub fn count_divergences(&self) -> u64 {
        self.divergences.load(Ordering::Relaxed)
    }

    /// Forgets a workspace's log but for its newest change: who was away begins anew.
    pub async fn forget_log(&self, workspace: WorkspaceId) -> anyhow::Result<()> {
        compaction::forget(&self.environment, workspace).await
    }

    /// Forgets what a workspace's log holds from before a time; answers by how many numbers.
    pub async fn forget_log_before(
        &self,
        workspace: WorkspaceId,
        before: Time,
    ) -> anyhow::Result<u64> {
        compaction::forget_before(&self.environment, workspace, before).await
    }

    /// The way to other nodes.
    pub const fn bus(&self) -> &Bus {
        &self.environment.bus
    }

    /// Asks other nodes who is where, and tells them.
    pub async fn introduce(&self) {
        for hub in self.hubs.live().await {
            hub.introduce();
        }
    }

    /// Repeats to other nodes, if there is a way to them, who is where, and forgets what they have not repeated.
    pub async fn announce(&self) {
        let oldest = self.environment.clock.now().0 - millis(HEARSAY_LIFETIME);
        for hub in self.hubs.live().await {
            hub.presences.forget_before(Time(oldest));
            hub.announce();
        }
    }

    /// Notes beside the database how far the live workspaces have come.
    pub async fn note(&self, witness: &Witness) -> anyhow::Result<()> {
        witness.note(&self.hubs.live().await).await
    }

    /// Takes in what others have committed to the live workspaces: other nodes, or a `teamflow import` beside this one.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        let live = self.hubs.live().await;
        if live.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = live.iter().map(|hub| hub.workspace).collect();
        let mut heads = HashMap::new();
        let mut read = self.environment.db.read_for(Errand::Heads).await?;
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

    /// Shortens the logs of all workspaces; answers by how many numbers.
    pub async fn shorten_logs(&self, history: &History) -> anyhow::Result<u64> {
        compaction::shorten_all(&self.environment, history).await
    }

    /// Forgets what became of commands long ago; answers of how many.
    pub async fn forget_results(&self, history: &History) -> anyhow::Result<u64> {
        compaction::forget_results(&self.environment, history).await
    }

    /// Carries out a command on somebody's behalf; answers its number once it is durable.
    pub async fn commit(
        &self,
        workspace: WorkspaceId,
        actor: impl Into<Actor>,
        command: impl Into<Command>,
    ) -> Result<u64, Error> {
        self.commit_all(workspace, actor, Group::of(command)).await
    }

    /// Carries out commands together or not at all; answers the last number once they are durable.
    pub async fn commit_all(
        &self,
        workspace: WorkspaceId,
        actor: impl Into<Actor>,
        commands: impl Into<Group>,
    ) -> Result<u64, Error> {
        let actor = actor.into();
        if !actor.limits.admit(workspace) {
            return Err(not_found());
        }
        let (reply, answer) = oneshot::channel();
        let task = Task::Group(commands.into(), reply);
        let work = Work {
            actor,
            origin: Origin::current(),
            task,
        };
        self.hub(workspace).await?.submit(work)?;
        answered(answer).await
    }

    /// Lets something go for good that has been in the trash for long enough; answers its number once it is durable.
    pub async fn purge(
        &self,
        workspace: WorkspaceId,
        owner: UserId,
        purge: Purge,
    ) -> Result<u64, Error> {
        let (reply, answer) = oneshot::channel();
        let work = Work {
            actor: Actor::unlimited(owner),
            origin: Origin::current(),
            task: Task::Purge(purge, reply),
        };
        self.hub(workspace).await?.submit(work)?;
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
        let work = Work {
            actor: Actor::unlimited(owner),
            origin: Origin::current(),
            task,
        };
        hub::found(&self.environment, workspace, work).await;
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

/// What a server does for the engine besides answering, until it stops.
pub fn run(app: &App) {
    app.every(FOLLOW_EVERY, "looking for others' changes", |app| {
        Box::pin(async move { app.sync.catch_up().await })
    });
    app.every(ANNOUNCE_EVERY, "telling who is where", |app| {
        Box::pin(async move {
            app.sync.announce().await;
            Ok(())
        })
    });
    app.every(NOTE_EVERY, "noting how far workspaces have come", |app| {
        Box::pin(async move { app.sync.note(&app.witness).await })
    });
    app.now_and_every(SHORTEN_EVERY, "shortening the log", |app| {
        Box::pin(async move {
            let changes = app.sync.shorten_logs(&app.config.history).await?;
            if changes > 0 {
                tracing::info!(changes, "shortened the log");
            }
            let results = app.sync.forget_results(&app.config.history).await?;
            if results > 0 {
                tracing::info!(results, "forgot what became of commands long ago");
            }
            Ok(())
        })
    });
    if let Some(url) = app.config.storage.redis_url.clone() {
        app.tasks.spawn(bus::redis::link(app.clone(), url));
    }
}

/// The engine's own paths.
pub fn router() -> Router<App> {
    let push = post(push::push).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX));
    let presence = post(told_presence::presence).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX));
    Router::new()
        .route("/sync/socket", get(websocket::upgrade))
        .route("/sync/stream", get(events::stream))
        .route("/sync/poll", get(poll::poll))
        .route("/sync/push", push)
        .route("/sync/presence", presence)
        .route("/sync/snapshot", get(snapshot::get_snapshot))
        .route("/sync/digest", get(snapshot::get_digest))
}

/// The answer to whoever may not see a thing, and to whoever asks for a thing that is not there.
fn not_found() -> Error {
    Error::Refused(Rejected::from(Code::NotFound))
}
