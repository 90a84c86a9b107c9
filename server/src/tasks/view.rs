//! A task as programs see it: everything by its name as well as by its id.

use crate::db::{Read, Snapshot};
use crate::http::Error;
use crate::http::api::{Decimal, Moment, Shown};
use crate::labels::routes::LabelView;
use crate::sync::columns::Stored;
use crate::{labels, members, projects, statuses};
use serde::Serialize;
use shared::codes::Code;
use shared::ids::{LabelId, ProjectId, StatusId, TaskId, UserId, WorkspaceId};
use shared::members::Member;
use shared::projects::Project;
use shared::statuses::{Category, Status};
use shared::tasks::{Priority, Task};
use shared::values::{Date, Minutes, Rank};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Somebody, by name.
#[derive(Serialize, ToSchema)]
pub struct Person {
    #[schema(value_type = uuid::Uuid)]
    id: UserId,
    #[schema(example = "John Doe")]
    name: String,
}

impl Person {
    /// Somebody and their member's row.
    pub fn of(id: UserId, member: Option<&Member>) -> Self {
        let name = member.map(|member| member.name.to_string());
        Self {
            id,
            name: name.unwrap_or_default(),
        }
    }
}

/// How far a checklist has come.
#[derive(Serialize, ToSchema)]
struct Checklist {
    total: u32,
    done: u32,
}

/// A unit of work.
#[derive(Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    #[schema(value_type = uuid::Uuid)]
    id: TaskId,
    /// What people call it.
    #[schema(example = "WEB-12")]
    key: String,
    /// Its number in the project.
    #[schema(example = 12)]
    number: u32,
    #[schema(value_type = uuid::Uuid)]
    project_id: ProjectId,
    #[schema(example = "Implement user authentication")]
    title: String,
    /// In Markdown. Only where one task is answered: lists and boards leave it out, see `has_description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Add JWT-based auth with refresh tokens")]
    description: Option<String>,
    /// What its column means: backlog, todo, started, done or cancelled.
    #[schema(value_type = String, example = "todo")]
    status: Category,
    /// Its column.
    #[schema(value_type = uuid::Uuid)]
    status_id: StatusId,
    /// Its column's name.
    #[schema(example = "Next up")]
    status_name: String,
    /// Its place in the column: ranks compare as bytes.
    #[schema(value_type = String, example = "a2")]
    rank: Rank,
    /// none, low, medium, high or urgent.
    #[schema(value_type = String, example = "high")]
    priority: Priority,
    /// Story points.
    #[schema(value_type = Option<f64>, example = 2.5)]
    points: Option<Decimal>,
    #[schema(value_type = Option<u32>, example = 90)]
    estimate_minutes: Option<Minutes>,
    #[schema(value_type = Option<String>, format = Date)]
    start_date: Option<Date>,
    #[schema(value_type = Option<String>, format = Date, example = "2024-12-31")]
    due_date: Option<Date>,
    /// The first of the assignees.
    assignee: Option<Person>,
    assignees: Vec<Person>,
    labels: Vec<LabelView>,
    /// The task that it is part of.
    #[schema(value_type = Option<uuid::Uuid>)]
    parent_id: Option<TaskId>,
    checklist: Checklist,
    comment_count: u32,
    has_description: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    trashed_at: Option<Moment>,
    #[schema(value_type = uuid::Uuid)]
    created_by: UserId,
    #[schema(value_type = String, format = DateTime, example = "2024-01-15T10:30:00.000Z")]
    created_at: Moment,
    /// Goes up with every change of the task.
    version: u64,
}

impl TaskView {
    /// The view of a stored task.
    pub fn of(
        Stored {
            v: version,
            row: task,
        }: Stored<Task>,
        names: &Names,
    ) -> Self {
        let status = names.statuses.get(&task.status);
        let person = |id: &UserId| Person::of(*id, names.people.get(id));
        let label = |id: &LabelId| names.labels.get(id).cloned();
        Self {
            id: task.id,
            key: format!("{}-{}", names.project_key, task.number),
            number: task.number,
            project_id: task.project,
            title: task.title.into(),
            description: None,
            // A column is never deleted.
            status: status.map_or(Category::Todo, |status| status.category),
            status_id: task.status,
            status_name: status
                .map(|status| status.name.to_string())
                .unwrap_or_default(),
            rank: task.rank,
            priority: task.priority,
            points: task.points.map(Decimal),
            estimate_minutes: task.estimate,
            start_date: task.start_on,
            due_date: task.due_on,
            assignee: task.assignees.first().map(person),
            assignees: task.assignees.iter().map(person).collect(),
            // A label that was deleted no longer shows.
            labels: task.labels.iter().filter_map(label).collect(),
            parent_id: task.parent,
            checklist: Checklist {
                total: task.checklist_total,
                done: task.checklist_done,
            },
            comment_count: task.comment_count,
            has_description: task.has_description,
            completed_at: task.completed_at.map(Moment),
            archived_at: task.archived_at.map(Moment),
            trashed_at: task.trashed_at.map(Moment),
            created_by: task.created_by,
            created_at: task.created_at.into(),
            version,
        }
    }
}

/// What the ids in tasks of a project are called.
#[derive(Default)]
pub struct Names {
    project_key: String,
    /// Its columns.
    pub statuses: HashMap<StatusId, Status>,
    people: HashMap<UserId, Member>,
    labels: HashMap<LabelId, LabelView>,
}

impl Names {
    fn of(project: &Project) -> Self {
        Self {
            project_key: project.key.to_string(),
            ..Self::default()
        }
    }

    /// Everything that tasks of a project can name.
    pub async fn of_project(
        read: &mut Snapshot,
        ws: WorkspaceId,
        project: ProjectId,
    ) -> anyhow::Result<Option<(Self, Stored<Project>)>> {
        let Some(found) = projects::store::find(read.conn(), ws, project.uuid()).await? else {
            return Ok(None);
        };
        let mut names = Self::of(&found.row);
        for Stored { row, .. } in
            statuses::store::list_for_project(read.conn(), ws, project).await?
        {
            names.statuses.insert(row.id, row);
        }
        for Stored { row, .. } in labels::store::list_for_project(read.conn(), ws, project).await? {
            names.labels.insert(row.id, row.into());
        }
        for Stored { row, .. } in members::store::list(read.conn(), ws).await? {
            names.people.insert(row.id, row);
        }
        Ok(Some((names, found)))
    }

    /// What one task names.
    async fn of_task(read: &mut Read, ws: WorkspaceId, task: &Task) -> anyhow::Result<Self> {
        let project = projects::store::find(read.conn(), ws, task.project.uuid()).await?;
        let mut names = project
            .map(|found| Self::of(&found.row))
            .unwrap_or_default();
        let status = statuses::store::find(read.conn(), ws, task.status.uuid()).await?;
        names
            .statuses
            .extend(status.map(|found| (found.row.id, found.row)));
        for id in &task.assignees {
            let member = members::store::find(read.conn(), ws, id.uuid()).await?;
            names.people.extend(member.map(|found| (*id, found.row)));
        }
        for id in &task.labels {
            let label = labels::store::find(read.conn(), ws, id.uuid()).await?;
            names
                .labels
                .extend(label.map(|found| (*id, found.row.into())));
        }
        Ok(names)
    }
}

/// A task with its description.
pub async fn show(
    read: &mut Read,
    ws: WorkspaceId,
    stored: Stored<Task>,
) -> anyhow::Result<Shown<TaskView>> {
    let names = Names::of_task(read, ws, &stored.row).await?;
    let id = stored.row.id;
    let description = if stored.row.has_description {
        super::store::description_find(read.conn(), ws, id.uuid()).await?
    } else {
        None
    };
    let version = stored.v;
    let markdown = description.map(|found| found.row.markdown.to_string());
    let body = TaskView {
        description: Some(markdown.unwrap_or_default()),
        ..TaskView::of(stored, &names)
    };
    Ok(Shown { version, body })
}

/// The task with an id, which its asker sees.
pub async fn find(read: &mut Read, ws: WorkspaceId, id: TaskId) -> Result<Shown<TaskView>, Error> {
    let found = super::store::find(read.conn(), ws, id.uuid())
        .await?
        .ok_or(Code::NotFound)?;
    Ok(show(read, ws, found).await?)
}
