//! What became of commands: whoever sends one again is answered the same, and it is not carried out again.
//!
//! A command is known by its writer and its number, and by its id under whatever number it comes: where a browser goes on
//! under another identity, what it had sent under the one before may still be on its way.

pub(super) mod store;

use super::work::{Task, Work};
use crate::db::{WriteTx, many};
use shared::ids::{CommandId, ReplicaId, UserId, WorkspaceId};
use shared::sync::protocol::Outcome;
use shared::values::Time;
use std::collections::HashMap;

/// What became of the commands that a transaction is about, before it and in it.
pub(super) struct Results {
    /// As JSON, by whose commands they were.
    known: HashMap<(UserId, CommandId), String>,
    fresh: Vec<Judged>,
}

/// A command that was judged: its writer, its number, its id, and what became of it as JSON.
pub(super) type Judged = (ReplicaId, u64, CommandId, String);

impl Results {
    /// Reads what is known of the commands that are pushed, of all at once.
    pub(super) async fn read(
        tx: &mut WriteTx,
        workspace: WorkspaceId,
        works: &[Work],
    ) -> anyhow::Result<Self> {
        let pushed = works.iter().filter_map(|work| match &work.task {
            Task::Push(_, commands, _) => Some(commands),
            _ => None,
        });
        let pushed: Vec<CommandId> = pushed.flatten().map(|it| it.cid).collect();
        let mut known = HashMap::new();
        for run in many::runs(&pushed) {
            known.extend(store::list_judged(tx.conn(), workspace, run).await?);
        }
        let fresh = Vec::new();
        Ok(Self { known, fresh })
    }

    /// What became of somebody's command, whatever its number was.
    pub(super) fn of(&self, user: UserId, cid: CommandId) -> anyhow::Result<Option<Outcome>> {
        let known = self.known.get(&(user, cid));
        Ok(known.map(|text| serde_json::from_str(text)).transpose()?)
    }

    /// Which command a writer had given a number, and what became of it.
    pub(super) async fn numbered(
        &self,
        tx: &mut WriteTx,
        id: ReplicaId,
        mid: u64,
    ) -> anyhow::Result<Option<(CommandId, Outcome)>> {
        let fresh = self.fresh.iter().find(|(r, m, ..)| (*r, *m) == (id, mid));
        let known = match fresh {
            Some((_, _, cid, outcome)) => Some((*cid, outcome.clone())),
            None => store::find_result(tx.conn(), id, mid).await?,
        };
        let read = |(cid, text): (_, String)| Ok((cid, serde_json::from_str(&text)?));
        known.map(read).transpose()
    }

    /// Notes what became of somebody's command.
    pub(super) fn note(
        &mut self,
        user: UserId,
        (id, mid): (ReplicaId, u64),
        cid: CommandId,
        outcome: &Outcome,
    ) -> anyhow::Result<()> {
        let text = serde_json::to_string(outcome)?;
        self.known.insert((user, cid), text.clone());
        self.fresh.push((id, mid, cid, text));
        Ok(())
    }

    /// Writes down what was noted.
    pub(super) async fn write(&self, tx: &mut WriteTx, now: Time) -> anyhow::Result<()> {
        for run in many::runs(&self.fresh) {
            store::insert_results(tx.conn(), run, now).await?;
        }
        Ok(())
    }
}
