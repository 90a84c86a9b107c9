//! Something to commit, and who waits for what becomes of it.

use super::group::Group;
use crate::access::Actor;
use crate::audit_entries::Origin;
use crate::http::error::Error;
use shared::codes::Rejected;
use shared::ids::{Epoch, ReplicaId};
use shared::purges::Purge;
use shared::sync::protocol::{Answer, Numbered};
use tokio::sync::oneshot;

/// Something to commit.
pub struct Work {
    /// Whose work it is.
    pub actor: Actor,
    /// Where it comes from.
    pub origin: Origin,
    /// What is to be done.
    pub task: Task,
}

/// The kinds of work.
pub enum Task {
    /// Numbered commands of a replica: each stands or falls by itself.
    Push(
        ReplicaId,
        Vec<Numbered>,
        oneshot::Sender<Result<Vec<Answer>, Error>>,
    ),
    /// Commands of the server's own doors: all or none. Answers the last number.
    Group(Group, oneshot::Sender<Result<u64, Error>>),
    /// Like a group, in a workspace that begins with it.
    Found(Epoch, Group, oneshot::Sender<Result<u64, Error>>),
    /// The end of something in the trash. Answers its number.
    Purge(Purge, oneshot::Sender<Result<u64, Error>>),
}

/// What a piece of work came to, held back until the commit.
pub(super) enum Verdict {
    Answers(Vec<Answer>),
    Seq(u64),
    Refused(Rejected),
}

impl Work {
    fn len(&self) -> usize {
        match &self.task {
            Task::Push(_, commands, _) => commands.len(),
            Task::Purge(..) => 1,
            Task::Group(group, _) | Task::Found(_, group, _) => group.commands.len(),
        }
    }

    /// How many commands some work holds.
    pub fn count(works: &[Work]) -> usize {
        works.iter().map(Work::len).sum()
    }

    /// Tells whoever waits what became of it. They may have gone away: it is done all the same.
    pub(super) fn answer(self, verdict: Verdict) {
        match (self.task, verdict) {
            (Task::Push(.., reply), Verdict::Answers(answers)) => drop(reply.send(Ok(answers))),
            (
                Task::Group(_, reply) | Task::Found(_, _, reply) | Task::Purge(_, reply),
                Verdict::Seq(seq),
            ) => drop(reply.send(Ok(seq))),
            (
                Task::Group(_, reply) | Task::Found(_, _, reply) | Task::Purge(_, reply),
                Verdict::Refused(rejected),
            ) => drop(reply.send(Err(Error::Refused(rejected)))),
            _ => unreachable!("a verdict is of its work's kind"),
        }
    }

    /// Tells whoever waits that it failed.
    pub(super) fn fail(self, error: Error) {
        match self.task {
            Task::Push(.., reply) => drop(reply.send(Err(error))),
            Task::Group(_, reply) | Task::Found(_, _, reply) | Task::Purge(_, reply) => {
                drop(reply.send(Err(error)));
            }
        }
    }
}
