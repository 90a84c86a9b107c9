//! How the lines stand under their headings, and where one goes when it is moved. Pure.

use shared::checklist_items::ChecklistItem;
use shared::ids::ChecklistItemId;
use shared::values::Place;
use std::sync::Arc;

/// The lines under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The heading; the first lines may have none.
    pub(super) heading: Option<String>,
    /// The lines, in order.
    pub(super) ids: Vec<ChecklistItemId>,
}

/// Puts lines under their headings; headings stand in the order in which they first come.
pub(super) fn groups(items: &[Arc<ChecklistItem>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for item in items {
        let heading = item.heading.as_ref().map(ToString::to_string);
        match groups.iter_mut().find(|group| group.heading == heading) {
            Some(group) => group.ids.push(item.id),
            None => groups.push(Group {
                heading,
                ids: vec![item.id],
            }),
        }
    }
    groups
}

/// The place between the lines that surround an index, counted among the other lines of the group.
pub(super) fn place(
    group: &[ChecklistItemId],
    moving: ChecklistItemId,
    index: usize,
) -> Place<ChecklistItemId> {
    let others: Vec<_> = group.iter().copied().filter(|id| *id != moving).collect();
    let index = index.min(others.len());
    let after = index.checked_sub(1).and_then(|before| others.get(before));
    match (after.copied(), others.get(index).copied()) {
        (None, None) => Place::Last,
        (after, before) => Place::Near { after, before },
    }
}

/// The index one step up or down; nothing at the ends.
pub(super) fn step(
    group: &[ChecklistItemId],
    moving: ChecklistItemId,
    is_up: bool,
) -> Option<usize> {
    let at = group.iter().position(|id| *id == moving)?;
    if is_up {
        at.checked_sub(1)
    } else {
        (at + 1 < group.len()).then_some(at + 1)
    }
}

/// Which line a drop at an index is shown at: before it, or after the last one.
pub(super) fn marker(
    group: &[ChecklistItemId],
    moving: ChecklistItemId,
    index: usize,
) -> Option<(ChecklistItemId, &'static str)> {
    let others: Vec<_> = group.iter().copied().filter(|id| *id != moving).collect();
    match others.get(index) {
        Some(below) => Some((*below, "before")),
        None => others.last().map(|last| (*last, "after")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> ChecklistItemId {
        ChecklistItemId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_line_goes_between_its_new_neighbours() {
        let group = [id(1), id(2), id(3)];
        let near = |after: Option<u128>, before: Option<u128>| Place::Near {
            after: after.map(id),
            before: before.map(id),
        };
        assert_eq!(place(&group, id(1), 1), near(Some(2), Some(3)));
        assert_eq!(place(&group, id(3), 0), near(None, Some(1)));
        assert_eq!(place(&group, id(1), 9), near(Some(3), None));
        assert_eq!(place(&group[..1], id(1), 0), Place::Last);
    }

    #[test]
    fn steps_end_at_the_ends() {
        let group = [id(1), id(2)];
        assert_eq!(step(&group, id(1), true), None);
        assert_eq!(step(&group, id(1), false), Some(1));
        assert_eq!(step(&group, id(2), true), Some(0));
        assert_eq!(step(&group, id(2), false), None);
    }

    #[test]
    fn the_marker_stands_where_the_line_would() {
        let group = [id(1), id(2), id(3)];
        assert_eq!(marker(&group, id(1), 0), Some((id(2), "before")));
        assert_eq!(marker(&group, id(1), 2), Some((id(3), "after")));
        assert_eq!(marker(&group[..1], id(1), 0), None);
    }
}
