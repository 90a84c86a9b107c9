//! What one card shows, read from the rows: one value, so that a card is drawn anew only when something of it changes.

use super::state::Board;
use super::view::{self, Due, LABELS_SHOWN, PEOPLE_SHOWN};
use crate::members::face;
use crate::ui::Face;
use leptos::prelude::*;
use shared::ids::TaskId;
use shared::labels::Label;
use shared::members::Member;
use shared::sorted::sorted_by;
use shared::sync::Standing;
use shared::tasks::{Priority, Task};

/// What a card shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) number: u32,
    pub(super) key: String,
    pub(super) title: String,
    pub(super) href: String,
    pub(super) is_done: bool,
    pub(super) standing: Option<Standing>,
    pub(super) people: Vec<Face>,
    pub(super) other_people: usize,
    pub(super) priority: Priority,
    /// Names and colours.
    pub(super) labels: Vec<(String, String)>,
    pub(super) other_labels: usize,
    /// Done, and of how many.
    pub(super) checklist: Option<(u32, u32)>,
    pub(super) comments: u32,
    pub(super) due: Option<DueFacts>,
    pub(super) points: Option<String>,
    /// Who moves it, and their colour.
    pub(super) remote: Option<(String, String)>,
}

/// What a card shows of a due date.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DueFacts {
    pub(super) due: Due,
    pub(super) date: String,
    pub(super) text: String,
}

impl Facts {
    /// Reads a card. Tracks the task's row and those that it names.
    pub(super) fn read(board: Board, id: TaskId) -> Option<Self> {
        let rows = board.rows;
        let task = rows.get::<Task>(id)?;
        let is_done = task.completed_at.is_some();
        let face = |user| rows.get::<Member>(user).map(|member| face(&member));
        let label = |id| {
            let label = rows.get::<Label>(id)?;
            Some((label.name.to_string(), label.color.to_string()))
        };
        let mut people: Vec<Face> = task.assignees.iter().copied().filter_map(face).collect();
        let mut labels = sorted_by(task.labels.iter().copied().filter_map(label), Ord::cmp);
        let other_people = people.len().saturating_sub(PEOPLE_SHOWN);
        let other_labels = labels.len().saturating_sub(LABELS_SHOWN);
        people.truncate(PEOPLE_SHOWN);
        labels.truncate(LABELS_SHOWN);
        Some(Self {
            number: task.number,
            key: view::task_key(&board.key.read(), task.number),
            title: task.title.to_string(),
            href: board.href(task.number),
            is_done,
            standing: rows.standing::<Task>(id),
            people,
            other_people,
            priority: task.priority,
            labels,
            other_labels,
            checklist: (task.checklist_total > 0)
                .then_some((task.checklist_done, task.checklist_total)),
            comments: task.comment_count,
            due: task.due_on.map(|date| {
                let today = rows.today().get();
                DueFacts {
                    due: Due::of(date, today, is_done),
                    date: date.to_string(),
                    text: view::short_date(date, today),
                }
            }),
            points: task.points.map(|points| points.to_string()),
            remote: board.remote.read().get(&id).cloned(),
        })
    }
}
