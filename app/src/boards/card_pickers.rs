//! The small pickers that keys open on the card that has the focus.

use super::choices;
use super::state::{Field, use_board};
use super::view;
use crate::layout::use_toaster;
use crate::tasks::moving;
use crate::ui::{Anchor, Picker};
use leptos::prelude::*;
use shared::ids::{LabelId, TaskId, UserId};
use shared::labels;
use shared::tasks::{Mutation, Priority, Task, TaskPatch};
use shared::values::{Color, LabelName, Place};

/// The choices for a field, beside the card that has the focus; open from the start.
#[component]
pub fn FieldPicker(
    /// The field.
    field: Field,
    /// The task.
    task: TaskId,
) -> impl IntoView {
    let board = use_board();
    let toaster = use_toaster();
    let rows = board.rows;
    let open = RwSignal::new(true);
    let row = move || rows.get::<Task>(task);
    let options = move || match field {
        Field::Status => choices::statuses(board),
        Field::Assignees => choices::people(board),
        Field::Labels => choices::labels(board),
        Field::Priority => choices::priorities(),
        Field::Due => choices::due_dates(rows.today().get(), row().as_deref()),
        Field::Estimate => choices::estimates(row().as_deref()),
        Field::Project => moving::choices(rows, board.project),
    };
    let selected = move || row().map(|row| chosen(field, &row)).unwrap_or_default();
    let edit = move |patch: Result<TaskPatch, String>| match patch {
        Ok(patch) => rows.mutate(Mutation::Edit { id: task, patch }),
        Err(problem) => toaster.warn(problem),
    };
    let pick = move |value: String| match field {
        Field::Due => edit(view::parse_due(&value)),
        Field::Estimate => edit(view::parse_estimate(&value)),
        Field::Project => {
            let next = board.neighbour(task);
            let went = value
                .parse()
                .is_ok_and(|to| moving::move_to_project(rows, toaster, task, to));
            if let Some(next) = next.filter(|_| went) {
                board.focus(next);
            }
        }
        _ => {
            let row = rows.get_untracked::<Task>(task);
            if let Some(command) = row.and_then(|row| command(field, &row, &value)) {
                rows.mutate(command);
            }
        }
    };
    let make_label = move |name: String| match LabelName::parse(&name) {
        Ok(name) => {
            let id: LabelId = rows.new_id();
            let color = Color::of(name.as_str().as_bytes());
            let project = board.project;
            rows.mutate(labels::Mutation::Create {
                id,
                project,
                name,
                color,
            });
            rows.mutate(Mutation::AddLabel {
                id: task,
                label: id,
            });
        }
        Err(problem) => toaster.warn(problem),
    };
    let typed = move |text: String| {
        open.set(false);
        pick(text);
    };
    let on_create: Option<Callback<String>> = match field {
        Field::Labels => Some(Callback::new(make_label)),
        Field::Due | Field::Estimate => Some(Callback::new(typed)),
        Field::Status | Field::Assignees | Field::Priority | Field::Project => None,
    };
    let (label, placeholder, verb) = words(field);
    view! {
        <Picker
            id="card-field"
            open=open
            label=label
            placeholder=placeholder
            options=Signal::derive(options)
            selected=Signal::derive(selected)
            on_pick=pick
            multiple=matches!(field, Field::Assignees | Field::Labels)
            on_create=on_create
            create_verb=verb
            anchor=Anchor::Focused
        />
    }
}

/// The field's name, what its search box says, and what making a choice is called.
const fn words(field: Field) -> (&'static str, &'static str, &'static str) {
    match field {
        Field::Status => ("Status", "Move to", ""),
        Field::Assignees => ("Assignees", "Assign to", ""),
        Field::Labels => ("Labels", "Label as", "Create"),
        Field::Priority => ("Priority", "Set priority", ""),
        Field::Due => ("Due date", "Choose, or type 2026-11-21", "Due"),
        Field::Estimate => ("Estimate", "Points, or a time such as 2h 30m", "Set"),
        Field::Project => ("Project", "Move to project", ""),
    }
}

fn chosen(field: Field, task: &Task) -> Vec<String> {
    match field {
        Field::Status => vec![task.status.to_string()],
        Field::Assignees => task.assignees.iter().map(ToString::to_string).collect(),
        Field::Labels => task.labels.iter().map(ToString::to_string).collect(),
        Field::Priority => vec![task.priority.as_str().to_owned()],
        Field::Due => task.due_on.iter().map(ToString::to_string).collect(),
        Field::Estimate => task.points.iter().map(ToString::to_string).collect(),
        Field::Project => Vec::new(),
    }
}

/// The command that a choice means.
fn command(field: Field, task: &Task, value: &str) -> Option<Mutation> {
    let id = task.id;
    match field {
        Field::Status => {
            let status = value.parse().ok()?;
            // Where it is already, it keeps its place.
            (status != task.status).then_some(Mutation::Move {
                id,
                status,
                place: Place::Last,
            })
        }
        Field::Assignees => Some(assignment(task, value.parse().ok()?)),
        Field::Labels => {
            let label = value.parse().ok()?;
            Some(if task.labels.contains(&label) {
                Mutation::RemoveLabel { id, label }
            } else {
                Mutation::AddLabel { id, label }
            })
        }
        Field::Priority => Some(Mutation::Edit {
            id,
            patch: TaskPatch {
                priority: Priority::parse(value),
                ..TaskPatch::default()
            },
        }),
        Field::Due | Field::Estimate | Field::Project => None,
    }
}

/// Assigns somebody, or takes them off if they are on it.
pub(super) fn assignment(task: &Task, user: UserId) -> Mutation {
    let id = task.id;
    if task.assignees.contains(&user) {
        Mutation::Unassign { id, user }
    } else {
        Mutation::Assign { id, user }
    }
}
