//! The sync engine on the server.
//!
//! Start reading at [`commit`] (the one write path), then [`hub`] (what is ready to send), then [`socket`] (a connection).
//! The database's log is the only truth; everything in memory here is a cache of it.

pub mod access;
pub mod columns;
pub mod commit;
pub mod hub;
pub mod load;
pub mod presence;
pub mod rows;
pub mod seed;
pub mod snapshot;
pub mod socket;
pub mod store;

pub use seed::{SeedRequest, seed};

use crate::app::App;
use crate::clock::Clock;
use crate::db::Db;
use crate::http::error::Error;
use crate::rng::Rng;
use axum::Router;
use axum::routing::get;
use commit::{Task, Work};
use hub::{Hub, Hubs};
use shared::codes::{Code, Rejected};
use shared::ids::{CommandId, Epoch, ReplicaId, UserId, WorkspaceId, derived};
use shared::sync::Command;
use shared::sync::protocol::{Numbered, Outcome};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

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

/// A key that makes a request take effect once, and what it is a request for.
pub struct Once<'k> {
    /// The `Idempotency-Key`, as sent.
    pub key: &'k str,
    /// The request's own words: another request under the same key is refused.
    pub request: &'k [u8],
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

    /// A new command id.
    pub fn command_id(&self) -> CommandId {
        CommandId::new(self.environment.clock.now().0, self.environment.rng.bytes())
    }

    /// Carries out a command on somebody's behalf; answers its number once it is durable.
    pub async fn commit(
        &self,
        workspace: WorkspaceId,
        actor: UserId,
        command: impl Into<Command>,
    ) -> Result<u64, Error> {
        self.commit_all(workspace, actor, vec![command.into()])
            .await
    }

    /// Carries out commands together or not at all; answers the last number once they are durable.
    pub async fn commit_all(
        &self,
        workspace: WorkspaceId,
        actor: UserId,
        commands: Vec<Command>,
    ) -> Result<u64, Error> {
        let commands = commands
            .into_iter()
            .map(|command| (self.command_id(), command))
            .collect();
        let (reply, answer) = oneshot::channel();
        let hub = self.hub(workspace).await?;
        hub.submit(Work {
            actor,
            task: Task::Group(commands, reply),
        })?;
        answer
            .await
            .map_err(|_| Error::Refused(Code::Unavailable.into()))?
    }

    /// Carries out a command at most once for a key; a repetition is answered as the first time.
    pub async fn commit_once(
        &self,
        workspace: WorkspaceId,
        actor: UserId,
        command: impl Into<Command>,
        once: Once<'_>,
    ) -> Result<u64, Error> {
        let parts = [workspace.uuid(), actor.uuid()];
        let replica = derived(&[
            parts[0].as_bytes(),
            parts[1].as_bytes(),
            once.key.as_bytes(),
        ]);
        let cid = CommandId::from_uuid(derived(&[once.request]));
        let commands = vec![Numbered::new(1, cid, &command.into())];
        let (reply, answer) = oneshot::channel();
        let hub = self.hub(workspace).await?;
        let task = Task::Push(ReplicaId::from_uuid(replica), commands, reply);
        hub.submit(Work { actor, task })?;
        let answers = answer
            .await
            .map_err(|_| Error::Refused(Code::Unavailable.into()))??;
        match answers.into_iter().next().map(|answer| answer.outcome) {
            Some(Outcome::Done(seq)) => Ok(seq),
            Some(Outcome::Refused(rejected)) => Err(Error::Refused(rejected)),
            Some(Outcome::Forked) => Err(Error::Refused(Code::IdempotencyKeyReused.into())),
            Some(Outcome::Gap(_)) | None => Err(Error::Refused(Code::Gap.into())),
        }
    }

    /// Begins a workspace with its first commands: all or nothing.
    pub async fn found(
        &self,
        workspace: WorkspaceId,
        owner: UserId,
        commands: Vec<Command>,
    ) -> Result<u64, Error> {
        let commands = commands
            .into_iter()
            .map(|command| (self.command_id(), command))
            .collect();
        let epoch = Epoch::new(self.environment.clock.now().0, self.environment.rng.bytes());
        let (reply, answer) = oneshot::channel();
        let task = Task::Found(epoch, commands, reply);
        // There is no hub yet: a workspace that was refused must leave nothing behind.
        hub::found(&self.environment, workspace, Work { actor: owner, task }).await;
        answer
            .await
            .map_err(|_| Error::Refused(Code::Unavailable.into()))?
    }
}

/// The engine's own paths.
pub fn router() -> Router<App> {
    Router::new()
        .route("/sync/socket", get(socket::upgrade))
        .route("/sync/snapshot", get(snapshot::get_snapshot))
}

/// The answer to whoever may not see a thing, and to whoever asks for a thing that is not there.
fn not_found() -> Error {
    Error::Refused(Rejected::from(Code::NotFound))
}
