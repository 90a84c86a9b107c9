//! The database: what is committed stays, what is not was never there. One transaction at a time may continue the order.

use super::chance::Chance;
use super::mutant::Mutant;
use super::network::LinkId;
use super::node::NodeId;
use super::page::PageId;
use crate::access::Role;
use crate::codes::{Code, Rejected};
use crate::ids::{CommandId, Epoch, ReplicaId, UserId};
use crate::sync::access_index::{AccessIndex, subject_of};
use crate::sync::protocol::{Answer, Numbered, Outcome};
use crate::sync::{
    AnyRow, Change, Command, Context, Key, Op, Part, Patch, Scope, Tables, Writes, changes,
};
use crate::values::{Color, Name, ProjectKey, Slug, Time};
use crate::{imports, members, projects, workspaces};
use std::collections::BTreeMap;
use std::rc::Rc;
use uuid::Uuid;

/// The keys of the projects that there are from the beginning; besides, one was imported.
const PROJECTS: [&str; 2] = ["ONE", "TWO"];

/// A logged command and what it did.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) sender: Option<(ReplicaId, u64)>,
    pub(super) cid: CommandId,
    pub(super) name: &'static str,
    /// What the viewers of each scope see, as it is sent.
    pub(super) parts: Vec<(Scope, Rc<str>)>,
    /// Rows that changed who sees what.
    pub(super) access: Vec<(String, Key, Option<AnyRow>)>,
}

/// A writer of commands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    pub(super) user: UserId,
    pub(super) last_mid: u64,
}

/// Everything that is committed.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) epoch: Epoch,
    pub(super) seq: u64,
    /// The log goes on from here: what came up to this number is no longer in it.
    pub(super) floor: u64,
    pub(super) tables: Tables,
    pub(super) log: BTreeMap<u64, Rc<Entry>>,
    pub(super) writers: BTreeMap<ReplicaId, Writer>,
    pub(super) results: BTreeMap<(ReplicaId, u64), (CommandId, Outcome)>,
    pub(super) marks: BTreeMap<String, u64>,
}

/// The database as all nodes share it.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) state: State,
    /// Who may continue the order.
    pub(super) lock: Option<NodeId>,
}

/// Something to commit.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) actor: UserId,
    pub(super) task: Task,
}

/// Who waits for what becomes of commands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker {
    Link(LinkId),
    /// A page's request, as long as it has the same stream or goes on polling; or nobody.
    Post(Option<(PageId, u64)>),
}

#[derive(Clone, Debug)]
pub(super) enum Task {
    /// Numbered commands, and who waits for the answers.
    Push(Asker, ReplicaId, Vec<Numbered>),
    /// What the server's own doors do: rows are rewritten, be it into another scope.
    Rewrite(&'static str, CommandId, Vec<AnyRow>),
}

/// A transaction in the making.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) works: Vec<Work>,
    pub(super) entries: Vec<Rc<Entry>>,
    pub(super) writes: Vec<(u64, Writes)>,
    pub(super) writers: BTreeMap<ReplicaId, Writer>,
    pub(super) results: BTreeMap<(ReplicaId, u64), (CommandId, Outcome)>,
    pub(super) answers: Vec<(Asker, Vec<Answer>)>,
}

impl Database {
    /// A workspace with a person of each role and some projects; its founding is not in the log.
    pub(super) fn founded(chance: &mut Chance) -> Self {
        let mut state = State {
            epoch: chance.id(),
            seq: 0,
            floor: 0,
            tables: Tables::default(),
            log: BTreeMap::new(),
            writers: BTreeMap::new(),
            results: BTreeMap::new(),
            marks: BTreeMap::new(),
        };
        for command in founding(chance) {
            let context = Context {
                actor: user(Role::Owner),
                now: Time(0),
                cid: chance.id(),
            };
            let writes = command.apply(&state.tables, context);
            state.take(0, writes.expect("a founding is allowed"));
        }
        Self { state, lock: None }
    }

    /// Commits all of it at once.
    pub(super) fn commit(&mut self, batch: &Batch, mutant: Option<Mutant>) {
        let state = &mut self.state;
        for (seq, writes) in &batch.writes {
            state.take(*seq, writes.clone());
        }
        for entry in &batch.entries {
            state.seq = state.seq.max(entry.seq);
            state.log.insert(entry.seq, entry.clone());
            for (subject, ..) in &entry.access {
                state.marks.insert(subject.clone(), entry.seq);
            }
        }
        state.results.extend(batch.results.clone());
        if mutant != Some(Mutant::NumberInOwnTransaction) {
            state.writers.extend(&batch.writers);
        }
    }
}

impl State {
    pub(super) fn take(&mut self, seq: u64, writes: Writes) {
        for (key, row) in writes {
            match row {
                Some(row) => drop(self.tables.put(seq, row)),
                None => drop(self.tables.remove(key)),
            }
        }
    }

    /// Who sees what.
    pub(super) fn access(&self) -> AccessIndex {
        let rows = self.tables.iter().map(|(_, stored)| stored);
        AccessIndex::of(rows, self.marks.clone())
    }

    /// What happened in `(from, to]`.
    pub(super) fn log(&self, from: u64, to: u64) -> Vec<Rc<Entry>> {
        let later = self.log.range(from + 1..);
        let range = later.take_while(|(seq, _)| **seq <= to);
        range.map(|(_, entry)| entry.clone()).collect()
    }
}

/// The person of a role.
pub(super) fn user(role: Role) -> UserId {
    UserId::from_uuid(Uuid::from_u128(1_000 + role as u128))
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a constant name is valid")
}

fn founding(chance: &mut Chance) -> Vec<Command> {
    let mut commands: Vec<Command> = vec![
        workspaces::Mutation::Create {
            id: Uuid::from_u128(1).into(),
            name: name("Simulated"),
            slug: Slug::parse("simulated").expect("a constant slug is valid"),
            owner_name: name("owner"),
        }
        .into(),
    ];
    for role in Role::ALL.into_iter().skip(1) {
        let add = members::Mutation::Add {
            id: user(role),
            name: name(role.as_str()),
            role,
        };
        commands.push(add.into());
    }
    for (at, key) in (2..).zip(PROJECTS) {
        let create = projects::Mutation::Create {
            id: Uuid::from_u128(at).into(),
            key: ProjectKey::parse(key).expect("a constant key is valid"),
            name: name(key),
            color: Color::Teal,
            visibility: projects::Visibility::Workspace,
            statuses: projects::default_statuses(|| chance.id()),
        };
        commands.push(create.into());
    }
    let start = imports::Mutation::Start {
        id: Uuid::from_u128(1).into(),
        source: imports::Source::Trello,
        project: Uuid::from_u128(4).into(),
        key: ProjectKey::parse("THR").expect("a constant key is valid"),
        name: name("THR"),
        statuses: projects::default_statuses(|| chance.id()),
        labels: Vec::new(),
        people: vec![imports::ImportedPerson {
            id: Uuid::from_u128(2_000).into(),
            name: name("somebody"),
            handle: None,
        }],
    };
    commands.push(start.into());
    commands
}

/// The rows that a node's commands are applied to, as of one number: current as long as nobody else goes on.
#[derive(Clone, Debug)]
pub(super) struct Working {
    pub(super) epoch: Epoch,
    pub(super) seq: u64,
    pub(super) tables: Tables,
}

/// Where a change comes from.
#[derive(Clone, Copy)]
struct Origin {
    sender: Option<(ReplicaId, u64)>,
    cid: CommandId,
    by: Option<UserId>,
    seen: Option<u64>,
}

/// Judges work under the head's lock.
pub(super) struct Judge<'j> {
    pub(super) state: &'j State,
    pub(super) working: &'j mut Working,
    pub(super) now: Time,
    pub(super) mutant: Option<Mutant>,
    pub(super) batch: Batch,
}

impl Judge<'_> {
    pub(super) fn judge(mut self, works: Vec<Work>) -> Batch {
        for work in &works {
            match &work.task {
                Task::Push(asker, replica, commands) => {
                    let mut answers: Vec<Answer> = Vec::new();
                    for numbered in commands {
                        let follows = answers.last().map(|answer| &answer.outcome);
                        let outcome = match follows {
                            Some(Outcome::Forked) => Outcome::Forked,
                            _ => self.numbered(work.actor, *replica, numbered),
                        };
                        let mid = numbered.mid;
                        answers.push(Answer { mid, outcome });
                    }
                    self.batch.answers.push((*asker, answers));
                }
                Task::Rewrite(name, cid, rows) => {
                    let writes = rows.iter().map(|row| (row.key(), Some(row.clone())));
                    let origin = Origin {
                        sender: None,
                        cid: *cid,
                        by: None,
                        seen: None,
                    };
                    self.write(origin, name, writes.collect());
                }
            }
        }
        self.batch.works = works;
        self.batch
    }

    /// A replica's command: carried out once, answered the same however often it comes.
    fn numbered(&mut self, actor: UserId, id: ReplicaId, numbered: &Numbered) -> Outcome {
        let Numbered { mid, cid, .. } = *numbered;
        let known = self.batch.writers.get(&id);
        let known = known.or_else(|| self.state.writers.get(&id)).copied();
        let mut writer = known.unwrap_or(Writer {
            user: actor,
            last_mid: 0,
        });
        if writer.user != actor {
            return Outcome::Forked;
        }
        if mid <= writer.last_mid {
            return self.repeated(id, mid, cid);
        }
        if mid > writer.last_mid + 1 {
            return Outcome::Gap(writer.last_mid + 1);
        }
        let outcome = match self.known(actor, cid) {
            Some(outcome) => outcome,
            None => self.carry_out(actor, id, numbered),
        };
        if self.mutant == Some(Mutant::RefusalTakesNoNumber)
            && matches!(outcome, Outcome::Refused(_))
        {
            return outcome;
        }
        writer.last_mid = mid;
        self.batch.writers.insert(id, writer);
        self.batch.results.insert((id, mid), (cid, outcome.clone()));
        outcome
    }

    fn carry_out(&mut self, actor: UserId, id: ReplicaId, numbered: &Numbered) -> Outcome {
        let context = Context {
            actor,
            now: self.now,
            cid: numbered.cid,
        };
        let command = match serde_json::from_str::<Command>(numbered.command.get()) {
            Ok(command) => command,
            Err(error) => {
                let rejected = Rejected::new(Code::InvalidValue, error.to_string());
                return Outcome::Refused(rejected);
            }
        };
        match command.apply(&self.working.tables, context) {
            Ok(writes) => {
                let origin = Origin {
                    sender: Some((id, numbered.mid)),
                    cid: numbered.cid,
                    by: Some(actor),
                    seen: numbered.seen,
                };
                Outcome::Done(self.write(origin, command.name(), writes))
            }
            Err(rejected) => Outcome::Refused(rejected),
        }
    }

    /// What became of somebody's command under another number.
    fn known(&self, actor: UserId, cid: CommandId) -> Option<Outcome> {
        let results = self.state.results.iter().chain(&self.batch.results);
        let mut same = results.filter(|(_, (known, _))| *known == cid);
        let writer = |id: &ReplicaId| {
            let fresh = self.batch.writers.get(id);
            fresh.or_else(|| self.state.writers.get(id))
        };
        let is_theirs = |id: &ReplicaId| writer(id).is_some_and(|writer| writer.user == actor);
        let known = same.find(|((id, _), _)| is_theirs(id));
        known.map(|(_, (_, outcome))| outcome.clone())
    }

    fn repeated(&self, id: ReplicaId, mid: u64, cid: CommandId) -> Outcome {
        let fresh = self.batch.results.get(&(id, mid));
        match fresh.or_else(|| self.state.results.get(&(id, mid))) {
            Some((known, outcome))
                if *known == cid || self.mutant == Some(Mutant::IdNotCompared) =>
            {
                outcome.clone()
            }
            _ => Outcome::Forked,
        }
    }

    /// Gives writes the next number; where nothing changes, answers the number reached so far.
    fn write(&mut self, origin: Origin, name: &'static str, writes: Writes) -> u64 {
        let tables = &self.working.tables;
        let mut changed = changes(tables, &writes);
        if changed.is_empty() {
            return self.working.seq;
        }
        if self.mutant == Some(Mutant::MoveAsPatch) {
            changed = as_patches(tables, &writes, changed);
        }
        let seq = self.working.seq + 1;
        let mut entry = Entry {
            seq,
            sender: origin.sender,
            cid: origin.cid,
            name,
            parts: Vec::new(),
            access: Vec::new(),
        };
        for (scope, changes) in changed {
            let part = Part {
                seq,
                scope,
                changes,
                by: origin.by,
                seen: origin.seen,
            };
            let text = serde_json::to_string(&part).expect("a part is plain data");
            entry.parts.push((scope, text.into()));
        }
        for (key, after) in &writes {
            let before = tables.find(*key).map(|stored| &stored.row);
            if let Some(subject) = subject_of(*key, before, after.as_ref()) {
                entry.access.push((subject, *key, after.clone()));
            }
        }
        for (key, row) in &writes {
            match row {
                Some(row) => drop(self.working.tables.put(seq, row.clone())),
                None => drop(self.working.tables.remove(*key)),
            }
        }
        self.working.seq = seq;
        self.batch.entries.push(Rc::new(entry));
        self.batch.writes.push((seq, writes));
        seq
    }
}

/// [`Mutant::MoveAsPatch`]: a row that goes to another scope is told as if it had stayed.
fn as_patches(
    tables: &Tables,
    writes: &Writes,
    changed: Vec<(Scope, Vec<Change>)>,
) -> Vec<(Scope, Vec<Change>)> {
    let patched = |change: &Change| -> Option<Change> {
        let before = &tables.find(change.key)?.row;
        let patch: Patch = writes.get(&change.key)?.as_ref()?.diff(before);
        Some(Change {
            key: change.key,
            op: match change.op {
                Op::Evict => Op::Patch(patch),
                _ => return None,
            },
        })
    };
    let moved = |changes: &Vec<Change>| {
        changes
            .iter()
            .any(|change| matches!(change.op, Op::Put(_)) && tables.find(change.key).is_some())
    };
    changed
        .into_iter()
        .filter(|(_, changes)| !moved(changes))
        .map(|(scope, changes)| {
            let changes = changes
                .into_iter()
                .map(|change| patched(&change).unwrap_or(change));
            (scope, changes.collect())
        })
        .collect()
}
