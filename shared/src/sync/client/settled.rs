//! Which commands of this browser have their effects in the rows.

use crate::sync::keep::Kept;
use crate::sync::protocol::Own;
use std::collections::VecDeque;

/// Of how many commands it is remembered which they were.
const LATELY_MAX: usize = 256;

/// What a page has seen take effect: another page's word that it has kept a command may come later than its effect.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled {
    /// All up to this number have taken effect.
    up_to: u64,
    /// Which commands the last ones were.
    lately: VecDeque<Own>,
}

impl Settled {
    /// A command took effect, and the server judges in order.
    pub(super) fn note(&mut self, own: Own) {
        self.up_to = self.up_to.max(own.0);
        self.lately.push_back(own);
        if self.lately.len() > LATELY_MAX {
            self.lately.pop_front();
        }
    }

    /// Whether a command has taken effect, rather than another one of the same number: then it has yet to be sent.
    pub(super) fn holds(&self, kept: &Kept) -> bool {
        let mut lately = self.lately.iter();
        let same_number = lately.find(|own| own.0 == kept.mid);
        kept.mid <= self.up_to && same_number.is_none_or(|own| own.1 == kept.cid)
    }
}
