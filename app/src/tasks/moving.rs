//! Taking a task to another project, and finding one that has gone to another.

use crate::dom::http;
use crate::layout::Toaster;
use crate::sync::Rows;
use crate::tasks::view;
use crate::ui::{PickerOption, Swatch};
use leptos::prelude::*;
use serde::Deserialize;
use shared::access::Action;
use shared::ids::{ProjectId, TaskId};
use shared::projects::Project;
use shared::sorted::sorted_by_key;
use shared::sync::Cover;
use shared::tasks::{Mutation, Task, family};
use shared::values::Place;
use std::sync::Arc;

/// The projects that a task of this one can go to. Tracked.
fn targets(rows: Rows, from: ProjectId) -> Vec<Arc<Project>> {
    let mut projects = rows.all::<Project>();
    projects.retain(|it| it.id != from && it.is_live() && rows.may(Action::CreateTasks, it.id));
    sorted_by_key(projects, |it| it.name.as_str().to_lowercase())
}

/// Whether there is any project that a task of this one can go to. Tracked.
pub fn is_any(rows: Rows, from: ProjectId) -> bool {
    !targets(rows, from).is_empty()
}

/// The choices of projects. Tracked.
pub fn choices(rows: Rows, from: ProjectId) -> Vec<PickerOption> {
    let option = |project: Arc<Project>| {
        let color = project.color.as_str();
        PickerOption::new(project.id.to_string(), project.name.to_string())
            .hint(project.key.to_string())
            .glyph(move || view! { <Swatch color=color/> })
    };
    targets(rows, from).into_iter().map(option).collect()
}

/// Takes a task there, and offers the way back. Says whether it went.
pub fn move_to_project(rows: Rows, toaster: Toaster, id: TaskId, to: ProjectId) -> bool {
    let task = rows.get_untracked::<Task>(id);
    let (Some(task), Some(target)) = (task, rows.get_untracked::<Project>(to)) else {
        return false;
    };
    let from = rows.get_untracked::<Project>(task.project);
    let name = from.map_or_else(String::new, |it| view::name(it.key.as_str(), task.number));
    let along = untrack(|| family(&rows.all::<Task>(), id)).len() - 1;
    let command = Mutation::MoveToProject {
        id,
        project: to,
        status: None,
        place: Place::Last,
    };
    let back = rows.inverse(&command);
    rows.mutate(command);
    let went = rows
        .get_untracked::<Task>(id)
        .is_none_or(|it| it.project == to);
    if went {
        // The way back begins there: a command is judged by the rows that are here.
        rows.want(Cover::Board(to));
        let along = match along {
            0 => String::new(),
            1 => " with a subtask".to_owned(),
            count => format!(" with {count} subtasks"),
        };
        let text = format!("Moved {name} to {}{along}", target.name);
        toaster.offer_undo(text, move || {
            for command in &back {
                rows.mutate(command.clone());
            }
        });
    }
    went
}

/// Where a task is, as the REST API says it.
#[derive(Deserialize)]
struct Moved {
    project_id: ProjectId,
    number: u32,
}

/// The project and the number that a task has now which had this number in a project; nothing where the server knows of
/// none, or cannot be asked.
pub async fn now_at(left: ProjectId, number: u32) -> Option<(ProjectId, u32)> {
    let address = format!("/api/v1/projects/{left}/tasks/{number}");
    let answer = http::get(&address).await.filter(|it| it.status == 200)?;
    let moved: Moved = serde_json::from_str(&answer.text).ok()?;
    (moved.project_id != left).then_some((moved.project_id, moved.number))
}
