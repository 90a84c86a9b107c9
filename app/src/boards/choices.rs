//! What can be chosen for a task of a board: the lists of the pickers. All are tracked.

use super::state::Board;
use super::view;
use crate::members::glyph;
use crate::ui::{PickerOption, PriorityGlyph, StatusGlyph, Swatch};
use leptos::prelude::*;
use shared::access;
use shared::labels::Label;
use shared::members::Member;
use shared::projects::Project;
use shared::sorted::sorted_by_key;
use shared::statuses::Status;
use shared::sync::List;
use shared::tasks::{Priority, Task};
use shared::values::{Date, Points};
use std::sync::Arc;

/// The people who can have tasks here, the one who looks first.
pub(super) fn people(board: Board) -> Vec<PickerOption> {
    let me = board.rows.me();
    let Some(project) = board.rows.get::<Project>(board.project) else {
        return Vec::new();
    };
    let mut members = board.rows.all::<Member>();
    members.retain(|member| {
        let sees = access::sees(member.role, member.id, project.visibility, &project.members);
        member.active && (sees || member.placeholder)
    });
    let key = |member: &Arc<Member>| (member.id != me, member.name.as_str().to_lowercase());
    let members = sorted_by_key(members, key);
    members.into_iter().map(person).collect()
}

fn person(member: Arc<Member>) -> PickerOption {
    let option = PickerOption::new(member.id.to_string(), member.name.to_string());
    let option = match &member.handle {
        Some(handle) => option.hint(handle.to_string()),
        None => option,
    };
    option.glyph(glyph(&member))
}

/// The labels of the project, by name.
pub(super) fn labels(board: Board) -> Vec<PickerOption> {
    let mut labels = board.rows.all::<Label>();
    labels.retain(|label| label.project == board.project);
    let labels = sorted_by_key(labels, |label| label.name.as_str().to_lowercase());
    let option = |label: Arc<Label>| {
        let color = label.color.as_str();
        PickerOption::new(label.id.to_string(), label.name.to_string())
            .glyph(move || view! { <Swatch color=color/> })
    };
    labels.into_iter().map(option).collect()
}

/// The columns, in order.
pub(super) fn statuses(board: Board) -> Vec<PickerOption> {
    let option = |status: Arc<Status>| {
        let category = status.category.as_str();
        let color = view::own_color(&status);
        PickerOption::new(status.id.to_string(), status.name.to_string()).glyph(move || {
            view! { <StatusGlyph category=category color=MaybeProp::from(color.clone())/> }
        })
    };
    let rows = board
        .rows
        .list_rows::<Status>(List::Statuses(board.project));
    rows.into_iter().map(option).collect()
}

/// The priorities, the most urgent first.
pub(super) fn priorities() -> Vec<PickerOption> {
    let option = |priority: Priority| {
        PickerOption::new(priority.as_str(), view::priority_words(priority))
            .glyph(move || view! { <PriorityGlyph priority=priority.as_str()/> })
    };
    Priority::ALL.into_iter().map(option).collect()
}

/// Due dates that are often meant; others are typed.
pub(super) fn due_dates(today: Date, task: Option<&Task>) -> Vec<PickerOption> {
    let option = |text: &str, days: i32| {
        let date = today.plus(days);
        PickerOption::new(date.to_string(), text).hint(view::exact_date(date))
    };
    let to_monday = 7 - i32::try_from(today.weekday()).unwrap_or(0);
    let mut options = vec![
        option("Today", 0),
        option("Tomorrow", 1),
        option("Next Monday", to_monday),
        option("In a week", 7),
        option("In two weeks", 14),
    ];
    if task.is_some_and(|task| task.due_on.is_some()) {
        options.push(PickerOption::new("", "No due date"));
    }
    options
}

/// Story points; anything else is typed.
pub(super) fn estimates(task: Option<&Task>) -> Vec<PickerOption> {
    let option =
        |points: &Points| PickerOption::new(points.to_string(), view::points_words(*points));
    let mut options: Vec<_> = Points::OFFERED.iter().map(option).collect();
    if task.is_some_and(|task| task.points.is_some() || task.estimate.is_some()) {
        options.push(PickerOption::new("", "No estimate"));
    }
    options
}
