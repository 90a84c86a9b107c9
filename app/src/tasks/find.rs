//! Which task an address means.

use crate::erased::memo;
use crate::sync::Rows;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shared::ids::{ProjectId, TaskId};
use shared::projects::Project;
use shared::sync::Cover;
use shared::tasks::Task;

/// What stands at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Found {
    /// It is not known yet: the board is still arriving.
    #[default]
    Waiting,
    /// Nothing, or nothing for this person.
    Nothing,
    /// A task.
    Task(TaskId, ProjectId),
}

/// The project and the number in the address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    key: String,
    number: Option<u32>,
}

/// What stands at the address of the page. Tracked.
pub(super) fn use_found(rows: Rows) -> Memo<Found> {
    let params = use_params_map();
    let asked = memo(move || {
        let params = params.read();
        Asked {
            key: params.get("key").unwrap_or_default(),
            number: params.get("number").and_then(|number| number.parse().ok()),
        }
    });
    let last = StoredValue::new(None::<(Asked, Found)>);
    memo(move || {
        let asked = asked.get();
        // A task that was found under an address stays there, though its number may still change: until the server has
        // answered, a new task's number is only a guess.
        let kept = last.get_value().filter(|(before, _)| *before == asked);
        let kept = kept.and_then(|(_, found)| match found {
            Found::Task(id, _) => rows.get::<Task>(id),
            Found::Waiting | Found::Nothing => None,
        });
        let found = match kept {
            // Be it in another project by now.
            Some(task) => Found::Task(task.id, task.project),
            None => find(rows, &asked),
        };
        last.set_value(Some((asked, found)));
        found
    })
}

fn find(rows: Rows, asked: &Asked) -> Found {
    let projects = rows.all::<Project>();
    let project = projects
        .iter()
        .find(|it| it.key.as_str() == asked.key && it.trashed_at.is_none());
    let (Some(project), Some(number)) = (project, asked.number) else {
        return Found::Nothing;
    };
    let tasks = rows.all::<Task>();
    let task = tasks
        .iter()
        .find(|it| it.number == number && it.project == project.id);
    match task {
        Some(task) => Found::Task(task.id, project.id),
        None if rows.has(Cover::Board(project.id)) => Found::Nothing,
        None => Found::Waiting,
    }
}
