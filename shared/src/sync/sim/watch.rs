//! The oracles' eyes on pages: after every step, and when everything should be settled.

use super::Simulation;
use super::agenda::{name_of, short};
use super::oracle::{Checked, Violation, require};
use super::page::{Page, PageId};
use crate::ids::CommandId;
use crate::sync::{AnyRow, Cover, Key, Lead, Link, Scope, Stored, Tables, Timer};
use std::collections::BTreeSet;

/// Every so many steps a page's view is worked out anew and compared.
const VIEW_EVERY: u64 = 16;

impl Simulation {
    /// A page's client has taken an event.
    pub(super) fn stepped(
        &mut self,
        id: PageId,
        pending: &[(CommandId, Option<u64>)],
        touched: &BTreeSet<Key>,
    ) -> Checked {
        self.steps += 1;
        let epoch = self.db.state.epoch;
        let Some(page) = self.pages.get_mut(&id) else {
            return Ok(());
        };
        let cursor = page.client.replica().cursor();
        page.furthest = match (page.client.epoch(), page.furthest) {
            (Some(epoch), Some((before, furthest))) if epoch == before => {
                Some((epoch, furthest.max(cursor)))
            }
            (Some(epoch), _) => Some((epoch, cursor)),
            (None, furthest) => furthest,
        };
        let page = &self.pages[&id];
        if self.steps.is_multiple_of(VIEW_EVERY) {
            view_is_base_and_pending(page)?;
        }
        if page.client.epoch() != Some(epoch) {
            return Ok(());
        }
        self.nothing_is_dropped(id, page, pending)?;
        touched
            .iter()
            .try_for_each(|key| self.row_is_as_it_was(id, page, *key))
    }

    /// A command leaves the overlay when its changes are in the base, or when it was refused.
    fn nothing_is_dropped(
        &self,
        id: PageId,
        page: &Page,
        before: &[(CommandId, Option<u64>)],
    ) -> Checked {
        let link = page.client.state().link;
        let leads = self.browsers[page.browser].leader == Some(id);
        let is_cut_off = matches!(link, Link::Closed | Link::Backoff);
        if !leads && (is_cut_off || page.client.lead() == Lead::Leader) {
            // Without its leader a page does not hear the answers, only that everything is numbered anew. One that has not
            // heard yet that another one leads may find its commands judged by way of the other.
            return Ok(());
        }
        let now = page.client.replica().pending();
        for (cid, mid) in before {
            let stays = now.iter().any(|pending| pending.cid == *cid);
            if stays || self.lost.contains(cid) {
                continue;
            }
            let cursor = page.client.replica().cursor();
            let settled = match self.ledger.effect(*cid) {
                Some(seq) => seq <= cursor,
                None => self.ledger.verdicts().contains_key(cid),
            };
            require(settled, "P12 no flicker", || {
                let (cid, effect) = (short(cid.uuid()), self.ledger.effect(*cid));
                format!(
                    "command {mid:?} {cid} left {id:?} at {cursor}; its effect is at {effect:?}"
                )
            })?;
        }
        Ok(())
    }

    /// Whether a row came to a project before the person saw that as they do, which is left to the project's snapshot, and
    /// had gone on to another one when that was made: where it went, the cursor is not yet.
    fn is_between_projects(&self, page: &Page, key: Key, from: u64, to: u64) -> bool {
        let Some(scope) = self.ledger.version(key, from).1.map(AnyRow::scope) else {
            return false;
        };
        let is_there = |row: Option<&AnyRow>| row.is_some_and(|row| row.scope() == scope);
        let before: Vec<_> = self.ledger.versions(key, 0, from).collect();
        let stay = before.iter().rev().take_while(|(_, row)| is_there(*row));
        let arrived = stay.map(|(v, _)| *v).last().unwrap_or(from);
        let scopes = page.client.scopes().iter();
        let is_left_out = scopes
            .filter(|granted| granted.0 == scope)
            .any(|granted| arrived < granted.1);
        let mut later = self.ledger.versions(key, from, to);
        is_left_out && later.any(|(_, row)| !is_there(row))
    }

    /// A row of the base is what it was at the cursor, or at a later number that a snapshot brought.
    fn row_is_as_it_was(&self, id: PageId, page: &Page, key: Key) -> Checked {
        let replica = page.client.replica();
        let (from, to) = (replica.cursor(), page.ahead.max(replica.cursor()));
        let mut versions = self.ledger.versions(key, from, to);
        let known = replica.base().find(key);
        let right = match known {
            // What was not shown while somebody was shut out is put right by the snapshot that is on its way.
            Some(Stored { v, row }) => {
                page.is_fetching(row.cover()) || versions.any(|it| it == (*v, Some(row)))
            }
            None if self.is_between_projects(page, key, from, to) => true,
            None => versions.any(|(_, row)| {
                row.is_none_or(|row| {
                    // A snapshot may be ahead of the frame that says what it leaves out.
                    !page.sees(row.scope())
                        || !self.ledger.saw(page.user, row.scope(), to)
                        || !page.client.has(row.cover())
                        || page.is_fetching(row.cover())
                })
            }),
        };
        require(right, "P6 the base as of the cursor", || {
            let is = self.ledger.version(key, to);
            format!("at {from} with rows up to {to} {id:?} has {known:?}, and the row is {is:?}")
        })
    }

    /// A frame is taken exactly if it continues; the cursor never goes back.
    pub(super) fn took_the_frame(
        &self,
        id: PageId,
        before: u64,
        (from, to): (u64, u64),
        open: bool,
    ) -> Checked {
        let Some(page) = self.pages.get(&id) else {
            return Ok(());
        };
        let after = page.client.replica().cursor();
        let right = if open && from == before {
            after == to
        } else {
            after == before
        };
        require(right, "P8 frames continue", || {
            format!("a frame ({from}, {to}] at {before} led to {after}")
        })
    }

    /// Nothing is kept of scopes that the person was told they no longer see.
    pub(super) fn holds_only_what_it_may(&self, id: PageId) -> Checked {
        let Some(page) = self.pages.get(&id) else {
            return Ok(());
        };
        if page.client.epoch() != Some(self.db.state.epoch) {
            return Ok(());
        }
        let replica = page.client.replica();
        let scopes = |tables: &Tables| -> BTreeSet<Scope> {
            tables
                .iter()
                .map(|(_, stored)| stored.row.scope())
                .collect()
        };
        for scope in scopes(replica.base()) {
            // A snapshot may be ahead of the frame that says what it shows.
            let ahead = page.ahead > replica.cursor();
            let right =
                page.sees(scope) || (ahead && self.ledger.saw(page.user, scope, page.ahead));
            require(right, "P10 nothing kept after a revocation", || {
                format!("{id:?} holds rows of {scope} at {}", replica.cursor())
            })?;
        }
        Ok(())
    }

    /// Why not everything is settled yet, if it is not.
    pub(super) fn unsettled(&self) -> Option<String> {
        let state = &self.db.state;
        for (id, node) in self.nodes.iter().enumerate() {
            if !node.is_idle() {
                return Some(format!("node {id} has something to commit"));
            }
            if node.hub.head != state.seq {
                return Some(format!("node {id} is at {}", node.hub.head));
            }
        }
        for (id, browser) in self.browsers.iter().enumerate() {
            if self.pages_of(id).is_empty() {
                return Some(format!("{} is about to open a page", browser.user));
            }
        }
        for (id, page) in &self.pages {
            if !self.ledger.saw(page.user, Scope::Workspace, state.seq) {
                // Who is shut out is not told anything any more.
                continue;
            }
            let (link, cursor) = (page.client.state(), page.client.replica().cursor());
            let follows = page.client.epoch() == Some(state.epoch) && cursor == state.seq;
            if link.link != Link::Live || link.unsent > 0 || !follows {
                let pending = page.client.replica().pending().iter();
                let pending: Vec<_> = pending
                    .map(|it| (it.mid, short(it.cid.uuid()), it.done_at))
                    .collect();
                return Some(format!(
                    "{id:?} is {link:?} at {cursor} of {} with {pending:?}",
                    state.seq
                ));
            }
            if let Some(cover) = page.requests.values().next() {
                return Some(format!("{id:?} is fetching {}", name_of(*cover)));
            }
            if page.timers.contains_key(&Timer::Refetch) {
                return Some(format!("{id:?} is about to fetch again"));
            }
            for cover in &page.shows {
                if !page.client.has(*cover) && self.is_visible(page, *cover) {
                    return Some(format!("{id:?} lacks {}", name_of(*cover)));
                }
            }
        }
        None
    }

    fn is_visible(&self, page: &Page, cover: Cover) -> bool {
        let seq = self.db.state.seq;
        let scope = match cover {
            Cover::Workspace => Scope::Workspace,
            Cover::Board(project) => Scope::Project(project),
            Cover::Task(task) => {
                let task = self.db.state.tables.get::<crate::tasks::Task>(task);
                return task.is_some_and(|task| {
                    let scope = Scope::Project(task.project);
                    self.ledger.saw(page.user, scope, seq)
                });
            }
        };
        self.ledger.saw(page.user, scope, seq)
    }

    /// Everything is settled: all agree.
    pub(super) fn all_agree(&self) -> Checked {
        let state = &self.db.state;
        self.ledger.scopes_lead_to_rows(&state.tables)?;
        self.what_was_saved_is_judged()?;
        for (id, page) in &self.pages {
            if !self.ledger.saw(page.user, Scope::Workspace, state.seq) {
                continue;
            }
            view_is_base_and_pending(page)?;
            let seen = |stored: &Stored| {
                page.client.has(stored.row.cover())
                    && self.ledger.saw(page.user, stored.row.scope(), state.seq)
            };
            let sees = |scope| self.ledger.saw(page.user, scope, state.seq);
            let told = page.client.scopes().iter().all(|granted| sees(granted.0));
            require(told, "P6 convergence", || {
                format!("{id:?} believes to see {:?}", page.client.scopes())
            })?;
            let replica = page.client.replica();
            let theirs = state.tables.iter().filter(|(_, stored)| seen(stored));
            let difference = first_difference(replica.base().iter(), theirs);
            require(difference.is_none(), "P6 convergence", || {
                format!("{id:?} at the end: {}", difference.unwrap_or_default())
            })?;
        }
        Ok(())
    }
}

impl Simulation {
    /// What somebody was told is saved was judged in the end, whatever became of the page.
    fn what_was_saved_is_judged(&self) -> Checked {
        let judged = self.ledger.verdicts();
        let shut_out = |user| !self.ledger.saw(user, Scope::Workspace, self.db.state.seq);
        let waiting = self
            .browsers
            .iter()
            .filter(|browser| shut_out(browser.user));
        let waiting: BTreeSet<CommandId> = waiting
            .flat_map(|browser| browser.outbox.kept.values().map(|kept| kept.cid))
            .collect();
        let mut unjudged = self.saved.iter().filter(|cid| !judged.contains_key(cid));
        let lost = unjudged.find(|cid| !waiting.contains(cid));
        require(lost.is_none(), "P14 what is saved is kept", || {
            format!("command {lost:?} was saved, and was never judged")
        })?;
        let waiting: BTreeSet<CommandId> = self
            .browsers
            .iter()
            .filter(|browser| shut_out(browser.user))
            .flat_map(|browser| browser.outbox.remembers())
            .collect();
        let mut owed = self.owed.iter().filter(|cid| !judged.contains_key(cid));
        let lost = owed.find(|cid| !waiting.contains(cid));
        require(
            lost.is_none(),
            "P13 what a browser remembers comes back",
            || format!("command {lost:?} was lost by the server, and its browser still knew it"),
        )
    }
}

impl Page {
    /// Whether the person was told that they see a scope.
    fn sees(&self, scope: Scope) -> bool {
        let mut scopes = self.client.scopes().iter();
        scopes.any(|granted| granted.0 == scope)
    }

    /// Whether what a row belongs to is on its way.
    fn is_fetching(&self, cover: Cover) -> bool {
        self.timers.contains_key(&Timer::Refetch)
            || self.requests.values().any(|asked| *asked == cover)
    }
}

fn view_is_base_and_pending(page: &Page) -> Checked {
    let replica = page.client.replica();
    let mut expected = replica.base().clone();
    for pending in replica.pending() {
        if let Ok(writes) = pending.command.apply(&expected, pending.context) {
            for (key, row) in writes {
                let v = expected.find(key).map_or(0, |stored| stored.v);
                match row {
                    Some(row) => drop(expected.put(v, row)),
                    None => drop(expected.remove(key)),
                }
            }
        }
    }
    if *replica.view() == expected {
        return Ok(());
    }
    let difference = first_difference(replica.view().iter(), expected.iter());
    Err(Violation {
        property: "P6 view = base + pending",
        what: difference.unwrap_or_else(|| "the order of a list differs".to_owned()),
    })
}

/// What one side has and the other has not, or has otherwise.
fn first_difference<'t>(
    ours: impl Iterator<Item = (Key, &'t Stored)>,
    theirs: impl Iterator<Item = (Key, &'t Stored)>,
) -> Option<String> {
    let (mut ours, mut theirs) = (ours.peekable(), theirs.peekable());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => return Some(format!("{ours:?} instead of {theirs:?}")),
        }
    }
}
