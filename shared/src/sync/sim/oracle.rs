//! What must be true, checked on the way: the properties of `docs/SYNC.md`, each by its own means.
//!
//! The oracle sees what is committed and keeps its own books. It shares no code with the hub or the connections.

use super::agenda::short;
use super::database::{Batch, Entry, State};
use crate::access::sees;
use crate::ids::{CommandId, ReplicaId, UserId};
use crate::members::Member;
use crate::projects::Project;
use crate::sync::protocol::Outcome;
use crate::sync::{AnyRow, Key, Part, Scope, Stored, Tables, take_over};
use std::collections::{BTreeMap, BTreeSet};

/// A property that does not hold.
#[derive(Clone, Debug)]
pub(super) struct Violation {
    pub(super) property: &'static str,
    pub(super) what: String,
}

/// What a check answers.
pub(super) type Checked<T = ()> = Result<T, Violation>;

/// Fails unless it holds.
pub(super) fn require(
    holds: bool,
    property: &'static str,
    what: impl FnOnce() -> String,
) -> Checked {
    if holds {
        return Ok(());
    }
    Err(Violation {
        property,
        what: what(),
    })
}

/// What was committed so far, for all numbers of this life of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    versions: BTreeMap<Key, Vec<(u64, Option<AnyRow>)>>,
    visible: BTreeMap<UserId, Vec<(u64, BTreeSet<Scope>)>>,
    /// All parts of the log, taken over: by somebody who sees everything, and by somebody who sees one scope alone.
    fold: Tables,
    folds: BTreeMap<Scope, Tables>,
    effects: BTreeMap<CommandId, u64>,
    senders: BTreeMap<ReplicaId, u64>,
    judged: BTreeMap<(ReplicaId, u64), (CommandId, Outcome)>,
    /// What became of a command, whoever numbered it.
    verdicts: BTreeMap<CommandId, Outcome>,
}

impl Ledger {
    /// The books of a workspace that was just founded.
    pub(super) fn founded(state: &State) -> Self {
        let mut ledger = Self::default();
        for (key, stored) in state.tables.iter() {
            let versions = ledger.versions.entry(key).or_default();
            versions.push((0, Some(stored.row.clone())));
            ledger.fold.put(stored.v, stored.row.clone());
            let fold = ledger.folds.entry(stored.row.scope()).or_default();
            fold.put(stored.v, stored.row.clone());
        }
        ledger.see(state.seq);
        ledger
    }

    /// Notes who sees what from a number on.
    fn see(&mut self, seq: u64) {
        for member in self.fold.all::<Member>() {
            let mut scopes = BTreeSet::new();
            if member.active {
                scopes.extend([Scope::Workspace, Scope::User(member.id)]);
                let seen = self
                    .fold
                    .all::<Project>()
                    .filter(|p| sees(member.role, member.id, p.visibility, &p.members));
                scopes.extend(seen.map(|p| Scope::Project(p.id)));
            }
            let history = self.visible.entry(member.id).or_default();
            if history.last().is_none_or(|(_, known)| *known != scopes) {
                history.push((seq, scopes));
            }
        }
    }

    /// Takes a committed batch into the books. `before` is the number that was the newest until then.
    pub(super) fn committed(&mut self, before: u64, batch: &Batch, state: &State) -> Checked {
        for (expected, entry) in (before + 1..).zip(&batch.entries) {
            require(entry.seq == expected, "P1 density", || {
                format!("number {} was committed after {}", entry.seq, expected - 1)
            })?;
            self.once(entry)?;
            self.follow(entry)?;
            if !entry.access.is_empty() {
                self.see(entry.seq);
            }
        }
        for (seq, writes) in &batch.writes {
            for (key, row) in writes {
                let versions = self.versions.entry(*key).or_default();
                versions.push((*seq, row.clone()));
            }
        }
        for key in batch.writes.iter().flat_map(|(_, writes)| writes.keys()) {
            let (told, is) = (self.fold.find(*key), state.tables.find(*key));
            require(told == is, "P3 fold of the log", || {
                format!(
                    "the log leads to {told:?} at {}, the row is {is:?}",
                    state.seq
                )
            })?;
        }
        for ((replica, mid), judged) in &batch.results {
            let before = self.verdicts.insert(judged.0, judged.1.clone());
            require(
                before.as_ref().is_none_or(|before| *before == judged.1),
                "P4 the same answer",
                || format!("{judged:?} was {before:?} under another number"),
            )?;
            let known = self.judged.insert((*replica, *mid), judged.clone());
            require(known.is_none(), "P4 exactly once", || {
                let replica = short(replica.uuid());
                format!("command {mid} of {replica} was judged twice: {known:?}, then {judged:?}")
            })?;
        }
        Ok(())
    }

    fn once(&mut self, entry: &Entry) -> Checked {
        let known = self.effects.insert(entry.cid, entry.seq);
        require(known.is_none(), "P4 exactly once", || {
            let cid = short(entry.cid.uuid());
            format!(
                "command {cid} took effect at {known:?} and at {}",
                entry.seq
            )
        })?;
        if let Some((replica, mid)) = entry.sender {
            let last = self.senders.insert(replica, mid).unwrap_or(0);
            require(mid > last, "P5 order of mids", || {
                format!("command {mid} took effect after {last}")
            })?;
        }
        Ok(())
    }

    fn follow(&mut self, entry: &Entry) -> Checked {
        let parts: Vec<Part> = entry
            .parts
            .iter()
            .map(|(_, text)| serde_json::from_str(text).expect("a part reads back"))
            .collect();
        let all: Vec<&Part> = parts.iter().collect();
        let mut taken = take_over(&mut self.fold, &all, |_| true);
        for part in &parts {
            let fold = self.folds.entry(part.scope).or_default();
            taken = taken.and(take_over(fold, &[part], |_| true));
        }
        require(taken.is_ok(), "P3 fold of the log", || format!("{taken:?}"))
    }

    /// The log of each scope alone leads to the rows of that scope.
    pub(super) fn scopes_lead_to_rows(&self, tables: &Tables) -> Checked {
        for (scope, fold) in &self.folds {
            let is: Vec<(Key, &Stored)> = tables
                .iter()
                .filter(|(_, stored)| stored.row.scope() == *scope)
                .collect();
            let told: Vec<(Key, &Stored)> = fold.iter().collect();
            require(told == is, "P3 fold of the log", || {
                format!("the log of {scope} does not lead to its rows")
            })?;
        }
        Ok(())
    }

    /// Whether somebody saw a scope as of a number.
    pub(super) fn saw(&self, user: UserId, scope: Scope, seq: u64) -> bool {
        let history = self.visible.get(&user).map_or(&[][..], Vec::as_slice);
        let at = history.partition_point(|(since, _)| *since <= seq);
        at > 0 && history[at - 1].1.contains(&scope)
    }

    /// Something of a scope, as of a number, goes to somebody.
    pub(super) fn goes_to(&self, user: UserId, scope: Scope, seq: u64) -> Checked {
        require(self.saw(user, scope, seq), "P9 access", || {
            format!("something of {scope} as of {seq} goes to {user}, who does not see it then")
        })
    }

    /// The number of a command's changes.
    pub(super) fn effect(&self, cid: CommandId) -> Option<u64> {
        self.effects.get(&cid).copied()
    }

    /// What became of a command, and which one it was.
    pub(super) fn judged(&self, replica: ReplicaId, mid: u64) -> Option<&(CommandId, Outcome)> {
        self.judged.get(&(replica, mid))
    }

    /// What a row was as of a number, and since when.
    pub(super) fn version(&self, key: Key, seq: u64) -> (u64, Option<&AnyRow>) {
        let versions = self.versions.get(&key).map_or(&[][..], Vec::as_slice);
        let at = versions.partition_point(|(v, _)| *v <= seq);
        match at.checked_sub(1).and_then(|at| versions.get(at)) {
            Some((v, row)) => (*v, row.as_ref()),
            None => (0, None),
        }
    }

    /// What a row was at any number of a range: as of its beginning, and each later version.
    pub(super) fn versions(
        &self,
        key: Key,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = (u64, Option<&AnyRow>)> {
        let later = self.versions.get(&key).map_or(&[][..], Vec::as_slice);
        let later = later.iter().filter(move |(v, _)| *v > from && *v <= to);
        std::iter::once(self.version(key, from)).chain(later.map(|(v, row)| (*v, row.as_ref())))
    }

    /// What became of commands.
    pub(super) fn verdicts(&self) -> &BTreeMap<CommandId, Outcome> {
        &self.verdicts
    }
}
