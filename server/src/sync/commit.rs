//! The one write path. Every change of a synced row passes [`run`], whoever wants it.
//!
//! One task a workspace takes what is queued and commits it as one transaction: while the disk confirms one batch, the
//! next one gathers. The head's locked row gives the numbers, so they are dense and in commit order across all nodes.
//!
//! **Invariant:** rows, log, head, replica numbers and results are committed together or not at all, and nothing is
//! published or answered before that.
//!
//! A command is applied to the loaded rows first; only what succeeded reaches the database. That is its savepoint: a
//! refused or panicking command has written nothing, and if the database itself objects, the batch is repeated one by one.

use super::admission;
use super::group::{Group, Once, Progress};
use super::hub::{Hub, SeqFrame};
use super::load::Working;
use super::refusals::{refusal_or_fault, require_open, said_plainly};
use super::results::Results;
use super::rows;
use super::store::{self, Entry, Replica};
use super::work::{Task, Verdict, Work};
use crate::access::Actor;
use crate::audit_entries::{self, Audit, Note, Origin};
use crate::clock::Clock;
use crate::db::{Db, WriteTx, many};
use crate::rng::Rng;
use crate::tasks::store::former;
use anyhow::Context as _;
use bytes::Bytes;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{CommandId, ReplicaId, WorkspaceId};
use shared::limits::Limits;
use shared::purges::Purge;
use shared::sync::access_index::subject_of;
use shared::sync::protocol::{Answer, Numbered, Outcome, Own};
use shared::sync::{AnyRow, Command, Context, Key, Mutation as _, Need, Tx, Writes, changes};
use shared::values::Time;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

/// The most commands in one transaction.
pub const BATCH_COMMANDS_MAX: usize = 64;

/// Where and with what a workspace's work is committed.
pub struct Committer {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
    /// The audit log.
    pub audit: Audit,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// What is loaded.
    pub working: Working,
}

/// A transaction in the making.
struct Batch<'w> {
    tx: WriteTx,
    workspace: WorkspaceId,
    working: &'w mut Working,
    rng: &'w Rng,
    audit: &'w Audit,
    /// Where the work at hand comes from.
    origin: Origin,
    notes: Vec<(Note, Origin)>,
    now: Time,
    head: u64,
    dirty: BTreeMap<Key, (u64, Option<AnyRow>)>,
    entries: Vec<Entry>,
    frames: Vec<SeqFrame>,
    results: Results,
    replicas: HashMap<ReplicaId, Replica>,
    watchers: Vec<Arc<Progress>>,
}

/// Commits some work, publishes what it did, and answers whoever waits, in this order.
///
/// Whoever has an answer can read what they wrote: the hub knows it by then.
pub async fn run(committer: &mut Committer, works: Vec<Work>, hub: &Weak<Hub>) {
    let several = works.len() > 1;
    let Err((works, error)) = settle(committer, works, hub).await else {
        return;
    };
    if !several {
        return fail(works, &error);
    }
    tracing::warn!(
        error = format!("{error:#}"),
        "a batch failed; repeating it one by one"
    );
    for work in works {
        if let Err((works, error)) = settle(committer, vec![work], hub).await {
            fail(works, &error);
        }
    }
}

/// Commits some work in one transaction; gives it back where the database objected.
async fn settle(
    committer: &mut Committer,
    works: Vec<Work>,
    hub: &Weak<Hub>,
) -> Result<(), (Vec<Work>, anyhow::Error)> {
    match attempt(committer, &works).await {
        Ok((frames, verdicts)) => {
            if let Some(hub) = hub.upgrade() {
                hub.publish(frames).await;
            }
            for (work, verdict) in works.into_iter().zip(verdicts) {
                work.answer(verdict);
            }
            Ok(())
        }
        Err(error) => {
            committer.working = Working::default();
            Err((works, error))
        }
    }
}

fn fail(works: Vec<Work>, error: &anyhow::Error) {
    for work in works {
        work.fail(refusal_or_fault(error));
    }
}

async fn attempt(
    committer: &mut Committer,
    works: &[Work],
) -> anyhow::Result<(Vec<SeqFrame>, Vec<Verdict>)> {
    let workspace = committer.workspace;
    let tx = committer.db.write_in(workspace).await;
    let mut tx = tx.context("beginning to write")?;
    if let Some(Work {
        task: Task::Found(epoch, ..),
        ..
    }) = works.first()
        && store::find_head(tx.conn(), workspace).await?.is_none()
    {
        store::insert_head(tx.conn(), workspace, *epoch).await?;
    }
    let head = store::lock_head(tx.conn(), workspace)
        .await?
        .context("the workspace has no head")?;
    committer.working.renew(head.seq);
    let results = Results::read(&mut tx, workspace, works).await?;
    let mut batch = Batch {
        tx,
        workspace,
        working: &mut committer.working,
        rng: &committer.rng,
        audit: &committer.audit,
        origin: Origin::default(),
        notes: Vec::new(),
        now: committer.clock.now(),
        head: head.seq,
        dirty: BTreeMap::new(),
        entries: Vec::new(),
        frames: Vec::new(),
        results,
        replicas: HashMap::new(),
        watchers: Vec::new(),
    };
    let mut verdicts = Vec::with_capacity(works.len());
    for work in works {
        verdicts.push(batch.work(work).await?);
    }
    let frames = batch.finish(head.seq).await?;
    Ok((frames, verdicts))
}

impl Batch<'_> {
    async fn work(&mut self, work: &Work) -> anyhow::Result<Verdict> {
        self.origin = work.origin.clone();
        match &work.task {
            Task::Push(replica, commands, _) => {
                let mut answers: Vec<Answer> = Vec::with_capacity(commands.len());
                for command in commands {
                    // Whoever has forked numbers all of it anew: what follows would take effect before what it follows.
                    let outcome = match answers.last().map(|answer| &answer.outcome) {
                        Some(Outcome::Forked) => Outcome::Forked,
                        _ => self.numbered(&work.actor, *replica, command).await?,
                    };
                    let mid = command.mid;
                    answers.push(Answer { mid, outcome });
                }
                Ok(Verdict::Answers(answers))
            }
            Task::Purge(purge, _) => self.purge(&work.actor, *purge).await,
            Task::Group(group, _) | Task::Found(_, group, _) => {
                let outcome = match &group.once {
                    Some(once) => self.once(&work.actor, once, group).await?,
                    None => self.group(&work.actor, group).await?,
                };
                Ok(match outcome {
                    Outcome::Done(seq) => Verdict::Seq(seq),
                    Outcome::Refused(rejected) => Verdict::Refused(rejected),
                    Outcome::Forked | Outcome::Gap(_) => {
                        Verdict::Refused(Code::IdempotencyKeyReused.into())
                    }
                })
            }
        }
    }

    /// A group under a key: the only command of a writer of its own.
    async fn once(&mut self, actor: &Actor, once: &Once, group: &Group) -> anyhow::Result<Outcome> {
        let id = once.replica(self.workspace, actor.user);
        if let Some(replica) = self.replica(id).await? {
            if replica.user != actor.user || replica.workspace != self.workspace {
                return Ok(Outcome::Forked);
            }
            return self.repeated(id, 1, once.request()).await;
        }
        let mut replica = Replica {
            user: actor.user,
            workspace: self.workspace,
            last_mid: 0,
        };
        if !store::insert_replica(self.tx.conn(), id, &replica, self.now).await? {
            return Ok(Outcome::Forked);
        }
        let outcome = self.group(actor, group).await?;
        replica.last_mid = 1;
        self.replicas.insert(id, replica);
        self.results
            .note(actor.user, (id, 1), once.request(), &outcome)?;
        Ok(outcome)
    }

    /// All commands or none: the first refusal takes back what came before it.
    async fn group(&mut self, actor: &Actor, group: &Group) -> anyhow::Result<Outcome> {
        if let Some((key, version)) = group.expected {
            self.working
                .load(&mut self.tx, self.workspace, actor.user, &[Need::Row(key)])
                .await?;
            let known = self.working.tables.find(key).map(|stored| stored.v);
            // A row that is not there is the commands' own to refuse.
            if known.is_some_and(|known| known != version) {
                return Ok(Outcome::Refused(Code::VersionConflict.into()));
            }
        }
        if let Some(progress) = &group.progress {
            progress.begin(group.commands.len());
            self.watchers.push(progress.clone());
        }
        let kept = (group.commands.len() > 1).then(|| {
            (
                self.working.clone(),
                self.dirty.clone(),
                self.entries.len(),
                self.frames.len(),
                self.notes.len(),
            )
        });
        let head = self.head;
        for command in &group.commands {
            let context = Context {
                actor: actor.user,
                now: self.now,
                cid: CommandId::new(self.now.0, self.rng.bytes()),
            };
            if let Err(rejected) = self
                .command((context, &actor.limits), None, None, command)
                .await?
            {
                if let Some((working, dirty, entries, frames, notes)) = kept {
                    *self.working = working;
                    self.dirty = dirty;
                    self.entries.truncate(entries);
                    self.frames.truncate(frames);
                    self.notes.truncate(notes);
                    self.head = head;
                }
                return Ok(Outcome::Refused(rejected));
            }
            if let Some(progress) = &group.progress {
                progress.applied();
            }
        }
        Ok(Outcome::Done(self.head))
    }

    /// What is known of a writer.
    async fn replica(&mut self, id: ReplicaId) -> anyhow::Result<Option<Replica>> {
        match self.replicas.get(&id) {
            Some(replica) => Ok(Some(*replica)),
            None => store::find_replica(self.tx.conn(), id).await,
        }
    }

    /// A replica's command: carried out once, answered the same however often it comes.
    async fn numbered(
        &mut self,
        actor: &Actor,
        id: ReplicaId,
        numbered: &Numbered,
    ) -> anyhow::Result<Outcome> {
        let Numbered { mid, cid, .. } = *numbered;
        let known = self.replica(id).await?;
        let mut replica = known.unwrap_or(Replica {
            user: actor.user,
            workspace: self.workspace,
            last_mid: 0,
        });
        if replica.user != actor.user || replica.workspace != self.workspace {
            return Ok(Outcome::Forked);
        }
        if mid <= replica.last_mid {
            return self.repeated(id, mid, cid).await;
        }
        if mid > replica.last_mid + 1 {
            return Ok(Outcome::Gap(replica.last_mid + 1));
        }
        if known.is_none() && !store::insert_replica(self.tx.conn(), id, &replica, self.now).await?
        {
            return Ok(Outcome::Forked);
        }
        let outcome = match self.results.of(actor.user, cid)? {
            Some(outcome) => outcome,
            None => self.pushed(actor, id, numbered).await?,
        };
        replica.last_mid = mid;
        self.replicas.insert(id, replica);
        self.results.note(actor.user, (id, mid), cid, &outcome)?;
        Ok(outcome)
    }

    /// Carries out a replica's command that is not known yet, under whatever number.
    async fn pushed(
        &mut self,
        actor: &Actor,
        id: ReplicaId,
        numbered: &Numbered,
    ) -> anyhow::Result<Outcome> {
        let command = match serde_json::from_str::<Command>(numbered.command.get()) {
            Ok(command) => command,
            Err(error) => {
                let rejected = Rejected::new(Code::InvalidValue, said_plainly(&error));
                return Ok(Outcome::Refused(rejected));
            }
        };
        let context = Context {
            actor: actor.user,
            now: self.now,
            cid: numbered.cid,
        };
        let (who, sender) = ((context, &actor.limits), Some((id, numbered.mid)));
        let judged = self.command(who, sender, numbered.seen, &command).await?;
        Ok(judged.map_or_else(Outcome::Refused, Outcome::Done))
    }

    /// What became of a command that was judged before.
    async fn repeated(
        &mut self,
        id: ReplicaId,
        mid: u64,
        cid: CommandId,
    ) -> anyhow::Result<Outcome> {
        Ok(match self.results.numbered(&mut self.tx, id, mid).await? {
            Some((known, outcome)) if known == cid => outcome,
            Some(_) => Outcome::Forked,
            // It was judged so long ago that it is forgotten how. Carried out again it might undo what came since; taken for
            // done, it might be lost: so whoever wrote it decides.
            None => Outcome::Refused(Code::Forgotten.into()),
        })
    }

    /// Carries a command out, and after it what it makes necessary: the rest of what is more than one change may hold; and
    /// where it has left ranks that are too long, the things around are spread out again. Answers the command's own number.
    async fn command(
        &mut self,
        (context, limits): (Context, &Limits),
        sender: Option<(ReplicaId, u64)>,
        seen: Option<u64>,
        command: &Command,
    ) -> anyhow::Result<Result<u64, Rejected>> {
        let mut crowded = Vec::new();
        let outcome = self
            .carry_out((context, limits), sender, seen, command, &mut crowded)
            .await?;
        while outcome.is_ok() && command.goes_on(&self.working.tables) {
            let cid = CommandId::new(self.now.0, self.rng.bytes());
            let notes = self.notes.len();
            let rest = (Context { cid, ..context }, limits);
            let part = self
                .carry_out(rest, None, seen, command, &mut crowded)
                .await?;
            if part.is_err() {
                return Ok(part);
            }
            // It is one thing that was done.
            self.notes.truncate(notes);
        }
        for spread in crowded {
            let cid = CommandId::new(self.now.0, self.rng.bytes());
            let context = Context { cid, ..context };
            let spread = self
                .carry_out(
                    (context, &Limits::default()),
                    None,
                    None,
                    &spread,
                    &mut Vec::new(),
                )
                .await?;
            if let Err(rejected) = spread {
                // It stays in order all the same.
                tracing::warn!(
                    code = rejected.code.as_str(),
                    "long ranks were not spread out"
                );
            }
        }
        Ok(outcome)
    }

    /// Carries a command out on the loaded rows. Answers its number; where nothing changed, the number reached so far.
    async fn carry_out(
        &mut self,
        (context, limits): (Context, &Limits),
        sender: Option<(ReplicaId, u64)>,
        seen: Option<u64>,
        command: &Command,
        crowded: &mut Vec<Command>,
    ) -> anyhow::Result<Result<u64, Rejected>> {
        self.working
            .load_for(&mut self.tx, self.workspace, context.actor, command)
            .await?;
        let tables = &self.working.tables;
        let (who, is_pushed) = ((self.workspace, context, limits), sender.is_some());
        if let Some(refused) =
            admission::refusal(&mut self.tx, tables, who, is_pushed, command).await?
        {
            return Ok(Err(refused));
        }
        let applied = catch_unwind(AssertUnwindSafe(|| {
            require_open(command, sender.is_some())?;
            command.apply_limited(tables, context, limits.clone())
        }));
        let writes = match applied {
            Ok(Ok(writes)) => writes,
            Ok(Err(rejected)) => {
                if matches!(rejected.code, Code::NotAllowed | Code::InsufficientScope) {
                    let note = Note::in_workspace(self.workspace, Act::Refused);
                    let note = note.by(context.actor).saying(command.name());
                    self.audit.tally(note, self.origin.clone());
                }
                return Ok(Err(rejected));
            }
            Err(_) => {
                tracing::error!(command = command.name(), cid = %context.cid, "a command panicked");
                return Ok(Err(Code::Internal.into()));
            }
        };
        let note = audit_entries::of_command(self.workspace, context.actor, command);
        let name = command.name();
        self.record((context, name, note), (sender, seen), writes, crowded)
            .map(Ok)
    }

    /// Lets something go for good that has been in the trash for long enough.
    async fn purge(&mut self, actor: &Actor, purge: Purge) -> anyhow::Result<Verdict> {
        self.working
            .load(&mut self.tx, self.workspace, actor.user, &purge.needs())
            .await?;
        let context = Context {
            actor: actor.user,
            now: self.now,
            cid: CommandId::new(self.now.0, self.rng.bytes()),
        };
        let mut purged = Tx::new(&self.working.tables, context);
        if let Err(rejected) = purge.apply(&mut purged) {
            return Ok(Verdict::Refused(rejected));
        }
        let writes = purged.into_writes();
        let note = audit_entries::of_purge(self.workspace, &purge, &writes);
        let done = (context, purge.name(), note);
        self.record(done, (None, None), writes, &mut Vec::new())
            .map(Verdict::Seq)
    }

    /// Notes what a command wrote, to be committed with the batch. Answers its number; where nothing changed, the number
    /// reached so far.
    fn record(
        &mut self,
        (context, name, note): (Context, &'static str, Option<Note>),
        (sender, seen): (Option<(ReplicaId, u64)>, Option<u64>),
        writes: Writes,
        crowded: &mut Vec<Command>,
    ) -> anyhow::Result<u64> {
        let tables = &self.working.tables;
        let changed = changes(tables, &writes);
        if changed.is_empty() {
            return Ok(self.head);
        }
        let seq = self.head + 1;
        let mut frame = SeqFrame {
            seq,
            sender: sender.map(|(replica, mid)| (replica, Own(mid, context.cid))),
            parts: Vec::new(),
            access: Vec::new(),
        };
        for (scope, changes) in changed {
            let part = serde_json::to_string(&shared::sync::Part {
                seq,
                scope,
                by: Some(context.actor),
                seen,
                changes,
            })?;
            frame.parts.push((scope, Bytes::from(part)));
        }
        let mut left = Vec::new();
        for (key, after) in &writes {
            let before = tables.find(*key).map(|stored| &stored.row);
            left.extend(former::given_up(before, after.as_ref()));
            crowded.extend(after.as_ref().and_then(Command::spreading));
            if let Some(subject) = subject_of(*key, before, after.as_ref()) {
                frame.access.push((subject, *key, after.clone()));
            }
            self.dirty.insert(*key, (seq, after.clone()));
        }
        self.notes
            .extend(note.map(|note| (note, self.origin.clone())));
        self.entries.push(Entry {
            seq,
            sender,
            cid: context.cid,
            actor: context.actor,
            name,
            at: context.now,
            left,
        });
        self.frames.push(frame);
        self.working.take(seq, writes);
        self.head = seq;
        Ok(seq)
    }

    /// Writes everything and commits.
    async fn finish(mut self, began_at: u64) -> anyhow::Result<Vec<SeqFrame>> {
        let (tx, ws) = (&mut self.tx, self.workspace);
        let dirty: Vec<_> = self.dirty.iter().collect();
        let mut written = 0;
        for alike in dirty.chunk_by(|(a, (_, before)), (b, (_, after))| {
            a.table == b.table && before.is_some() == after.is_some()
        }) {
            for run in many::runs(alike) {
                rows::write(&mut *tx, ws, run).await?;
                written += run.len();
                for progress in &self.watchers {
                    progress.written(written, dirty.len());
                }
            }
        }
        for run in many::runs(&self.entries) {
            store::insert_entries(tx.conn(), ws, run).await?;
        }
        for left in self.entries.iter().flat_map(|entry| &entry.left) {
            former::insert(tx.conn(), ws, left).await?;
        }
        let mut parts = Vec::new();
        for frame in &self.frames {
            for (scope, part) in &frame.parts {
                let part = std::str::from_utf8(part).context("a part is JSON")?;
                parts.push((frame.seq, *scope, part));
            }
        }
        for run in many::runs(&parts) {
            store::insert_parts(tx.conn(), ws, run).await?;
        }
        for frame in &self.frames {
            for (subject, ..) in &frame.access {
                store::upsert_mark(tx.conn(), ws, subject, frame.seq).await?;
            }
        }
        self.results.write(tx, self.now).await?;
        for (id, replica) in &self.replicas {
            store::upsert_replica(tx.conn(), *id, replica, self.now).await?;
        }
        if self.head != began_at {
            store::update_head(tx.conn(), ws, self.head).await?;
        }
        self.audit.write(tx, &self.notes).await?;
        self.tx.commit().await.context("committing")?;
        Ok(self.frames)
    }
}
