//! What a browser keeps of its replica, and how it is read back. Where and how it is stored is the driver's.
//!
//! Rows lie in chunks of one scope and table, so that a change rewrites little and a lost scope is a range of keys. A
//! [`Header`] says as of when they are true. Chunks and header are written together or not at all.
//!
//! **Two pages may write to one store**, each believing that it leads. Every write has a turn, one higher than the one that
//! it found. Who finds another turn than their own last one does not know what the store holds: they write everything
//! anew, unless what is there is further than they are. So what is stored is always contiguous, as of its header.

use super::client::Mine;
use super::command::Command;
use super::pending::Pending;
use super::protocol::{Granted, Own};
use super::replica::Replica;
use super::rows::{AnyRow, Cover, Key, Scope, Table};
use super::tx::Context;
use crate::codes::Rejected;
use crate::ids::{CommandId, Epoch, ReplicaId, UserId};
use crate::values::Time;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// A command as it is kept until the server has judged it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Its number among the commands of the browser.
    pub mid: u64,
    /// Its id.
    pub cid: CommandId,
    /// Who made it.
    pub actor: UserId,
    /// When, as far as the browser knew.
    pub at: Time,
    /// Up to where they had seen everything.
    pub seen: u64,
    /// What is to be done, unread: another version of the application may have made it.
    pub command: Box<RawValue>,
}

impl Kept {
    /// A pending command under its number.
    pub fn of(mid: u64, pending: &Pending) -> Self {
        let json = serde_json::to_string(&pending.command).expect("a command is plain data");
        Self {
            mid,
            cid: pending.cid,
            actor: pending.context.actor,
            at: pending.context.now,
            seen: pending.seen,
            command: RawValue::from_string(json).expect("a command's JSON is JSON"),
        }
    }

    /// The command, if this version of the application can read it. Not the state machine's to do: reading every command
    /// takes much code, and a page that has nothing kept needs none of it.
    pub fn read(self) -> Option<Readable> {
        let command = serde_json::from_str(self.command.get()).ok()?;
        Some(Readable {
            kept: self,
            command,
        })
    }

    /// What names it towards the server.
    pub fn own(&self) -> Own {
        Own(self.mid, self.cid)
    }

    pub(super) fn context(&self) -> Context {
        Context {
            actor: self.actor,
            now: self.at,
            cid: self.cid,
        }
    }
}

/// A command whose changes are in the rows, remembered for a day: a server that was set back to an earlier state, or lost
/// power and with it what it had confirmed, gets it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Acked {
    /// The life of the log in which it took effect.
    pub epoch: Epoch,
    /// Under which identity it was numbered.
    pub replica: ReplicaId,
    /// When that was known, by this browser's clock.
    pub at: Time,
    /// The command.
    pub kept: Kept,
}

impl Acked {
    /// Whether a server in this life of the log has lost it, having judged this replica's commands up to `last_mid`. What
    /// was numbered under another identity cannot be told from what it has.
    pub fn is_lost(&self, epoch: Epoch, replica: ReplicaId, last_mid: u64) -> bool {
        self.epoch != epoch && self.replica == replica && self.kept.mid > last_mid
    }
}

/// A kept command that was read.
#[derive(Clone, Debug)]
pub struct Readable {
    /// As it is kept.
    pub kept: Kept,
    /// What is to be done.
    pub command: Command,
}

impl Readable {
    /// A pending command under its number, if it has one.
    pub fn of(pending: &Pending) -> Option<Self> {
        Some(Self {
            kept: Kept::of(pending.mid?, pending),
            command: pending.command.clone(),
        })
    }
}

/// A command that was refused, kept with what somebody wrote until they decide what becomes of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parked {
    /// Its id.
    pub cid: CommandId,
    /// When it was refused, by this browser's clock.
    pub at: Time,
    /// What was to be done, unread.
    pub command: Box<RawValue>,
    /// Why it was not.
    pub rejected: Rejected,
}

impl PartialEq for Parked {
    fn eq(&self, other: &Self) -> bool {
        self.cid == other.cid
    }
}

impl Parked {
    /// The command, if this version of the application can read it.
    pub fn read(&self) -> Option<Command> {
        serde_json::from_str(self.command.get()).ok()
    }
}

/// As of when the stored rows are true, and what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Counts the writes, whoever made them.
    pub turn: u64,
    /// The life of the log.
    pub epoch: Epoch,
    /// Up to where the rows have everything.
    pub cursor: u64,
    /// What their person saw.
    pub scopes: Vec<Granted>,
    /// What is complete.
    pub covers: Vec<Cover>,
    /// What their person changed, and others overwrote.
    #[serde(default)]
    pub mine: Mine,
}

/// Names a chunk: the rows of one scope and table whose ids end in the same byte. At 20,000 rows some 80 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChunkKey {
    scope: Scope,
    table: Table,
    bucket: u8,
}

impl ChunkKey {
    fn of(row: &AnyRow) -> Self {
        let Key { table, id } = row.key();
        Self {
            scope: row.scope(),
            table,
            bucket: id.as_bytes()[15],
        }
    }
}

impl fmt::Display for ChunkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.table.as_str();
        write!(f, "{}/{table}/{:02x}", self.scope, self.bucket)
    }
}

impl FromStr for ChunkKey {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text} is not a chunk");
        let mut parts = text.split('/');
        let (Some(scope), Some(table), Some(bucket), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        Ok(Self {
            scope: scope.parse()?,
            table: Table::parse(table).ok_or_else(bad)?,
            bucket: u8::from_str_radix(bucket, 16).map_err(|_| bad())?,
        })
    }
}

/// One chunk's rows, each `[v, row]`.
type Rows = Vec<(u64, Box<RawValue>)>;

/// What is to be written, in one transaction.
#[derive(Clone, Debug)]
pub struct Write {
    /// Whether everything that is stored goes first.
    pub replace: bool,
    /// As of when the store is true afterwards.
    pub header: Header,
    /// The chunks that changed; one without rows is to be deleted.
    pub chunks: Vec<(ChunkKey, Option<String>)>,
}

/// What of a replica is not stored yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Unkept {
    /// The chunks that have changed.
    chunks: BTreeSet<ChunkKey>,
    /// Those of them that are being written now.
    writing: BTreeSet<ChunkKey>,
    /// The turn of the write that this page last made or read.
    turn: Option<u64>,
    /// The header that was written last, to see whether there is anything new.
    cursor: Option<u64>,
    /// Whether something else has changed of the header.
    is_stale: bool,
}

impl Unkept {
    /// Notes that a row was put in, or taken out.
    pub(super) fn note(&mut self, row: &AnyRow) {
        self.chunks.insert(ChunkKey::of(row));
    }
}

impl Replica {
    /// Whether something happened that is not stored yet.
    pub(super) fn is_unkept(&self) -> bool {
        self.has(Cover::Workspace)
            && (!self.unkept.chunks.is_empty()
                || self.unkept.cursor != Some(self.cursor())
                || self.unkept.is_stale)
    }

    /// What to write, where `stored` is what the store's header says now. Nothing where the store is further than we are.
    pub(super) fn write(
        &mut self,
        epoch: Epoch,
        scopes: &[Granted],
        mine: &Mine,
        stored: Option<&Header>,
    ) -> Option<Write> {
        if !self.is_unkept() {
            return None;
        }
        let replace = match stored {
            Some(stored) if stored.epoch == epoch && stored.cursor > self.cursor() => return None,
            Some(stored) => self.unkept.turn != Some(stored.turn),
            None => true,
        };
        let changed = std::mem::take(&mut self.unkept.chunks);
        let mut chunks: BTreeMap<ChunkKey, Rows> = BTreeMap::new();
        for (_, stored) in self.base().iter() {
            let chunk = ChunkKey::of(&stored.row);
            if (replace || changed.contains(&chunk)) && self.has(stored.row.cover()) {
                let json = RawValue::from_string(stored.row.to_json());
                let json = json.expect("a row's JSON is JSON");
                chunks.entry(chunk).or_default().push((stored.v, json));
            }
        }
        let text = |rows| serde_json::to_string(rows).expect("rows are plain data");
        let written = chunks.iter().map(|(key, rows)| (*key, Some(text(rows))));
        let emptied = changed
            .iter()
            .filter(|key| !chunks.contains_key(key))
            .map(|key| (*key, None));
        let write = Write {
            replace,
            header: Header {
                turn: stored.map_or(0, |stored| stored.turn) + 1,
                epoch,
                cursor: self.cursor(),
                scopes: scopes.to_vec(),
                covers: self.covers().collect(),
                mine: mine.clone(),
            },
            chunks: written.chain(emptied).collect(),
        };
        self.unkept.writing.extend(changed);
        self.unkept.is_stale = false;
        Some(write)
    }

    /// Notes that a write is durable.
    pub(super) fn written(&mut self, header: &Header) {
        self.unkept.writing.clear();
        self.unkept.turn = Some(header.turn);
        self.unkept.cursor = Some(header.cursor);
    }

    /// Notes that the header is to be stored anew, be there nothing new in the log.
    pub(super) fn keep_again(&mut self) {
        self.unkept.is_stale = true;
    }

    /// Notes that a write came to nothing: it is to be made again, with what changed since.
    pub(super) fn not_written(&mut self) {
        let writing = std::mem::take(&mut self.unkept.writing);
        self.unkept.chunks.extend(writing);
        self.unkept.is_stale = true;
    }

    /// Takes in what is stored. What the replica holds completely stays as it is; what it lacks comes from the store, and
    /// the cursor goes back to where both have everything: what follows from there is passed over where it is known.
    ///
    /// Answers the keys that changed, or nothing if what is stored is of no use: of another life, or unreadable.
    pub(super) fn open(
        &mut self,
        header: &Header,
        chunks: &[(ChunkKey, String)],
        lost: &[Scope],
    ) -> Option<BTreeSet<Key>> {
        let mut rows = Vec::new();
        for (key, text) in chunks {
            let texts: Rows = serde_json::from_str(text).ok()?;
            for (v, json) in texts {
                let row = AnyRow::from_json(key.table, json.get()).ok()?;
                rows.push((v, row, *key));
            }
        }
        let stored = header.covers.iter().copied();
        let stored: BTreeSet<Cover> = stored.filter(|cover| !is_lost(*cover, lost)).collect();
        self.unkept.chunks.clear();
        rows.retain(|(_, row, chunk): &(u64, AnyRow, ChunkKey)| {
            let of_use = stored.contains(&row.cover()) && !lost.contains(&row.scope());
            if !of_use {
                self.unkept.chunks.insert(*chunk);
            }
            of_use
        });
        let touched = if self.base().is_empty() && self.covers().next().is_none() {
            self.resume(header.cursor, stored.into_iter());
            self.begin_with(rows.into_iter().map(|(v, row, _)| (v, row)))
        } else {
            self.complete(header.cursor, stored, rows)
        };
        self.unkept.turn = Some(header.turn);
        self.unkept.cursor = Some(header.cursor);
        Some(touched)
    }

    /// Takes from the store what is not known completely.
    fn complete(
        &mut self,
        cursor: u64,
        stored: BTreeSet<Cover>,
        rows: Vec<(u64, AnyRow, ChunkKey)>,
    ) -> BTreeSet<Key> {
        let ours: BTreeSet<Cover> = self.covers().collect();
        let mut on_disk: BTreeMap<Key, u64> = BTreeMap::new();
        let mut touched = BTreeSet::new();
        for (v, row, chunk) in rows {
            on_disk.insert(row.key(), v);
            if !ours.contains(&row.cover())
                && self.base().find(row.key()).is_none_or(|known| known.v < v)
            {
                touched.insert(row.key());
                self.put_in_base(v, row);
            } else if self.base().find(row.key()).map(|it| ChunkKey::of(&it.row)) != Some(chunk) {
                // Deleted since it was stored, or moved to another scope.
                self.unkept.chunks.insert(chunk);
            }
        }
        let cursor = if ours.is_empty() {
            cursor
        } else {
            cursor.min(self.cursor())
        };
        self.resume(cursor, stored.into_iter());
        let differing: Vec<ChunkKey> = self
            .base()
            .iter()
            .filter(|(key, known)| on_disk.get(key) != Some(&known.v))
            .map(|(_, known)| ChunkKey::of(&known.row))
            .collect();
        self.unkept.chunks.extend(differing);
        self.show_base(touched)
    }
}

fn is_lost(cover: Cover, lost: &[Scope]) -> bool {
    match cover {
        Cover::Board(project) => lost.contains(&Scope::Project(project)),
        // A task whose project was lost is not known any more; it is fetched again when it is opened.
        Cover::Task(_) => !lost.is_empty(),
        Cover::Workspace => false,
    }
}
