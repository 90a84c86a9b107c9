//! Commands that stand or fall together: what the server's own doors (REST, imports, jobs) commit.

use shared::ids::{CommandId, ReplicaId, UserId, WorkspaceId, derived};
use shared::sync::{Command, Key};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

/// Commands that are carried out together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What is to be done, in order.
    pub commands: Vec<Command>,
    /// A row that must still be of this version when it is done.
    pub expected: Option<(Key, u64)>,
    /// The key under which it is done at most once.
    pub once: Option<Once>,
    /// Who watches.
    pub progress: Option<Arc<Progress>>,
}

impl Group {
    /// One command.
    pub fn of(command: impl Into<Command>) -> Self {
        Self::from(vec![command.into()])
    }

    /// Refuses the whole group where the row has another version by then.
    #[must_use]
    pub fn expecting(mut self, key: Key, version: Option<u64>) -> Self {
        self.expected = version.map(|version| (key, version));
        self
    }

    /// Does it at most once under a key.
    #[must_use]
    pub fn once(mut self, once: Option<&Once>) -> Self {
        self.once = once.cloned();
        self
    }
}

impl From<Vec<Command>> for Group {
    fn from(commands: Vec<Command>) -> Self {
        Self {
            commands,
            ..Self::default()
        }
    }
}

/// A key that makes a request take effect once, and what it is a request for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    key: String,
    request: CommandId,
}

impl Once {
    /// The `Idempotency-Key` as sent, and the request's own words: another request under the same key is refused.
    pub fn new(key: &str, request: &[&[u8]]) -> Self {
        Self {
            key: key.to_owned(),
            request: derived(request).into(),
        }
    }

    /// What tells the request from another under the same key.
    pub const fn request(&self) -> CommandId {
        self.request
    }

    /// The writer that this request is the only command of.
    pub fn replica(&self, workspace: WorkspaceId, actor: UserId) -> ReplicaId {
        self.id(workspace, actor, "")
    }

    /// The id of a row that the request makes: a repetition makes it again, and so does not.
    pub fn id<Id: From<Uuid>>(&self, workspace: WorkspaceId, actor: UserId, what: &str) -> Id {
        let (workspace, actor) = (workspace.uuid(), actor.uuid());
        let key = self.key.as_bytes();
        derived(&[workspace.as_bytes(), actor.as_bytes(), key, what.as_bytes()]).into()
    }
}

/// How far a group has come. Applying a command is one step, writing its rows another.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress {
    /// Steps done, and all steps; the group is durable only when it was answered.
    pub fn steps(&self) -> (usize, usize) {
        (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }

    /// A transaction begins, perhaps anew.
    pub(super) fn begin(&self, commands: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(commands * 2, Ordering::Relaxed);
    }

    /// A command was applied.
    pub(super) fn applied(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// That many of the transaction's rows were written.
    pub(super) fn written(&self, rows: usize, of: usize) {
        let half = self.total.load(Ordering::Relaxed) / 2;
        self.done
            .store(half + half * rows / of.max(1), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_goes_up_to_its_end() {
        let progress = Progress::default();
        progress.begin(10);
        assert_eq!(progress.steps(), (0, 20));
        for _ in 0..10 {
            progress.applied();
        }
        progress.written(150, 300);
        assert_eq!(progress.steps(), (15, 20));
        progress.written(300, 300);
        assert_eq!(progress.steps(), (20, 20));
    }

    #[test]
    fn a_key_gives_the_same_ids_to_the_same_person_alone() {
        let (ws, ada, ben) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let once = Once::new("k", &[b"POST", b"/tasks"]);
        let id = |user: Uuid, what| once.id::<Uuid>(ws.into(), user.into(), what);
        assert_eq!(id(ada, "task"), id(ada, "task"));
        assert_ne!(id(ada, "task"), id(ben, "task"));
        assert_ne!(id(ada, "task"), id(ada, "label"));
    }
}
