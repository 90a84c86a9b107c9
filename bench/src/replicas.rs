//! What a replica takes, without a network: following up 10,000 changes, as they happened and folded, and a frame that
//! arrives under 1,000 pending commands.

use crate::load::{median, millis};
use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};
use shared::access::Role;
use shared::comments;
use shared::ids::{CommandId, Epoch, ProjectId, StatusId, TaskId, UserId};
use shared::projects::{self, Visibility};
use shared::sync::frame_text::FrameText;
use shared::sync::protocol::ServerMessage;
use shared::sync::{
    Change, Command, Context, Cover, Key, Op, Part, Replica, Snapshot, Table, Tables, changes,
};
use shared::tasks::{Mutation, Priority, TaskPatch};
use shared::values::{Color, CommentText, Name, Place, ProjectKey, Slug, Time, Title};
use shared::{members, workspaces};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How many tasks the board has.
const TASKS: u64 = 2_000;
/// How many changes somebody was away for.
const CHANGES: u64 = 10_000;
/// How many people make them.
const PEOPLE: u64 = 20;
/// How many commands are pending.
const PENDING: u64 = 1_000;
/// A message ends when it holds more than this.
const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Fields of which it counts who set them first: whoever is overwritten unseen is told.
const WATCHED: [&str; 7] = [
    "title", "status", "priority", "points", "estimate", "start_on", "due_on",
];

/// A board, its log, and a source of numbers that is the same in each run.
struct Board {
    tables: Tables,
    seq: u64,
    log: Vec<Part>,
    dice: u64,
    ids: u64,
    project: ProjectId,
    columns: Vec<StatusId>,
    tasks: Vec<TaskId>,
    people: Vec<UserId>,
}

impl Board {
    fn roll(&mut self, sides: u64) -> u64 {
        // A multiplicative generator: what is measured needs spread, not surprise.
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.dice >> 33) % sides
    }

    fn id<T: From<Uuid>>(&mut self) -> T {
        self.ids += 1;
        Uuid::from_u128(self.ids.into()).into()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = usize::try_from(self.roll(of.len() as u64)).unwrap_or(0);
        of[at]
    }

    fn begin() -> anyhow::Result<Self> {
        let owner = UserId::from_uuid(Uuid::from_u128(7));
        let mut board = Self {
            tables: Tables::default(),
            seq: 0,
            log: Vec::new(),
            dice: 1,
            ids: 1_000,
            project: Uuid::from_u128(2).into(),
            columns: Vec::new(),
            tasks: Vec::new(),
            people: vec![owner],
        };
        let name = |text: &str| Name::parse(text).map_err(|error| anyhow!(error));
        let found = workspaces::Mutation::Create {
            id: Uuid::from_u128(1).into(),
            name: name("Bench")?,
            slug: Slug::parse("bench").map_err(|error| anyhow!(error))?,
            owner_name: name("Olive")?,
        };
        board.run(owner, found)?;
        for n in 1..PEOPLE {
            let id = board.id();
            let add = members::Mutation::Add {
                id,
                name: name(&format!("Person {n}"))?,
                role: Role::Member,
            };
            board.run(owner, add)?;
            board.people.push(id);
        }
        let statuses = projects::default_statuses(|| board.id());
        board.columns = statuses.iter().map(|status| status.id).collect();
        let create = projects::Mutation::Create {
            id: board.project,
            key: ProjectKey::parse("BEN").map_err(|error| anyhow!(error))?,
            name: name("Bench board")?,
            color: Color::Teal,
            visibility: Visibility::Workspace,
            statuses,
        };
        board.run(owner, create)?;
        for n in 0..TASKS {
            let create = board.create(&format!("Task {n} of a board that somebody works on"))?;
            board.run(owner, create)?;
        }
        Ok(board)
    }

    fn create(&mut self, title: &str) -> anyhow::Result<Mutation> {
        let (id, columns) = (self.id(), self.columns.clone());
        self.tasks.push(id);
        Ok(Mutation::Create {
            id,
            project: self.project,
            status: self.pick(&columns),
            place: Place::Last,
            title: Title::parse(title).map_err(|error| anyhow!(error))?,
            fields: Box::default(),
        })
    }

    fn run(&mut self, actor: UserId, command: impl Into<Command>) -> anyhow::Result<()> {
        let context = self.context(actor);
        let writes = command
            .into()
            .apply(&self.tables, context)
            .map_err(|rejected| anyhow!(rejected.message))?;
        let changed = changes(&self.tables, &writes);
        if changed.is_empty() {
            return Ok(());
        }
        let seen = Some(self.seq);
        self.seq += 1;
        let seq = self.seq;
        self.log
            .extend(changed.into_iter().map(|(scope, changes)| Part {
                seq,
                scope,
                by: Some(actor),
                seen,
                changes,
            }));
        for (key, row) in writes {
            match row {
                Some(row) => drop(self.tables.put(seq, row)),
                None => drop(self.tables.remove(key)),
            }
        }
        Ok(())
    }

    fn context(&mut self, actor: UserId) -> Context {
        Context {
            actor,
            now: Time(1_700_000_000_000 + i64::try_from(self.seq).unwrap_or(0)),
            cid: self.id::<CommandId>(),
        }
    }

    /// What a team does in a week: it moves, edits, assigns, comments, and adds; a fifth of the tasks is busy.
    fn work(&mut self) -> anyhow::Result<()> {
        let (people, columns) = (self.people.clone(), self.columns.clone());
        let busy = self.tasks[..self.tasks.len() / 5].to_vec();
        let actor = self.pick(&people);
        let id = if self.roll(10) < 7 {
            self.pick(&busy)
        } else {
            let all = self.tasks.clone();
            self.pick(&all)
        };
        let command: Command = match self.roll(100) {
            0..40 => Mutation::Move {
                id,
                status: self.pick(&columns),
                place: Place::First,
            }
            .into(),
            40..60 => {
                let title = format!("A better title, number {}", self.seq);
                let patch = TaskPatch {
                    title: Some(Title::parse(&title).map_err(|error| anyhow!(error))?),
                    ..TaskPatch::default()
                };
                Mutation::Edit { id, patch }.into()
            }
            60..70 => {
                let patch = TaskPatch {
                    priority: Some(self.pick(&Priority::ALL)),
                    ..TaskPatch::default()
                };
                Mutation::Edit { id, patch }.into()
            }
            70..80 => Mutation::Assign {
                id,
                user: self.pick(&people),
            }
            .into(),
            80..95 => comments::Mutation::Create {
                id: self.id(),
                task: id,
                text: CommentText::parse("A comment of the usual length, with a question in it?")
                    .map_err(|error| anyhow!(error))?,
            }
            .into(),
            _ => self.create("A task that came up")?.into(),
        };
        self.run(actor, command)
    }

    fn snapshot(&self) -> Snapshot {
        let covers = vec![Cover::Workspace, Cover::Board(self.project)];
        let rows = self.tables.iter();
        let covered = rows.filter(|(_, stored)| covers.contains(&stored.row.cover()));
        let covered = covered.map(|(_, stored)| (stored.v, &stored.row));
        let epoch = Epoch::from_uuid(Uuid::from_u128(9));
        Snapshot::of(epoch, self.seq, covers.clone(), covered)
    }
}

fn replica(snapshot: &Snapshot) -> anyhow::Result<Replica> {
    let mut replica = Replica::default();
    replica.begin_at(snapshot.seq);
    let covered = replica.cover(snapshot, |_| true);
    covered.map_err(|problem| anyhow!(problem.0))?;
    Ok(replica)
}

/// The messages that tell parts, encoded one by one as the log keeps them.
fn messages(from: u64, parts: &[(u64, String)]) -> Vec<String> {
    let mut message = FrameText::from(from);
    let mut messages = Vec::new();
    for (seq, part) in parts {
        message.to = *seq;
        message.part(part);
        if message.bytes() > FRAME_BYTES_MAX {
            messages.push(message.take());
        }
    }
    if !message.is_empty() {
        messages.push(message.take());
    }
    messages
}

/// Leaves out what a later change of the same row overwrites. What somebody watches stays where it was first set, for it
/// cannot be known here whom that has overwritten.
fn folded(parts: Vec<Part>, keeps_first: bool) -> Vec<Part> {
    let mut later: HashMap<(Key, String), usize> = HashMap::new();
    let mut gone: HashSet<Key> = HashSet::new();
    let mut first: HashMap<(Key, String), u64> = HashMap::new();
    if keeps_first {
        for part in &parts {
            for change in &part.changes {
                let Op::Patch(patch) = &change.op else {
                    continue;
                };
                for field in patch.keys().filter(|it| is_watched(change.key, it)) {
                    first.entry((change.key, field.clone())).or_insert(part.seq);
                }
            }
        }
    }
    let mut kept: Vec<Part> = Vec::with_capacity(parts.len());
    for mut part in parts.into_iter().rev() {
        let seq = part.seq;
        part.changes.retain_mut(|Change { key, op }| {
            if gone.contains(key) {
                return false;
            }
            match op {
                Op::Del | Op::Evict => {
                    gone.insert(*key);
                }
                Op::Put(_) => {}
                Op::Patch(patch) => patch.retain(|field, _| {
                    let name = (*key, field.clone());
                    let is_first = first.get(&name) == Some(&seq);
                    let is_last = *later.entry(name).and_modify(|it| *it += 1).or_default() == 0;
                    is_last || is_first
                }),
            }
            !matches!(op, Op::Patch(patch) if patch.is_empty())
        });
        if !part.changes.is_empty() {
            kept.push(part);
        }
    }
    kept.reverse();
    kept
}

fn is_watched(key: Key, field: &str) -> bool {
    key.table == Table::Tasks && WATCHED.contains(&field)
}

fn encoded(parts: &[Part]) -> anyhow::Result<Vec<(u64, String)>> {
    let encode = |part: &Part| Ok((part.seq, serde_json::to_string(part)?));
    parts.iter().map(encode).collect()
}

/// How long a replica takes to read and take in these messages.
fn take_in(snapshot: &Snapshot, messages: &[String]) -> anyhow::Result<(Duration, Replica)> {
    let mut replica = replica(snapshot)?;
    let began = Instant::now();
    for message in messages {
        let ServerMessage::Frame(frame) = serde_json::from_str(message)? else {
            continue;
        };
        let taken = replica.advance(frame.to, &frame.parts, |_| false);
        taken.map_err(|problem| anyhow!(problem.0))?;
    }
    Ok((began.elapsed(), replica))
}

/// Following up 10,000 changes, as they happened and folded.
pub(crate) fn catch_up(runs: usize) -> anyhow::Result<Value> {
    let mut board = Board::begin()?;
    let snapshot = board.snapshot();
    let from = board.seq;
    board.log.clear();
    while board.seq < from + CHANGES {
        board.work()?;
    }
    let log = encoded(&board.log)?;
    let mut figures = serde_json::Map::new();
    let mut ends = Vec::new();
    for (name, folds) in [
        ("as_it_happened", None),
        ("folded", Some(true)),
        ("folded_without_who_was_first", Some(false)),
    ] {
        let (mut server, mut browser, mut bytes, mut parts) = (Vec::new(), Vec::new(), 0, 0);
        for _ in 0..runs {
            let began = Instant::now();
            let told = match folds {
                None => messages(from, &log),
                Some(keeps_first) => {
                    let read = log.iter().map(|(_, part)| serde_json::from_str(part));
                    let read: Vec<Part> = read.collect::<Result<_, _>>()?;
                    let kept = folded(read, keeps_first);
                    parts = kept.len();
                    messages(from, &encoded(&kept)?)
                }
            };
            server.push(millis(began.elapsed()));
            bytes = told.iter().map(String::len).sum();
            let (took, replica) = take_in(&snapshot, &told)?;
            browser.push(millis(took));
            ends.push(replica);
        }
        let figure = json!({
            "server_ms": median(&mut server),
            "replica_ms": median(&mut browser),
            "bytes": bytes,
            "parts": if folds.is_some() { parts } else { log.len() },
        });
        figures.insert(name.to_owned(), figure);
    }
    let first = ends.first().context("there was a run")?;
    let same = ends
        .iter()
        .all(|end| end.base().iter().eq(first.base().iter()));
    anyhow::ensure!(same, "folded or not, the rows end the same");
    Ok(Value::Object(figures))
}

/// One frame under 1,000 pending commands.
pub(crate) fn rebase(runs: usize) -> anyhow::Result<Value> {
    let mut board = Board::begin()?;
    let snapshot = board.snapshot();
    let mut replica = replica(&snapshot)?;
    let (me, columns) = (board.people[1], board.columns.clone());
    for n in 0..PENDING {
        let tasks = board.tasks[..usize::try_from(TASKS)?].to_vec();
        let command = match n % 2 {
            0 => Mutation::Move {
                id: board.pick(&tasks),
                status: board.pick(&columns),
                place: Place::First,
            },
            _ => board.create("Written while there was no network")?,
        };
        let context = board.context(me);
        let performed = replica.perform(command.into(), context);
        performed.map_err(|rejected| anyhow!(rejected.message))?;
    }
    let mut times = Vec::new();
    for _ in 0..runs {
        board.log.clear();
        while board.log.is_empty() {
            board.work()?;
        }
        let parts = std::mem::take(&mut board.log);
        let began = Instant::now();
        let taken = replica.advance(board.seq, &parts, |_| false);
        taken.map_err(|problem| anyhow!(problem.0))?;
        times.push(millis(began.elapsed()));
    }
    Ok(json!({ "pending": PENDING, "tasks": TASKS, "rebase_ms": median(&mut times) }))
}
