//! What the client does with what its browser has kept: commands and rows.

use super::settled::Settled;
use super::{Boot, Client, Effect, Lead, Link, Recall, lost};
use crate::ids::ReplicaId;
use crate::sync::keep::{ChunkKey, Header, Readable};
use crate::sync::pending::Pending;
use crate::sync::rows::{Cover, Scope};

/// What was numbered under another identity, or in another life of the log, and is not kept any more was judged.
fn is_unkept(pending: &Pending, kept: &[Readable]) -> bool {
    let is_kept = || kept.iter().any(|it| it.kept.cid == pending.cid);
    pending.mid.is_some() && pending.done_at.is_none() && !is_kept()
}

impl Client {
    /// Takes over what is kept: the numbers that count are those in the store.
    pub(super) fn restored(
        &mut self,
        replica: ReplicaId,
        given: u64,
        kept: Vec<Readable>,
        effects: &mut Vec<Effect>,
    ) {
        if replica != self.settings.replica {
            self.settings.replica = replica;
            (self.judged, self.given) = (0, 0);
            self.settled = Settled::default();
            self.done = None;
            self.early.clear();
            self.replica.judged(|pending| is_unkept(pending, &kept));
            if !matches!(self.link, Link::Closed | Link::Backoff) {
                // The other side knows us, or is about to, by the name that we have said.
                self.reconnect(effects);
            }
        }
        self.given = self.given.max(given);
        if self.recall == Recall::Asked {
            self.recall = Recall::Answered;
        }
        if std::mem::take(&mut self.doubts) {
            let is_unkept = |it: &Pending| is_unkept(it, &kept);
            if self.lead == Lead::Leader {
                let touched = self.replica.drop_pending(is_unkept);
                effects.push(Effect::Reveal(touched));
            } else if self.replica.pending().iter().any(is_unkept) {
                // The leader may be further than what we have heard of it: what is not kept any more may have taken effect in
                // this life of the log, beyond our cursor. It is shown until we are there, and by then a leader says so.
                self.replica.judged(is_unkept);
                if !matches!(self.link, Link::Closed | Link::Backoff) {
                    self.reconnect(effects);
                }
            }
        }
        self.joined(kept, effects);
    }

    pub(super) fn joined(&mut self, mut kept: Vec<Readable>, effects: &mut Vec<Effect>) {
        // Also of what is settled: the word of it comes late, and it was given all the same.
        let newest = kept.iter().map(|it| it.kept.mid).max();
        self.given = self.given.max(newest.unwrap_or(0));
        kept.retain(|it| !self.settled.holds(&it.kept));
        let touched = self.replica.join(kept);
        effects.push(Effect::Reveal(touched));
        if self.lead == Lead::Follower {
            let early = std::mem::take(&mut self.early);
            self.results(early, effects);
        }
        self.drop_done(effects);
        self.push(effects);
    }

    /// Takes over the rows that are kept, as far as this page does not know better.
    pub(super) fn opened(
        &mut self,
        header: &Header,
        chunks: &[(ChunkKey, String)],
        effects: &mut Vec<Effect>,
    ) {
        if self.epoch.is_some_and(|epoch| epoch != header.epoch) {
            return;
        }
        let lost: Vec<Scope> = if self.epoch.is_some() {
            lost(&header.scopes, &self.scopes)
        } else {
            // What was fetched before anything was told may be of another life of the log, or of what is not seen any more.
            effects.push(Effect::Reveal(self.reset()));
            self.boot = Boot::Bootstrapping;
            Vec::new()
        };
        let cursor = self.replica.cursor();
        let Some(touched) = self.replica.open(header, chunks, &lost) else {
            return;
        };
        if self.replica.cursor() < cursor && !matches!(self.link, Link::Closed | Link::Backoff) {
            // The other side goes on from where the cursor was.
            self.reconnect(effects);
        }
        if self.epoch.is_none() {
            self.epoch = Some(header.epoch);
            self.scopes.clone_from(&header.scopes);
        }
        self.mine.open(&header.mine, header.epoch);
        self.mine.keep_seen(&self.scopes);
        if self.has(Cover::Workspace) {
            self.boot = Boot::Ready;
        }
        effects.push(Effect::Reveal(touched));
    }
}
