//! The place of a thing in a list that people order by hand.
//!
//! A rank is a fractional key: between any two there is room for another, so moving one thing changes one row. The key
//! algebra is `fractional_index`'s; we add jitter, so that two people who drop into the same gap get different keys.

use fractional_index::FractionalIndex;
use serde::{Deserialize, Serialize};

/// A position; ranks compare as bytes. Equal ranks are ordered by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rank(String);

/// Bits of jitter: two commands in one gap collide once in a thousand, for three more characters.
const JITTER_BITS: u32 = 10;

impl Rank {
    /// Ranks longer than this many characters ask for the list to be spread out again.
    pub const CHARS_BEFORE_REBALANCE: usize = 64;

    /// A rank strictly between two others; `None` is the open end. `entropy` decides where in the gap.
    ///
    /// Bounds that are no ranks, or not in order, count as open: a list always takes another item.
    pub fn between(lower: Option<&Rank>, upper: Option<&Rank>, entropy: u64) -> Rank {
        let mut lower = lower.and_then(Rank::key);
        let mut upper = upper.and_then(Rank::key);
        if let (Some(l), Some(u)) = (&lower, &upper)
            && l >= u
        {
            upper = None;
        }
        // An open end needs no jitter to keep keys short when appending; ids order the rare ties there.
        let bits = if lower.is_some() && upper.is_some() {
            JITTER_BITS
        } else {
            0
        };
        let mut key = gap(lower.as_ref(), upper.as_ref());
        for bit in 0..bits {
            if entropy >> bit & 1 == 0 {
                upper = Some(key);
            } else {
                lower = Some(key);
            }
            key = gap(lower.as_ref(), upper.as_ref());
        }
        Rank(key.to_string())
    }

    /// `count` ranks in order, evenly spread: for lists that are filled at once.
    pub fn spread(count: usize) -> Vec<Rank> {
        let mut ranks = Vec::with_capacity(count);
        let mut last: Option<FractionalIndex> = None;
        for _ in 0..count {
            let next = gap(last.as_ref(), None);
            ranks.push(Rank(next.to_string()));
            last = Some(next);
        }
        ranks
    }

    /// The rank as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a stored text as it is.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    fn key(&self) -> Option<FractionalIndex> {
        FractionalIndex::from_string(&self.0).ok()
    }
}

fn gap(lower: Option<&FractionalIndex>, upper: Option<&FractionalIndex>) -> FractionalIndex {
    FractionalIndex::new(lower, upper).unwrap_or_default()
}

/// Where in a list something goes: what the person meant, so that the server can find the place among what is there then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place<Id> {
    /// Before everything.
    First,
    /// After everything.
    Last,
    /// After one and before another. The first that is still in the list decides; with neither, the end.
    Near {
        /// The thing above.
        after: Option<Id>,
        /// The thing below.
        before: Option<Id>,
    },
}

impl<Id> Place<Id> {
    /// Right after something.
    pub fn after(id: Id) -> Self {
        Place::Near {
            after: Some(id),
            before: None,
        }
    }

    /// Right before something.
    pub fn before(id: Id) -> Self {
        Place::Near {
            after: None,
            before: Some(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_rank_lies_strictly_between_its_neighbours(moves in proptest::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 1..300)) {
            let mut list: Vec<Rank> = Vec::new();
            for (at, entropy) in moves {
                let at = at.index(list.len() + 1);
                let lower = at.checked_sub(1).map(|i| list[i].clone());
                let upper = list.get(at).cloned();
                let rank = Rank::between(lower.as_ref(), upper.as_ref(), entropy);
                prop_assert!(lower.is_none_or(|l| l < rank));
                prop_assert!(upper.is_none_or(|u| rank < u));
                list.insert(at, rank);
            }
        }

        #[test]
        fn any_text_as_a_bound_gives_a_rank(lower in ".*", upper in ".*", entropy: u64) {
            let rank = Rank::between(Some(&Rank(lower)), Some(&Rank(upper)), entropy);
            prop_assert!(rank.key().is_some());
        }
    }

    #[test]
    fn appending_ten_thousand_times_keeps_ranks_short() {
        let ranks = Rank::spread(10_000);
        assert!(ranks.windows(2).all(|w| w[0] < w[1]));
        let longest = ranks.iter().map(|r| r.as_str().len()).max().unwrap();
        assert!(longest <= 8, "{longest}");
    }

    #[test]
    fn two_people_in_the_same_gap_get_different_ranks() {
        let (a, b) = (
            Rank::between(None, None, 0),
            Rank::between(Some(&Rank::between(None, None, 0)), None, 0),
        );
        let one = Rank::between(Some(&a), Some(&b), 1);
        let other = Rank::between(Some(&a), Some(&b), 2);
        assert_ne!(one, other);
    }
}
