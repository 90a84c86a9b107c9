//! What a client asks for, and what it does with what comes.

use super::{Boot, Client, Effect, Timer};
use crate::sync::digest::{CoverDigest, Hashed};
use crate::sync::protocol::Granted;
use crate::sync::rows::{Cover, Scope};
use crate::sync::snapshot::Snapshot;
use crate::tasks::Task;

/// When what is here is first compared with what the server has, after a welcome, in milliseconds at least.
pub(super) const CHECK_FIRST_MS: u32 = 10_000;
/// How many tasks are compared at a time: each is a request.
const CHECKED_TASKS_MAX: usize = 8;
/// How often it is compared, in milliseconds.
pub(super) const CHECK_EVERY_MS: u32 = 300_000;

impl Client {
    pub(super) fn fetch_missing(&mut self, effects: &mut Vec<Effect>) {
        for (cover, ()) in self.wanted.clone() {
            let is_outdated =
                cover == Cover::Workspace && self.is_outdated || self.replica.is_doubted(cover);
            if (self.has(cover) && !is_outdated) || !self.may_be_there(cover) {
                continue;
            }
            self.replica.expect(cover);
            // One request at a time: an answer does not say which request it is the answer to.
            if self.fetching.insert(cover, ()).is_none() {
                effects.push(Effect::Fetch(cover));
            }
        }
    }

    /// Asks whether what is held is what the server has: the workspace, every board, and some of the tasks that were opened.
    pub(super) fn check(&mut self, effects: &mut Vec<Effect>) {
        let (tasks, others): (Vec<Cover>, Vec<Cover>) = self
            .replica
            .covers()
            .filter(|cover| !matches!(cover, Cover::Task(_)) || self.wanted.contains_key(cover))
            .partition(|cover| matches!(cover, Cover::Task(_)));
        // Others each time: the number grows with whatever happens.
        let past = tasks.len().max(1) as u64;
        let from = usize::try_from(self.replica.cursor() % past).unwrap_or(0);
        let some = tasks.iter().cycle().skip(from);
        let some = some.take(tasks.len().min(CHECKED_TASKS_MAX)).copied();
        effects.extend(others.into_iter().chain(some).map(Effect::Check));
        effects.push(Effect::SetTimer(
            Timer::Check,
            CHECK_EVERY_MS / 2,
            CHECK_EVERY_MS,
        ));
    }

    /// What the rows of a cover come to, given what was hashed before. Nothing where they are not those of one moment, or
    /// where some are known to be missing.
    pub fn content(&self, cover: Cover, hashed: &mut Hashed) -> Option<CoverDigest> {
        let is_known = self.has(cover) && !self.replica.is_doubted(cover);
        let is_whole = is_known && !self.is_outdated && !self.replica.is_ahead();
        let epoch = self.epoch.filter(|_| is_whole)?;
        Some(CoverDigest {
            epoch,
            seq: self.replica.cursor(),
            cover,
            digest: self.replica.content(cover, hashed),
        })
    }

    /// Rows are not those of the server, and are fetched anew. It does not happen: whoever sees it has found a bug. What a
    /// page shows stays until then, so that nobody loses sight of what they are at.
    pub(super) fn diverged(&mut self, cover: Cover, effects: &mut Vec<Effect>) {
        if cover == Cover::Workspace {
            // Everything else stands on it: the boards, the tasks, and what the welcome says that the person sees.
            let covers: Vec<Cover> = self.replica.covers().collect();
            for cover in covers {
                self.distrust(cover, effects);
            }
            self.reconnect(effects);
        } else if self.has(cover) {
            self.distrust(cover, effects);
            self.fetch_missing(effects);
        }
    }

    fn distrust(&mut self, cover: Cover, effects: &mut Vec<Effect>) {
        if self.wanted.contains_key(&cover) {
            self.replica.doubt_cover(cover);
        } else {
            effects.push(Effect::Reveal(self.replica.drop_cover(cover)));
        }
    }

    /// Whether there can be anything to fetch: not of a project that the person does not see. They may see it again.
    fn may_be_there(&self, cover: Cover) -> bool {
        let is_told = self.epoch.is_some() && !self.scopes.is_empty();
        match cover {
            Cover::Board(project) if is_told => sees(&self.scopes, Scope::Project(project)),
            Cover::Board(_) | Cover::Workspace | Cover::Task(_) => true,
        }
    }

    pub(super) fn fetch_failed(&mut self, cover: Cover, effects: &mut Vec<Effect>) {
        self.fetching.remove(&cover);
        self.replica.give_up(cover);
        effects.push(Effect::SetTimer(Timer::Refetch, 1_000, 3_000));
    }

    pub(super) fn fetch_refused(&mut self, cover: Cover, effects: &mut Vec<Effect>) {
        match cover {
            // Asked was a server that does not know yet what we were told.
            Cover::Board(project) if sees(&self.scopes, Scope::Project(project)) => {
                return self.fetch_failed(cover, effects);
            }
            // So was one to which the task's creation, here or elsewhere, has yet to come.
            Cover::Task(task) if self.replica.view().get::<Task>(task).is_some() => {
                return self.fetch_failed(cover, effects);
            }
            // Whoever is let in again needs it again.
            Cover::Workspace => {}
            Cover::Board(_) | Cover::Task(_) => {
                self.wanted.remove(&cover);
                if self.replica.is_doubted(cover) {
                    effects.push(Effect::Reveal(self.replica.drop_cover(cover)));
                }
            }
        }
        self.fetching.remove(&cover);
        self.replica.give_up(cover);
    }

    pub(super) fn fetched(&mut self, snapshot: &Snapshot, effects: &mut Vec<Effect>) {
        for cover in &snapshot.covers {
            self.fetching.remove(cover);
        }
        if self.epoch.is_some_and(|epoch| epoch != snapshot.epoch) {
            return self.start_over(effects);
        }
        let (is_told, scopes) = (self.epoch.is_some(), &self.scopes);
        let may_have = |scope| !is_told || sees(scopes, scope);
        let mut held: Vec<Cover> = self.replica.covers().collect();
        if let Ok(touched) = self.replica.cover(snapshot, may_have) {
            if snapshot.covers.contains(&Cover::Workspace) {
                self.is_outdated = false;
            }
            if self.has(Cover::Workspace) {
                self.boot = Boot::Ready;
            }
            effects.push(Effect::Reveal(touched));
            held.extend(&snapshot.covers);
            if held.iter().any(|cover| !self.has(*cover)) {
                // Since then a task has left: it is asked for again, wherever that is now.
                self.fetch_missing(effects);
            }
        } else {
            for cover in &snapshot.covers {
                self.replica.give_up(*cover);
            }
            effects.push(Effect::SetTimer(Timer::Refetch, 200, 600));
        }
    }
}

/// Whether a scope is among those that somebody sees.
fn sees(scopes: &[Granted], scope: Scope) -> bool {
    scopes.iter().any(|granted| granted.0 == scope)
}
