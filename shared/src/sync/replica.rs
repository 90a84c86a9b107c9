//! A copy of the rows that one person may see: the confirmed base, and on top of it their pending commands, replayed.
//!
//! **Invariant:** the view is the base plus the pending commands in order. The base only ever holds what the server said.

use super::command::Command;
use super::digest::{Content, Digest, Hashed};
use super::keep::{Readable, Unkept};
use super::patch::{self, Op, Part, Unreadable};
use super::pending::{Pending, UNKNOWN, order};
use super::rows::{AnyRow, Cover, Key, Row as _, Scope, Table};
use super::snapshot::Snapshot;
use super::tables::Tables;
use super::tx::Context;
use crate::codes::Rejected;
use crate::ids::CommandId;
use crate::sorted::{SortedMap, sorted_by_key};
use crate::tasks::Task;
use std::collections::BTreeSet;

/// The copy.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    base: Tables,
    view: Tables,
    covers: SortedMap<Cover, ()>,
    /// What of that is not as the server has it: it stays until the snapshot comes that takes its place.
    doubted: SortedMap<Cover, ()>,
    pending: Vec<Pending>,
    cursor: u64,
    /// Where the cursor was before it went back.
    reached: u64,
    /// As of when the newest snapshot was: its rows may be ahead of the cursor.
    ahead: u64,
    /// What is being fetched, and the number that it must at least be as of: the cursor when that began.
    fetching: SortedMap<Cover, u64>,
    /// No snapshot from before this number is of use.
    required: u64,
    /// What has arrived since the oldest fetch began: a snapshot may be older than the cursor when it is taken in.
    arrived: Vec<Part>,
    /// What the browser's store does not hold yet.
    pub(super) unkept: Unkept,
}

impl Replica {
    /// The rows as the person should see them.
    pub fn view(&self) -> &Tables {
        &self.view
    }

    /// The rows as the server confirmed them.
    pub fn base(&self) -> &Tables {
        &self.base
    }

    /// Up to where the base has everything.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Whether the base holds something completely.
    pub fn has(&self, cover: Cover) -> bool {
        self.covers.contains_key(&cover)
    }

    /// What the base holds completely.
    pub fn covers(&self) -> impl Iterator<Item = Cover> {
        self.covers.keys().copied()
    }

    /// Whether a snapshot is needed in place of what the base holds.
    pub fn is_doubted(&self, cover: Cover) -> bool {
        self.doubted.contains_key(&cover)
    }

    /// The commands that are not confirmed yet, in order.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// The command with that id, to note what became of it.
    pub fn pending_mut(&mut self, cid: CommandId) -> Option<&mut Pending> {
        self.pending.iter_mut().find(|pending| pending.cid == cid)
    }

    /// Carries a command out on the view and keeps it until it is confirmed; answers the keys that changed.
    /// A refusal leaves nothing behind.
    pub fn perform(
        &mut self,
        command: Command,
        context: Context,
    ) -> Result<BTreeSet<Key>, Rejected> {
        let writes = command.apply(&self.view, context)?;
        let wrote: Vec<Key> = writes.keys().copied().collect();
        for (key, row) in writes {
            show(&mut self.view, key, row);
        }
        let touched = wrote.iter().copied().collect();
        let cid = context.cid;
        self.pending.push(Pending {
            cid,
            mid: None,
            command,
            context,
            done_at: None,
            seen: self.cursor,
            made_here: true,
            wrote,
        });
        Ok(touched)
    }

    /// Takes in what happened in `(from, to]`; answers the keys whose view may have changed.
    ///
    /// The caller has checked that `from` is the cursor. `settled` says which pending commands are confirmed by it.
    pub fn advance(
        &mut self,
        to: u64,
        parts: &[Part],
        settled: impl Fn(&Pending) -> bool,
    ) -> Result<BTreeSet<Key>, Unreadable> {
        let mut touched = BTreeSet::new();
        for group in parts.chunk_by(|a, b| a.seq == b.seq) {
            let group: Vec<&Part> = group.iter().collect();
            touched.extend(self.take_over(&group)?);
        }
        if !self.fetching.is_empty() {
            self.arrived.extend(parts.iter().cloned());
        }
        self.cursor = self.cursor.max(to);
        Ok(self.rebase(touched, settled))
    }

    /// Drops pending commands for which `gone` says so, without a change of the base: refused ones.
    pub fn drop_pending(&mut self, gone: impl Fn(&Pending) -> bool) -> BTreeSet<Key> {
        self.rebase(BTreeSet::new(), gone)
    }

    /// Puts the base under the view again and replays what is pending.
    fn rebase(
        &mut self,
        mut touched: BTreeSet<Key>,
        gone: impl Fn(&Pending) -> bool,
    ) -> BTreeSet<Key> {
        let meets = self
            .pending
            .iter()
            .any(|pending| gone(pending) || pending.wrote.iter().any(|key| touched.contains(key)));
        // A command also reads: its project, its neighbours. Replaying whenever anything moved is exact and cheap enough.
        if meets || (!touched.is_empty() && !self.pending.is_empty()) {
            self.touch_written(&mut touched);
            self.pending.retain(|pending| !gone(pending));
            self.replay(&mut touched);
        } else {
            self.restore(&touched);
        }
        touched
    }

    fn touch_written(&self, touched: &mut BTreeSet<Key>) {
        let written = self.pending.iter().flat_map(|pending| &pending.wrote);
        touched.extend(written.copied());
    }

    /// Carries out again what is pending, on the base; the keys that it changes are added to `touched`.
    fn replay(&mut self, touched: &mut BTreeSet<Key>) {
        self.restore(touched);
        for pending in &mut self.pending {
            pending.wrote.clear();
            // Refused here and now, the command stays pending: the server's judgement counts.
            if let Ok(writes) = pending.command.apply(&self.view, pending.context) {
                for (key, row) in writes {
                    show(&mut self.view, key, row);
                    pending.wrote.push(key);
                    touched.insert(key);
                }
            }
        }
    }

    /// Notes a pending command's number. Answers the keys whose view may have changed: another page may have been first.
    pub fn number(&mut self, cid: CommandId, mid: u64) -> BTreeSet<Key> {
        if let Some(pending) = self.pending_mut(cid) {
            pending.mid = Some(mid);
        }
        self.put_in_order()
    }

    /// Forgets what the server said of commands: that was in another life of the log, and they are to be sent again.
    pub fn doubt(&mut self) {
        for pending in &mut self.pending {
            pending.done_at = None;
        }
    }

    /// Notes that all up to a number are done, as of a place in the order.
    pub fn done_up_to(&mut self, mid: u64, seq: u64) {
        let numbered = self.pending.iter_mut();
        for pending in numbered.filter(|pending| pending.mid.is_some_and(|it| it <= mid)) {
            pending.done_at.get_or_insert(seq);
        }
    }

    /// Notes commands as judged, it is not known when: their effects, if they have any, are among what the server has by its
    /// next welcome.
    pub fn judged(&mut self, is_judged: impl Fn(&Pending) -> bool) {
        for pending in self.pending.iter_mut().filter(|it| is_judged(it)) {
            pending.done_at = Some(UNKNOWN);
        }
    }

    /// Up to where commands are known to be in the log, their changes be here or not.
    pub(super) fn judged_at(&self) -> u64 {
        let done = self.pending.iter().filter_map(|it| it.done_at);
        let last = done.filter(|seq| *seq != UNKNOWN).max();
        self.reached().max(last.unwrap_or(0))
    }

    /// Notes how far the server is: what was judged, it is not known when, was by then.
    pub fn welcomed(&mut self, head: u64) {
        for pending in &mut self.pending {
            if pending.done_at == Some(UNKNOWN) {
                pending.done_at = Some(head);
            }
        }
    }

    /// Adds commands that this browser has kept: of another page, or of an earlier life of this one.
    pub fn join(&mut self, kept: Vec<Readable>) -> BTreeSet<Key> {
        let mut touched = BTreeSet::new();
        self.touch_written(&mut touched);
        for Readable { kept, command } in kept {
            if let Some(known) = self.pending_mut(kept.cid) {
                known.mid = Some(kept.mid);
                continue;
            }
            self.pending.push(Pending {
                cid: kept.cid,
                mid: Some(kept.mid),
                command,
                context: kept.context(),
                done_at: None,
                seen: kept.seen,
                made_here: false,
                wrote: Vec::new(),
            });
        }
        self.sort_pending();
        self.replay(&mut touched);
        touched
    }

    fn sort_pending(&mut self) {
        self.pending = sorted_by_key(std::mem::take(&mut self.pending), order);
    }

    fn put_in_order(&mut self) -> BTreeSet<Key> {
        let mut touched = BTreeSet::new();
        if !self.pending.is_sorted_by_key(order) {
            self.touch_written(&mut touched);
            self.sort_pending();
            self.replay(&mut touched);
        }
        touched
    }

    fn take_over(&mut self, group: &[&Part]) -> Result<Vec<Key>, Unreadable> {
        let covers = &self.covers;
        let covered = |row: &AnyRow| covers.contains_key(&row.cover());
        for change in group.iter().flat_map(|part| &part.changes) {
            if let Some(before) = self.base.find(change.key) {
                self.unkept.note(&before.row);
            }
        }
        let mut touched = patch::take_over(&mut self.base, group, covered)?;
        for key in &touched {
            if let Some(after) = self.base.find(*key) {
                self.unkept.note(&after.row);
            }
        }
        touched.extend(self.uncover(group));
        Ok(touched)
    }

    /// What belongs to a task that left, without being told where to, is not complete any more: it may come back, or be
    /// seen again, and what happened to it meanwhile is not told. Some of it may be ahead of that, and goes too.
    fn uncover(&mut self, group: &[&Part]) -> Vec<Key> {
        let changes = || group.iter().flat_map(|part| &part.changes);
        let arrives = |key: Key| changes().any(|it| it.key == key && matches!(it.op, Op::Put(_)));
        let left = changes().filter(|change| {
            let is_task = change.key.table == Table::Tasks;
            is_task && matches!(change.op, Op::Evict) && !arrives(change.key)
        });
        let left: Vec<Cover> = left.map(|it| Cover::Task(it.key.id.into())).collect();
        let mut gone = Vec::new();
        for cover in left {
            if self.covers.remove(&cover).is_some() {
                gone.extend(self.remove_covered(cover));
            }
        }
        gone
    }

    fn remove_covered(&mut self, cover: Cover) -> Vec<Key> {
        let unkept = &mut self.unkept;
        self.base.retain(|stored| {
            let stays = stored.row.cover() != cover;
            if !stays {
                unkept.note(&stored.row);
            }
            stays
        })
    }

    /// Puts a stored row into the base.
    pub(super) fn put_in_base(&mut self, v: u64, row: AnyRow) {
        self.base.put(v, row);
    }

    /// Begins with these rows, all at once: one by one, each would be looked up several times.
    pub(super) fn begin_with(
        &mut self,
        rows: impl Iterator<Item = (u64, AnyRow)>,
    ) -> BTreeSet<Key> {
        self.base = rows.collect();
        let touched = self.base.iter().map(|(key, _)| key).collect();
        if self.pending.is_empty() && self.view.is_empty() {
            self.view = self.base.clone();
            touched
        } else {
            self.show_base(touched)
        }
    }

    /// Up to where the base has been: further than the cursor, where that went back for what a store lacked.
    pub(super) fn reached(&self) -> u64 {
        self.reached.max(self.cursor)
    }

    /// Goes on from where everything is known, with what is complete besides.
    pub(super) fn resume(&mut self, cursor: u64, covers: impl Iterator<Item = Cover>) {
        self.reached = self.reached();
        self.cursor = cursor;
        // It arrives again. Taken over before what lies between, it would hide that.
        self.arrived.retain(|part| part.seq <= cursor);
        self.covers.extend(covers.map(|cover| (cover, ())));
    }

    /// Shows the base where it changed, with what is pending on top.
    pub(super) fn show_base(&mut self, touched: BTreeSet<Key>) -> BTreeSet<Key> {
        self.rebase(touched, |_| false)
    }

    fn restore(&mut self, keys: &BTreeSet<Key>) {
        for key in keys {
            match self.base.find(*key) {
                Some(stored) => drop(self.view.put(stored.v, stored.row.clone())),
                None => drop(self.view.remove(*key)),
            }
        }
    }

    /// Says that the base begins with that number: before the first snapshot is taken in.
    pub fn begin_at(&mut self, seq: u64) {
        self.cursor = seq;
    }

    /// Notes that a snapshot is being fetched, so that what arrives meanwhile is kept for it.
    pub fn expect(&mut self, cover: Cover) {
        let oldest = self.cursor.max(self.required);
        self.fetching.get_or_insert_with(cover, || oldest);
    }

    /// Says that a snapshot from before a number is of no use any more, be it on its way already: what its person sees
    /// has changed since, and what they were not shown in between did not arrive.
    pub fn require(&mut self, seq: u64) {
        self.required = self.required.max(seq);
        let fetching = self.fetching.iter();
        self.fetching = fetching
            .map(|(cover, oldest)| (*cover, (*oldest).max(seq)))
            .collect();
    }

    /// Notes that a snapshot will not come.
    pub fn give_up(&mut self, cover: Cover) {
        self.fetching.remove(&cover);
        self.release();
    }

    fn release(&mut self) {
        if self.fetching.is_empty() {
            self.arrived.clear();
        }
    }

    /// Takes a snapshot in: what it covers is complete from now on. Rows that the replica knows better stay.
    ///
    /// `sees` says what the person was told that they see. A snapshot may be ahead of that, or behind: of the workspace it
    /// is taken in without the rest, anything else is to be fetched again.
    pub fn cover(
        &mut self,
        snapshot: &Snapshot,
        sees: impl Fn(Scope) -> bool,
    ) -> Result<BTreeSet<Key>, Unreadable> {
        for cover in &snapshot.covers {
            if let Cover::Board(project) = cover
                && !sees(Scope::Project(*project))
            {
                return Err(Unreadable("it is not known who sees the snapshot".into()));
            }
            // What arrived meanwhile was kept only for what is expected.
            let oldest = self.cursor.max(self.required);
            if snapshot.seq < self.fetching.get(cover).copied().unwrap_or(oldest) {
                return Err(Unreadable("the snapshot is older than the replica".into()));
            }
        }
        let versions = snapshot.rows.iter().flat_map(|(_, rows)| rows);
        if Digest::of(versions.map(|(v, _)| *v)) != snapshot.digest {
            return Err(Unreadable("the snapshot is not whole".into()));
        }
        let later = self.arrived.iter().filter(|part| part.seq > snapshot.seq);
        let later: BTreeSet<Key> = later
            .flat_map(|part| part.changes.iter().map(|change| change.key))
            .collect();
        // All of it is read before any of it is taken in.
        let mut seen = Vec::new();
        for (table, rows) in snapshot.rows.iter() {
            for (v, json) in rows {
                let row = AnyRow::from_json(*table, json.get())
                    .map_err(|error| Unreadable(format!("{}: {error}", table.as_str())))?;
                if sees(row.scope()) {
                    seen.push((*v, row));
                } else if row.cover() != Cover::Workspace {
                    return Err(Unreadable("it is not known who sees the snapshot".into()));
                }
            }
        }
        let mut touched = BTreeSet::new();
        for cover in &snapshot.covers {
            if self.doubted.remove(cover).is_some() {
                touched.extend(self.remove_covered(*cover));
            }
        }
        if snapshot.covers.contains(&Cover::Workspace) {
            touched.extend(self.remove_deleted(snapshot.seq, &seen));
        }
        for (v, row) in seen {
            let key = row.key();
            // Known or not: what was not complete so far was not kept.
            self.unkept.note(&row);
            let known = self.base.find(key);
            // The snapshot is right up to its number, even where the replica missed a change that was not for it to see;
            // what came later is taken over again below.
            let is_older =
                known.is_none_or(|known| known.v <= snapshot.seq || later.contains(&key));
            let is_same = known.is_some_and(|known| known.v == v && known.row == row);
            if is_older && !is_same {
                if let Some(known) = known {
                    // It may lie in another chunk: a row can change its scope.
                    self.unkept.note(&known.row);
                }
                self.base.put(v, row);
                touched.insert(key);
            }
        }
        self.ahead = self.ahead.max(snapshot.seq);
        self.covers
            .extend(snapshot.covers.iter().map(|cover| (*cover, ())));
        let arrived = std::mem::take(&mut self.arrived);
        for group in arrived.chunk_by(|a, b| a.seq == b.seq) {
            let group: Vec<&Part> = group
                .iter()
                .filter(|part| part.seq > snapshot.seq)
                .collect();
            touched.extend(self.take_over(&group)?);
        }
        self.arrived = arrived;
        for cover in &snapshot.covers {
            self.fetching.remove(cover);
        }
        self.release();
        Ok(self.rebase(touched, |_| false))
    }

    /// Removes what a snapshot of the workspace does not have any more. Who was let in anew, or became something else, while
    /// they were away is not told what happened before: their other scopes are forgotten then, and begin anew, but the
    /// workspace's own rows stay, and those that were deleted meanwhile would stay for good.
    fn remove_deleted(&mut self, seq: u64, rows: &[(u64, AnyRow)]) -> Vec<Key> {
        let there: BTreeSet<Key> = rows.iter().map(|(_, row)| row.key()).collect();
        let unkept = &mut self.unkept;
        self.base.retain(|stored| {
            let row = &stored.row;
            // Everybody who is here at all sees these, so nothing is left out that is there.
            let is_everyones = matches!(row.scope(), Scope::Workspace | Scope::User(_));
            let is_covered = is_everyones && row.cover() == Cover::Workspace;
            let stays = !is_covered || stored.v > seq || there.contains(&row.key());
            if !stays {
                unkept.note(row);
            }
            stays
        })
    }

    /// Whether some rows are further than the cursor.
    pub fn is_ahead(&self) -> bool {
        self.ahead.max(self.reached) > self.cursor
    }

    /// What the rows that belong to a cover come to, given what was hashed before.
    pub(super) fn content(&self, cover: Cover, hashed: &mut Hashed) -> Content {
        let rows = self.base.iter();
        hashed.content(cover, rows.filter(|(_, it)| it.row.cover() == cover))
    }

    /// Notes that what belongs to a cover is not as the server has it. A snapshot is to take its place, and until then people
    /// go on with what is here.
    pub fn doubt_cover(&mut self, cover: Cover) {
        self.doubted.insert(cover, ());
    }

    /// Forgets what belongs to a cover, which is not complete any more; answers the keys that changed.
    pub fn drop_cover(&mut self, cover: Cover) -> BTreeSet<Key> {
        let gone = self.remove_covered(cover);
        self.covers.remove(&cover);
        self.doubted.remove(&cover);
        self.rebase(gone.into_iter().collect(), |_| false)
    }

    /// Forgets what belongs to scopes that the person no longer has, or has anew; answers the keys and the covers lost.
    pub fn forget(&mut self, scopes: &[Scope]) -> (BTreeSet<Key>, Vec<Cover>) {
        let unkept = &mut self.unkept;
        let mut holed = Vec::new();
        let mut gone = self.base.retain(|stored| {
            let (stays, cover) = (!scopes.contains(&stored.row.scope()), stored.row.cover());
            if !stays {
                unkept.note(&stored.row);
                if matches!(cover, Cover::Task(_)) && !holed.contains(&cover) {
                    holed.push(cover);
                }
            }
            stays
        });
        let base = &self.base;
        let lost = |cover: &Cover| match cover {
            Cover::Workspace => false,
            Cover::Board(project) => scopes.contains(&Scope::Project(*project)),
            // Its texts may have gone from where a snapshot, ahead of the cursor, says that the task will be. Of a task of
            // which nothing is known it cannot be said whose it is.
            Cover::Task(task) => {
                holed.contains(cover)
                    || base.find(Task::key_of(*task)).is_none()
                        && !base.iter().any(|(_, stays)| stays.row.cover() == *cover)
            }
        };
        let covers: Vec<Cover> = self.covers.keys().copied().filter(lost).collect();
        self.covers.retain(|cover| !lost(cover));
        for cover in holed {
            gone.extend(self.remove_covered(cover));
        }
        let touched = gone.into_iter().collect();
        (self.rebase(touched, |_| false), covers)
    }

    /// Forgets the whole base, keeping what is pending; answers the keys that changed.
    pub fn reset(&mut self) -> BTreeSet<Key> {
        let touched: BTreeSet<Key> = self.view.iter().map(|(key, _)| key).collect();
        self.base = Tables::default();
        self.view = Tables::default();
        self.covers.clear();
        self.doubted.clear();
        self.fetching.clear();
        self.arrived.clear();
        self.unkept = Unkept::default();
        (self.cursor, self.reached, self.ahead, self.required) = (0, 0, 0, 0);
        let mut touched = self.rebase(touched, |_| false);
        touched.extend(self.view.iter().map(|(key, _)| key));
        touched
    }
}

fn show(view: &mut Tables, key: Key, row: Option<AnyRow>) {
    // The number of a row that is only pending is that of the confirmed version below it.
    let v = view.find(key).map_or(0, |stored| stored.v);
    match row {
        Some(row) => drop(view.put(v, row)),
        None => drop(view.remove(key)),
    }
}
