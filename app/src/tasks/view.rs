//! What the panel decides without a browser. Pure.

use shared::access::{self, Action, Relation};
use shared::ids::{StatusId, TaskId};
use shared::members::Member;
use shared::projects::Project;
use shared::statuses::Status;
use shared::tasks::{Priority, Task};
use shared::values::{Date, Points};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The name of a task, `WEB-12`.
pub fn name(key: &str, number: u32) -> String {
    format!("{key}-{number}")
}

/// A priority in words.
pub const fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::None => "No priority",
        Priority::Low => "Low",
        Priority::Medium => "Medium",
        Priority::High => "High",
        Priority::Urgent => "Urgent",
    }
}

/// Points as an input takes them: `0.5`, not `½`.
pub(super) fn points_value(points: Points) -> String {
    points.hundredths().to_string()
}

/// Reads what [`points_value`] wrote.
pub(super) fn points_of(value: &str) -> Option<Points> {
    value
        .parse()
        .ok()
        .and_then(|hundredths| Points::from_hundredths(hundredths).ok())
}

/// Whether a member may delete a task: some may only delete what they made.
pub(super) fn may_delete(member: &Member, project: &Project, task: &Task) -> bool {
    let in_project =
        access::in_project(member.role, member.id, project.visibility, &project.members);
    let relation = Relation {
        own: task.created_by == member.id,
        assigned: task.assignees.contains(&member.id),
        in_project,
    };
    member.active && project.is_live() && access::can(member.role, Action::DeleteTasks, relation)
}

/// The tasks before and after one in its column.
pub(super) fn neighbours(column: &[TaskId], id: TaskId) -> (Option<TaskId>, Option<TaskId>) {
    match column.iter().position(|other| *other == id) {
        Some(at) => {
            let before = at.checked_sub(1).and_then(|before| column.get(before));
            (before.copied(), column.get(at + 1).copied())
        }
        None => (None, None),
    }
}

/// How urgent a due date is, for the stylesheet.
pub(super) fn urgency(due: Date, today: Date, is_done: bool) -> &'static str {
    match due.days() - today.days() {
        _ if is_done => "done",
        ..=-1 => "late",
        0..=3 => "soon",
        _ => "later",
    }
}

/// Where a new subtask begins: beside its parent while that is open, else in the first open column.
pub(super) fn status_for_subtask(parent: StatusId, columns: &[Arc<Status>]) -> Option<StatusId> {
    let is_open = |status: &&Arc<Status>| !status.category.is_closed();
    let beside = columns
        .iter()
        .find(|status| status.id == parent)
        .filter(is_open);
    let status = beside
        .or_else(|| columns.iter().find(is_open))
        .or(columns.first());
    status.map(|status| status.id)
}

/// A task and everything below it: none of these can be above it.
pub(super) fn family(id: TaskId, tasks: &[Arc<Task>]) -> BTreeSet<TaskId> {
    let mut family = BTreeSet::from([id]);
    // Each round finds at least the next level, and levels are few.
    loop {
        let before = family.len();
        let below = tasks
            .iter()
            .filter(|task| task.parent.is_some_and(|it| family.contains(&it)));
        let below: Vec<TaskId> = below.map(|task| task.id).collect();
        family.extend(below);
        if family.len() == before {
            return family;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(n: u128) -> TaskId {
        TaskId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn neighbours_are_those_of_the_column() {
        let column = [id(1), id(2), id(3)];
        assert_eq!(neighbours(&column, id(2)), (Some(id(1)), Some(id(3))));
        assert_eq!(neighbours(&column, id(1)), (None, Some(id(2))));
        assert_eq!(neighbours(&column, id(9)), (None, None));
    }

    #[test]
    fn points_come_back_from_a_picker() {
        for points in Points::OFFERED {
            assert_eq!(points_of(&points_value(points)), Some(points));
        }
        assert_eq!(points_of("x"), None);
    }

    #[test]
    fn a_date_is_urgent_until_the_work_is_done() {
        let today = Date::parse("2026-11-21").unwrap();
        let told = |days, done| urgency(today.plus(days), today, done);
        assert_eq!(
            [
                told(-1, false),
                told(0, false),
                told(4, false),
                told(-1, true)
            ],
            ["late", "soon", "later", "done"]
        );
    }
}
