//! What the commands of tasks have in common: the checks, and the longer of their effects.

use super::{
    ASSIGNEES_MAX, DEPTH_MAX, Description, LABELS_MAX, NewTask, Task, TaskPatch, editable,
};
use crate::access::Action;
use crate::codes::{Code, Rejected};
use crate::ids::{LabelId, ProjectId, StatusId, TaskId, UserId};
use crate::labels::Label;
use crate::members::Member;
use crate::projects::{Project, insert_sorted, require_order};
use crate::statuses::Status;
use crate::sync::{List, Tx};
use crate::values::merge::merge;
use crate::values::{Markdown, Place, Title};
use std::sync::Arc;

pub(super) fn create(
    tx: &mut Tx<'_>,
    id: TaskId,
    project: ProjectId,
    (status, place): (StatusId, Place<TaskId>),
    title: Title,
    fields: &NewTask,
) -> Result<(), Rejected> {
    let project = tx.get::<Project>(project)?;
    tx.require_in(Action::CreateTasks, &project)?;
    project.require_live()?;
    tx.require_new::<Task>(id)?;
    let status = column(tx, project.id, status)?;
    for user in &fields.assignees {
        require_assignable(tx, &project, *user)?;
    }
    for label in &fields.labels {
        require_label(tx, project.id, *label)?;
    }
    require_parent(tx, id, project.id, fields.parent)?;
    require_order(fields.start_on, fields.due_on)?;
    let (now, actor) = (tx.now(), tx.context().actor);
    let task = Task {
        id,
        project: project.id,
        number: project.next_number,
        title,
        status: status.id,
        rank: tx.rank_at(List::Tasks(status.id), id.uuid(), place),
        priority: fields.priority,
        points: fields.points,
        estimate: fields.estimate,
        start_on: fields.start_on,
        due_on: fields.due_on,
        assignees: sorted(&fields.assignees),
        labels: sorted(&fields.labels),
        parent: fields.parent,
        checklist_total: 0,
        checklist_done: 0,
        comment_count: 0,
        has_description: false,
        completed_at: status.category.is_closed().then_some(now),
        archived_at: None,
        trashed_at: None,
        created_by: actor,
        created_at: now,
    };
    require_counts(&task)?;
    let next_number = project.next_number.saturating_add(1);
    tx.put(Project {
        next_number,
        ..(*project).clone()
    })?;
    match &fields.description {
        Some(markdown) => describe(tx, &task, markdown.clone()),
        None => tx.put(task),
    }
}

fn sorted<T: Ord + Copy>(ids: &[T]) -> Vec<T> {
    let mut list = Vec::with_capacity(ids.len());
    for id in ids {
        insert_sorted(&mut list, *id);
    }
    list
}

pub(super) fn describe(tx: &mut Tx<'_>, task: &Task, markdown: Markdown) -> Result<(), Rejected> {
    let has_description = !markdown.as_str().trim().is_empty();
    tx.put(Task {
        has_description,
        ..task.clone()
    })?;
    tx.put(Description {
        id: task.id,
        project: task.project,
        markdown,
    })
}

pub(super) fn rewrite(
    tx: &mut Tx<'_>,
    id: TaskId,
    base: &Markdown,
    markdown: &Markdown,
) -> Result<(), Rejected> {
    let (task, _) = editable(tx, id)?;
    let current = tx.peek::<Description>(id);
    let merged = match current.map(|it| it.markdown.clone()) {
        // Taken away by another, or, in a browser, not here: what was written is worth more.
        None => markdown.clone(),
        Some(current) => {
            let merged = merge(base.as_str(), current.as_str(), markdown.as_str());
            Markdown::parse(&merged)
                .map_err(|problem| Rejected::new(Code::InvalidValue, problem))?
        }
    };
    describe(tx, &task, merged)
}

pub(super) fn spread(tx: &mut Tx<'_>, id: TaskId) -> Result<(), Rejected> {
    let (task, _) = editable(tx, id)?;
    for (id, rank) in tx.spread(List::Tasks(task.status), id.uuid()) {
        // In a browser, one of them may not be here.
        if let Some(task) = tx.peek::<Task>(id.into()) {
            tx.put(Task {
                rank,
                ..(*task).clone()
            })?;
        }
    }
    Ok(())
}

pub(super) fn move_to(
    tx: &mut Tx<'_>,
    id: TaskId,
    status: StatusId,
    place: Place<TaskId>,
) -> Result<(), Rejected> {
    let (task, project) = editable(tx, id)?;
    let status = column(tx, project.id, status)?;
    let rank = tx.rank_at(List::Tasks(status.id), id.uuid(), place);
    let completed_at = if status.id == task.status {
        task.completed_at
    } else {
        status
            .category
            .is_closed()
            .then_some(task.completed_at.unwrap_or(tx.now()))
    };
    tx.put(Task {
        status: status.id,
        rank,
        completed_at,
        ..(*task).clone()
    })
}

/// A column of the project that takes tasks.
pub(super) fn column(
    tx: &Tx<'_>,
    project: ProjectId,
    status: StatusId,
) -> Result<Arc<Status>, Rejected> {
    let status = tx.get::<Status>(status)?;
    if status.project != project {
        return Err(Code::NotFound.into());
    }
    if status.archived_at.is_some() {
        let text = format!(
            "The column {} is archived. Restore it or choose another.",
            status.name
        );
        return Err(Rejected::new(Code::Archived, text));
    }
    Ok(status)
}

pub(super) fn require_assignable(
    tx: &Tx<'_>,
    project: &Project,
    user: UserId,
) -> Result<(), Rejected> {
    let member = tx.get::<Member>(user)?;
    // A placeholder sees nothing; it only says whose work this was in the tool it came from.
    let sees = member.placeholder
        || crate::access::sees(member.role, member.id, project.visibility, &project.members);
    if member.active && sees {
        Ok(())
    } else {
        let text = format!(
            "{} is not in this project. Add them to it first.",
            member.name
        );
        Err(Rejected::field("assignees", text))
    }
}

pub(super) fn require_label(
    tx: &Tx<'_>,
    project: ProjectId,
    label: LabelId,
) -> Result<(), Rejected> {
    if tx.get::<Label>(label)?.project == project {
        Ok(())
    } else {
        Err(Code::NotFound.into())
    }
}

pub(super) fn require_parent(
    tx: &Tx<'_>,
    id: TaskId,
    project: ProjectId,
    parent: Option<TaskId>,
) -> Result<(), Rejected> {
    let mut above = parent;
    for _ in 0..DEPTH_MAX {
        let Some(next) = above else { return Ok(()) };
        if next == id {
            return Err(Code::ParentCycle.into());
        }
        let task = tx.get::<Task>(next)?;
        if task.project != project {
            return Err(Code::NotFound.into());
        }
        above = task.parent;
    }
    if above.is_none() {
        return Ok(());
    }
    Err(Rejected::field(
        "parent",
        format!("Subtasks nest at most {DEPTH_MAX} deep."),
    ))
}

pub(super) fn require_counts(task: &Task) -> Result<(), Rejected> {
    if task.assignees.len() > ASSIGNEES_MAX {
        let text = format!("A task has at most {ASSIGNEES_MAX} assignees.");
        return Err(Rejected::field("assignees", text));
    }
    if task.labels.len() > LABELS_MAX {
        let text = format!("A task has at most {LABELS_MAX} labels.");
        return Err(Rejected::field("labels", text));
    }
    Ok(())
}

pub(super) fn edited(task: &Task, patch: &TaskPatch) -> Task {
    let patch = patch.clone();
    Task {
        title: patch.title.unwrap_or_else(|| task.title.clone()),
        priority: patch.priority.unwrap_or(task.priority),
        points: patch.points.unwrap_or(task.points),
        estimate: patch.estimate.unwrap_or(task.estimate),
        start_on: patch.start_on.unwrap_or(task.start_on),
        due_on: patch.due_on.unwrap_or(task.due_on),
        ..task.clone()
    }
}
