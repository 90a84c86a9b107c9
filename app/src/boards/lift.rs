//! A card that is picked up: where it came from, where it would go, and what a drop there means. Pure.

use shared::ids::{StatusId, TaskId};
use shared::sorted::SortedMap;
use shared::tasks;
use shared::values::Place;
use std::sync::Arc;

/// The cards that each column shows, in order.
pub(super) type Lists = SortedMap<StatusId, Arc<Vec<TaskId>>>;

/// A place in a column, counted among the cards that stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) status: StatusId,
    pub(super) index: usize,
}

/// What moves a card that is picked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    /// A mouse, pen or finger.
    Pointer,
    /// The keyboard.
    Keys,
}

/// A card that is picked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lift {
    pub(super) task: TaskId,
    pub(super) hand: Hand,
    /// Where it was when it was picked up.
    pub(super) from: Slot,
    /// Where it would go; nowhere while the pointer is beside the columns.
    pub(super) to: Option<Slot>,
}

/// Where the arrows lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
    /// To the start of the line, whichever side that is.
    Back,
    /// To the end of the line.
    Forth,
    First,
    Last,
}

impl Way {
    /// The way a key means; arrows to the sides are turned around where text runs from right to left.
    pub(super) fn from_key(key: &str, right_to_left: bool) -> Option<Self> {
        Some(match key {
            "ArrowUp" => Self::Up,
            "ArrowDown" => Self::Down,
            "ArrowLeft" if right_to_left => Self::Forth,
            "ArrowRight" if right_to_left => Self::Back,
            "ArrowLeft" => Self::Back,
            "ArrowRight" => Self::Forth,
            "Home" => Self::First,
            "End" => Self::Last,
            _ => return None,
        })
    }
}

/// Where a card is.
pub(super) fn slot_of(lists: &Lists, task: TaskId) -> Option<Slot> {
    lists.iter().find_map(|(status, ids)| {
        let index = ids.iter().position(|id| *id == task)?;
        Some(Slot {
            status: *status,
            index,
        })
    })
}

impl Lift {
    /// A card that was just picked up.
    pub(super) fn new(lists: &Lists, task: TaskId, hand: Hand) -> Option<Self> {
        let from = slot_of(lists, task)?;
        Some(Self {
            task,
            hand,
            from,
            to: Some(from),
        })
    }

    /// The cards of a column but this one.
    fn staying(&self, lists: &Lists, status: StatusId) -> Vec<TaskId> {
        let ids = lists.get(&status).map(|ids| ids.iter().copied());
        ids.into_iter()
            .flatten()
            .filter(|id| *id != self.task)
            .collect()
    }

    /// The slot that stands before a column's card of that index, counted with this one.
    pub(super) fn slot_before(&self, lists: &Lists, status: StatusId, index: usize) -> Slot {
        let ids = lists.get(&status);
        let own = ids.and_then(|ids| ids.iter().position(|id| *id == self.task));
        let above = usize::from(own.is_some_and(|own| own < index));
        Slot {
            status,
            index: index - above,
        }
    }

    /// Whether a drop now would leave everything as it is.
    pub(super) fn is_idle(&self, lists: &Lists) -> bool {
        self.to.is_none() || self.to == slot_of(lists, self.task)
    }

    /// The card of a column before which the marker stands, counted with the card that moves.
    pub(super) fn marker(&self, lists: &Lists, status: StatusId) -> Option<usize> {
        let to = self.to.filter(|to| to.status == status)?;
        if self.is_idle(lists) {
            return None;
        }
        let own = lists.get(&status)?.iter().position(|id| *id == self.task);
        Some(to.index + usize::from(own.is_some_and(|own| own < to.index)))
    }

    /// The slot after one step; `columns` is the order of the columns.
    pub(super) fn step(&self, lists: &Lists, columns: &[StatusId], way: Way) -> Option<Slot> {
        let at = self.to?;
        let column = columns.iter().position(|status| *status == at.status)?;
        let slot = |status: StatusId, index: usize| Slot {
            status,
            index: index.min(self.staying(lists, status).len()),
        };
        Some(match way {
            Way::Up => slot(at.status, at.index.saturating_sub(1)),
            Way::Down => slot(at.status, at.index + 1),
            Way::First => slot(at.status, 0),
            Way::Last => slot(at.status, usize::MAX),
            Way::Back => slot(*columns.get(column.checked_sub(1)?)?, at.index),
            Way::Forth => slot(*columns.get(column + 1)?, at.index),
        })
    }

    /// The one command that a drop means: next to the cards that are seen there.
    pub(super) fn drop(&self, lists: &Lists) -> Option<tasks::Mutation> {
        if self.is_idle(lists) {
            return None;
        }
        let to = self.to?;
        let staying = self.staying(lists, to.status);
        let index = to.index.min(staying.len());
        let after = index
            .checked_sub(1)
            .and_then(|above| staying.get(above))
            .copied();
        let before = staying.get(index).copied();
        Some(tasks::Mutation::Move {
            id: self.task,
            status: to.status,
            place: Place::Near { after, before },
        })
    }

    /// Position and number of cards as people count them, where the card would go.
    pub(super) fn counted(&self, lists: &Lists, slot: Slot) -> (usize, usize) {
        (slot.index + 1, self.staying(lists, slot.status).len() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn status(n: u128) -> StatusId {
        StatusId::from_uuid(Uuid::from_u128(n))
    }

    fn task(n: u128) -> TaskId {
        TaskId::from_uuid(Uuid::from_u128(n))
    }

    /// Columns 1 (cards 10, 11, 12), 2 (card 20) and 3 (empty).
    fn lists() -> Lists {
        let column = |cards: &[u128]| Arc::new(cards.iter().copied().map(task).collect::<Vec<_>>());
        Lists::from_iter([
            (status(1), column(&[10, 11, 12])),
            (status(2), column(&[20])),
            (status(3), column(&[])),
        ])
    }

    fn lift(n: u128) -> Lift {
        Lift::new(&lists(), task(n), Hand::Keys).unwrap()
    }

    fn to(mut lift: Lift, status_number: u128, index: usize) -> Lift {
        lift.to = Some(Slot {
            status: status(status_number),
            index,
        });
        lift
    }

    fn near(after: Option<u128>, before: Option<u128>) -> Place<TaskId> {
        Place::Near {
            after: after.map(task),
            before: before.map(task),
        }
    }

    fn place(lift: &Lift) -> Option<Place<TaskId>> {
        match lift.drop(&lists())? {
            tasks::Mutation::Move { place, .. } => Some(place),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_drop_goes_between_the_cards_that_are_seen() {
        assert_eq!(place(&to(lift(11), 1, 0)), Some(near(None, Some(10))));
        assert_eq!(place(&to(lift(11), 1, 2)), Some(near(Some(12), None)));
        assert_eq!(place(&to(lift(10), 1, 1)), Some(near(Some(11), Some(12))));
        assert_eq!(place(&to(lift(11), 2, 1)), Some(near(Some(20), None)));
        assert_eq!(place(&to(lift(11), 3, 0)), Some(near(None, None)));
    }

    #[test]
    fn a_drop_where_it_was_does_nothing() {
        assert_eq!(place(&lift(11)), None);
        let beside = Lift {
            to: None,
            ..lift(11)
        };
        assert_eq!(place(&beside), None);
    }

    #[test]
    fn the_marker_counts_the_card_that_moves() {
        let lists = lists();
        assert_eq!(lift(11).marker(&lists, status(1)), None);
        assert_eq!(to(lift(11), 1, 0).marker(&lists, status(1)), Some(0));
        assert_eq!(to(lift(11), 1, 2).marker(&lists, status(1)), Some(3));
        assert_eq!(to(lift(11), 2, 1).marker(&lists, status(2)), Some(1));
        assert_eq!(to(lift(11), 2, 1).marker(&lists, status(1)), None);
    }

    #[test]
    fn a_pointer_above_a_card_means_the_slot_before_it() {
        let lists = lists();
        let slot = |index| lift(11).slot_before(&lists, status(1), index).index;
        assert_eq!([slot(0), slot(1), slot(2), slot(3)], [0, 1, 1, 2]);
        assert_eq!(lift(11).slot_before(&lists, status(2), 1).index, 1);
    }

    #[test]
    fn arrows_stay_within_the_columns() {
        let columns = [status(1), status(2), status(3)];
        let step = |lift: Lift, way| {
            lift.step(&lists(), &columns, way)
                .map(|slot| (slot.status.uuid().as_u128(), slot.index))
        };
        assert_eq!(step(lift(10), Way::Up), Some((1, 0)));
        assert_eq!(step(lift(12), Way::Down), Some((1, 2)));
        assert_eq!(step(lift(12), Way::Forth), Some((2, 1)));
        assert_eq!(step(to(lift(12), 2, 1), Way::Forth), Some((3, 0)));
        assert_eq!(step(to(lift(12), 3, 0), Way::Forth), None);
        assert_eq!(step(lift(12), Way::Back), None);
        assert_eq!(step(lift(10), Way::Last), Some((1, 2)));
    }

    #[test]
    fn arrows_to_the_sides_follow_the_direction_of_text() {
        assert_eq!(Way::from_key("ArrowLeft", false), Some(Way::Back));
        assert_eq!(Way::from_key("ArrowLeft", true), Some(Way::Forth));
        assert_eq!(Way::from_key("a", false), None);
    }

    #[test]
    fn positions_are_counted_from_one() {
        let lift = lift(11);
        assert_eq!(lift.counted(&lists(), lift.from), (2, 3));
        let there = to(lift, 2, 1);
        assert_eq!(there.counted(&lists(), there.to.unwrap()), (2, 2));
    }
}
