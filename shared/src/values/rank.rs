//! The place of a thing in a list that people order by hand.
//!
//! A rank is a fractional key: between any two there is room for another, so moving one thing changes one row. The scheme
//! is the published one with an integer part (David Greenspan, "Implementing Fractional Indexing", 2020): the first
//! character says how long the integer is, so appending ten thousand times stays at four characters. We add jitter, so
//! that two people who drop into the same gap get different keys.

use serde::{Deserialize, Serialize};

/// A position; ranks compare as bytes. Equal ranks are ordered by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rank(String);

/// In the order of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The integer zero: one digit.
const ZERO: &str = "a0";
/// A rank of more characters has others around it that are as long: they are spread out again.
const LEN_MAX: usize = 40;
/// Neighbours with ranks of at most so many characters stay where they are when others are spread out between them.
const LEN_SPREAD: usize = 12;
/// Bits of jitter: two commands in one gap collide once in a thousand, for two more characters.
const JITTER_BITS: u32 = 10;

impl Rank {
    /// A rank strictly between two others; `None` is the open end. `entropy` decides where in the gap.
    ///
    /// Bounds that are no ranks, or not in order, count as open: a list always takes another item.
    pub fn between(lower: Option<&Rank>, upper: Option<&Rank>, entropy: u64) -> Rank {
        let mut lower = lower.filter(|rank| is_key(&rank.0)).cloned();
        let mut upper = upper.filter(|rank| is_key(&rank.0)).cloned();
        if let (Some(l), Some(u)) = (&lower, &upper)
            && l >= u
        {
            upper = None;
        }
        // An open end needs no jitter, which would make keys longer when appending; ids order the rare ties there.
        let bits = if lower.is_some() && upper.is_some() {
            JITTER_BITS
        } else {
            0
        };
        let mut rank = middle(lower.as_ref(), upper.as_ref());
        for bit in 0..bits {
            if entropy >> bit & 1 == 0 {
                upper = Some(rank);
            } else {
                lower = Some(rank);
            }
            rank = middle(lower.as_ref(), upper.as_ref());
        }
        rank
    }

    /// `count` ranks in order: for lists that are filled at once.
    pub fn spread(count: usize) -> Vec<Rank> {
        let mut ranks: Vec<Rank> = Vec::with_capacity(count);
        for _ in 0..count {
            ranks.push(middle(ranks.last(), None));
        }
        ranks
    }

    /// `count` ranks in order between two others, as short as can be; `None` is the open end.
    pub fn among(lower: Option<&Rank>, upper: Option<&Rank>, count: usize) -> Vec<Rank> {
        let lower = lower.filter(|rank| is_key(&rank.0));
        let upper = upper.filter(|rank| is_key(&rank.0));
        let mut ranks = Vec::with_capacity(count);
        fill(
            &mut ranks,
            lower,
            upper.filter(|it| lower.is_none_or(|l| l < *it)),
            count,
        );
        ranks
    }

    /// Whether it has become so long that its neighbourhood is to be spread out again.
    pub fn is_long(&self) -> bool {
        self.0.len() > LEN_MAX
    }

    /// Whether it is shorter than what spreading a neighbourhood out again leaves behind.
    pub fn is_short(&self) -> bool {
        self.0.len() <= LEN_SPREAD
    }

    /// The rank as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a stored text as it is.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

/// Halves the gap, so that no key is longer than the number of keys asks for. An open end is counted towards instead.
fn fill(ranks: &mut Vec<Rank>, lower: Option<&Rank>, upper: Option<&Rank>, count: usize) {
    match (lower, upper, count) {
        (_, _, 0) => {}
        (_, None, _) => {
            let mut last = lower.cloned();
            for _ in 0..count {
                let next = middle(last.as_ref(), None);
                last = Some(next.clone());
                ranks.push(next);
            }
        }
        (None, Some(upper), _) => {
            let mut first = upper.clone();
            let at = ranks.len();
            for _ in 0..count {
                first = middle(None, Some(&first));
                ranks.push(first.clone());
            }
            ranks[at..].reverse();
        }
        (Some(_), Some(_), _) => {
            let half = middle(lower, upper);
            let below = (count - 1) / 2;
            fill(ranks, lower, Some(&half), below);
            ranks.push(half.clone());
            fill(ranks, Some(&half), upper, count - 1 - below);
        }
    }
}

/// A key strictly between two valid ones, the lower being smaller.
fn middle(lower: Option<&Rank>, upper: Option<&Rank>) -> Rank {
    Rank(match (lower.map(Rank::as_str), upper.map(Rank::as_str)) {
        (None, None) => ZERO.to_owned(),
        (None, Some(upper)) => {
            let (whole, part) = split(upper);
            if part.is_empty() {
                step(whole, false).unwrap_or_else(|| joined(whole, &fraction("", Some(part))))
            } else {
                // The bare integer is smaller than the same with a fraction.
                whole.to_owned()
            }
        }
        (Some(lower), None) => {
            let (whole, part) = split(lower);
            step(whole, true).unwrap_or_else(|| joined(whole, &fraction(part, None)))
        }
        (Some(lower), Some(upper)) => {
            let ((l, l_part), (u, u_part)) = (split(lower), split(upper));
            if l == u {
                joined(l, &fraction(l_part, Some(u_part)))
            } else {
                match step(l, true) {
                    Some(next) if next.as_str() < upper => next,
                    _ => joined(l, &fraction(l_part, None)),
                }
            }
        }
    })
}

fn joined(whole: &str, part: &str) -> String {
    format!("{whole}{part}")
}

/// How many characters the integer has, by its first.
fn integer_len(head: u8) -> Option<usize> {
    match head {
        b'a'..=b'z' => Some(usize::from(head - b'a') + 2),
        b'A'..=b'Z' => Some(usize::from(b'Z' - head) + 2),
        _ => None,
    }
}

/// Whether a text is a key: its integer is whole, its digits are digits, and its fraction does not end in zero.
fn is_key(text: &str) -> bool {
    let Some(len) = text.bytes().next().and_then(integer_len) else {
        return false;
    };
    text.len() >= len
        && text.bytes().all(|byte| digit(byte).is_some())
        && (text.len() == len || !text.ends_with('0'))
        // Below the smallest integer there would be no room.
        && !(text.len() == len && text.starts_with('A') && text[1..].bytes().all(|b| b == b'0'))
}

fn split(key: &str) -> (&str, &str) {
    let len = key.bytes().next().and_then(integer_len).unwrap_or(0);
    key.split_at(len.min(key.len()))
}

fn digit(byte: u8) -> Option<usize> {
    DIGITS.iter().position(|digit| *digit == byte)
}

/// The next integer up or down; nothing at the end of the scale.
fn step(whole: &str, up: bool) -> Option<String> {
    let mut bytes = whole.as_bytes().to_vec();
    let (full, empty) = if up { (61, 0) } else { (0, 61) };
    for byte in bytes[1..].iter_mut().rev() {
        let value = digit(*byte)?;
        if value != full {
            *byte = DIGITS[if up { value + 1 } else { value - 1 }];
            return String::from_utf8(bytes).ok();
        }
        *byte = DIGITS[empty];
    }
    // All digits have run over: the integer gets longer, shorter, or changes its sign.
    let head = match (bytes[0], up) {
        (b'z', true) | (b'A', false) => return None,
        (b'Z', true) => b'a',
        (b'a', false) => b'Z',
        (head, true) => head + 1,
        (head, false) => head - 1,
    };
    let mut next = vec![head];
    next.resize(integer_len(head)?, DIGITS[empty]);
    String::from_utf8(next).ok()
}

/// Digits strictly between two fractions; no upper one stands for the next integer. Never ends in zero.
fn fraction(lower: &str, upper: Option<&str>) -> String {
    let (mut lower, mut upper) = (lower.as_bytes(), upper.map(str::as_bytes));
    let mut digits = Vec::new();
    loop {
        let low = lower.first().and_then(|byte| digit(*byte)).unwrap_or(0);
        let high = upper.map_or(62, |u| u.first().and_then(|byte| digit(*byte)).unwrap_or(0));
        lower = lower.get(1..).unwrap_or_default();
        if low == high {
            digits.push(DIGITS[low]);
            upper = upper.map(|u| u.get(1..).unwrap_or_default());
        } else if high - low > 1 {
            digits.push(DIGITS[usize::midpoint(low, high)]);
            break;
        } else if upper.is_some_and(|u| u.len() > 1) {
            digits.push(DIGITS[high]);
            break;
        } else {
            digits.push(DIGITS[low]);
            upper = None;
        }
    }
    String::from_utf8(digits).unwrap_or_default()
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
    use proptest::sample::Index;

    fn rank(text: &str) -> Rank {
        Rank(text.to_owned())
    }

    proptest! {
        #[test]
        fn a_rank_lies_strictly_between_its_neighbours(moves in proptest::collection::vec((any::<Index>(), any::<u64>()), 1..300)) {
            let mut list: Vec<Rank> = Vec::new();
            for (at, entropy) in moves {
                let at = at.index(list.len() + 1);
                let lower = at.checked_sub(1).map(|i| list[i].clone());
                let upper = list.get(at).cloned();
                let rank = Rank::between(lower.as_ref(), upper.as_ref(), entropy);
                prop_assert!(is_key(&rank.0), "{:?}", rank);
                prop_assert!(lower.is_none_or(|l| l < rank));
                prop_assert!(upper.is_none_or(|u| rank < u));
                list.insert(at, rank);
            }
        }

        #[test]
        fn any_text_as_a_bound_gives_a_rank(lower in ".*", upper in "[0-9A-Za-z]{0,6}", entropy: u64) {
            for (lower, upper) in [(&lower, &upper), (&upper, &lower)] {
                let rank = Rank::between(Some(&rank(lower)), Some(&rank(upper)), entropy);
                prop_assert!(is_key(&rank.0));
            }
        }
    }

    #[test]
    fn the_published_examples_hold() {
        for (lower, upper, expected) in [
            (None, None, "a0"),
            (None, Some("a0"), "Zz"),
            (Some("a0"), None, "a1"),
            (Some("a0"), Some("a1"), "a0V"),
            (Some("a0V"), Some("a1"), "a0k"),
            (Some("Zz"), Some("a01"), "a0"),
            (Some("az"), None, "b00"),
            (
                Some("zzzzzzzzzzzzzzzzzzzzzzzzzzz"),
                None,
                "zzzzzzzzzzzzzzzzzzzzzzzzzzzV",
            ),
        ] {
            let middle = middle(lower.map(rank).as_ref(), upper.map(rank).as_ref());
            assert_eq!(middle.as_str(), expected);
        }
    }

    #[test]
    fn appending_ten_thousand_times_keeps_ranks_short() {
        let ranks = Rank::spread(10_000);
        assert!(ranks.windows(2).all(|w| w[0] < w[1]));
        let longest = ranks.iter().map(|r| r.as_str().len()).max().unwrap();
        assert_eq!(longest, 4);
    }

    #[test]
    fn ranks_among_others_are_in_order_and_short() {
        let bounds = [
            None,
            Some(rank("Zz")),
            Some(rank("a0")),
            Some(rank("a0V")),
            Some(rank("a1")),
        ];
        for (at, lower) in bounds.iter().enumerate() {
            for upper in bounds[at + 1..].iter().chain(&[None]) {
                let ranks = Rank::among(lower.as_ref(), upper.as_ref(), 400);
                assert_eq!(ranks.len(), 400);
                assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(lower.as_ref().is_none_or(|it| *it < ranks[0]));
                assert!(upper.as_ref().is_none_or(|it| ranks[399] < *it));
                assert!(ranks.iter().all(|it| is_key(&it.0) && it.is_short()));
            }
        }
    }

    #[test]
    fn two_people_in_the_same_gap_get_different_ranks() {
        let (a, b) = (rank("a0"), rank("a1"));
        assert_ne!(
            Rank::between(Some(&a), Some(&b), 1),
            Rank::between(Some(&a), Some(&b), 2)
        );
    }
}
