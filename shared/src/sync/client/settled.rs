//! Which commands of this browser have their effects in the rows.

use crate::sync::keep::Kept;
use crate::sync::protocol::Own;
use std::collections::VecDeque;

/// Of how many commands it is remembered which they were.
const LATELY_MAX: usize = 256;

/// What a page has seen take effect: another page's word that it has kept a command may come later than its effect, and
/// what is settled may still be in the store when that is read again.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled {
    /// All up to this number have taken effect.
    up_to: u64,
    /// Which commands the last ones were.
    lately: VecDeque<Own>,
}

impl Settled {
    /// The server says that a command took effect, and it judges in order.
    pub(super) fn note(&mut self, own: Own) {
        self.up_to = self.up_to.max(own.0);
        self.note_one(own);
    }

    /// A command took effect; its number may be from before all was numbered anew.
    pub(super) fn note_one(&mut self, own: Own) {
        self.lately.push_back(own);
        if self.lately.len() > LATELY_MAX {
            self.lately.pop_front();
        }
    }

    /// Whether all up to a number have taken effect, or were refused.
    pub(super) fn is_past(&self, mid: u64) -> bool {
        mid <= self.up_to
    }

    /// Whether a command has taken effect, rather than another one of the same number: then it has yet to be sent.
    pub(super) fn holds(&self, kept: &Kept) -> bool {
        let lately =
            |found: fn(&Own, &Kept) -> bool| self.lately.iter().any(|own| found(own, kept));
        let numbered = kept.mid <= self.up_to && !lately(|own, kept| own.0 == kept.mid);
        lately(|own, kept| own.1 == kept.cid) || numbered
    }
}
