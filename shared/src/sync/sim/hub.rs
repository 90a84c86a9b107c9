//! What happened lately, on one node: a ring of frames, gapless, with the access rules as of each.

use super::database::{Entry, State};
use super::mutant::Mutant;
use crate::ids::{Epoch, ProjectId};
use crate::sync::access_index::AccessIndex;
use crate::sync::{Scope, Snapshot};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// A frame in the ring, with who sees what from it on.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) entry: Rc<Entry>,
    pub(super) access: Rc<AccessIndex>,
}

/// The live workspace on a node.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) epoch: Epoch,
    pub(super) head: u64,
    pub(super) access: Rc<AccessIndex>,
    ring: VecDeque<Published>,
    ring_max: usize,
    touched: BTreeMap<Scope, u64>,
    began_at: u64,
    /// Boards as they were last encoded; true as long as nothing touches their scope.
    pub(super) boards: BTreeMap<ProjectId, Rc<Snapshot>>,
}

impl Hub {
    pub(super) fn open(state: &State, ring_max: usize) -> Self {
        Self {
            epoch: state.epoch,
            head: state.seq,
            access: Rc::new(state.access()),
            ring: VecDeque::new(),
            ring_max,
            touched: BTreeMap::new(),
            began_at: state.seq,
            boards: BTreeMap::new(),
        }
    }

    /// What was published after `cursor`; nothing if that has left the ring.
    pub(super) fn since(&self, cursor: u64, mutant: Option<Mutant>) -> Option<Vec<Published>> {
        if cursor >= self.head {
            return Some(Vec::new());
        }
        let first = self.ring.front()?.entry.seq;
        if cursor + 1 < first && mutant != Some(Mutant::LaggedCarriesOn) {
            return None;
        }
        let newer = self.ring.iter().filter(|it| it.entry.seq > cursor);
        Some(newer.cloned().collect())
    }

    /// A number from which on a scope has not changed since.
    pub(super) fn touched(&self, scope: Scope) -> u64 {
        self.touched.get(&scope).copied().unwrap_or(self.began_at)
    }

    /// Adds a frame, if it continues the ring; with the access rules as they were read, or continued from the frame.
    pub(super) fn push(
        &mut self,
        entry: Rc<Entry>,
        access: Option<Rc<AccessIndex>>,
        mutant: Option<Mutant>,
    ) {
        let continues = entry.seq == self.head + 1
            || (mutant == Some(Mutant::HubTakesAJump) && entry.seq > self.head);
        if !continues {
            return;
        }
        if let Some(access) = access {
            self.access = access;
        } else if !entry.access.is_empty() {
            let mut index = (*self.access).clone();
            for (subject, key, row) in &entry.access {
                index.take(*key, row.as_ref());
                index.mark(subject.clone(), entry.seq);
            }
            self.access = Rc::new(index);
        }
        self.head = entry.seq;
        for (scope, _) in &entry.parts {
            self.touched.insert(*scope, entry.seq);
        }
        self.ring.push_back(Published {
            entry,
            access: self.access.clone(),
        });
        if self.ring.len() > self.ring_max {
            self.ring.pop_front();
        }
    }
}
