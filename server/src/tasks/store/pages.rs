//! Pages of a project's tasks, narrowed and ordered.

use super::{Record, row};
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::Stored;
use shared::ids::{LabelId, ProjectId, StatusId, UserId, WorkspaceId};
use shared::statuses::Category;
use shared::tasks::{Priority, Task};
use shared::values::Rank;
use sqlx::query_as;
use uuid::Uuid;

/// What the database narrows a list to; nothing lets everything through.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// In this column.
    pub status: Option<StatusId>,
    /// In a column that means this.
    pub category: Option<Category>,
    /// Archived ones, or the others.
    pub archived: Option<bool>,
    /// In the trash, or not.
    pub trashed: bool,
    /// Somebody's.
    pub assignee: Option<UserId>,
    /// With this label.
    pub label: Option<LabelId>,
    /// As urgent as this.
    pub priority: Option<Priority>,
}

/// The order of a list and a place in it, after which a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// By number.
    Number(i64, Uuid),
    /// By number, the highest first.
    NumberDown(i64, Uuid),
    /// By change, the latest first.
    Updated(i64, Uuid),
    /// As on the board: column by column.
    Rank {
        /// The column's place.
        status: (Rank, Uuid),
        /// The task's place in it.
        task: (Rank, Uuid),
    },
}

/// Served by `tasks_project_number_idx`.
const BY_NUMBER: &str = "
    select t.id, t.v, t.project_id, t.number, t.title, t.status_id, t.rank, t.priority, t.points,
           t.estimate, t.start_on, t.due_on, t.assignees, t.labels, t.parent_id,
           t.checklist_total, t.checklist_done, t.comment_count, t.has_description,
           t.completed_at, t.archived_at, t.trashed_at, t.created_by, t.created_at
      from tasks t
     where t.workspace_id = $1 and t.project_id = $2
       and (t.status_id = $3 or $3 is null)
       and (t.status_id in (select s.id from statuses s
                             where s.workspace_id = $1 and s.project_id = $2 and s.category = $4)
            or $4 is null)
       and ((t.archived_at is not null) = $5 or $5 is null)
       and (t.trashed_at is not null) = $6
       and (cast(t.assignees as text) like $7 or $7 is null)
       and (cast(t.labels as text) like $8 or $8 is null)
       and (t.priority = $9 or $9 is null)
       and (t.number, t.id) > ($11, $12)
     order by t.number, t.id
     limit $10";

/// Served by `tasks_project_number_idx`.
const BY_NUMBER_DOWN: &str = "
    select t.id, t.v, t.project_id, t.number, t.title, t.status_id, t.rank, t.priority, t.points,
           t.estimate, t.start_on, t.due_on, t.assignees, t.labels, t.parent_id,
           t.checklist_total, t.checklist_done, t.comment_count, t.has_description,
           t.completed_at, t.archived_at, t.trashed_at, t.created_by, t.created_at
      from tasks t
     where t.workspace_id = $1 and t.project_id = $2
       and (t.status_id = $3 or $3 is null)
       and (t.status_id in (select s.id from statuses s
                             where s.workspace_id = $1 and s.project_id = $2 and s.category = $4)
            or $4 is null)
       and ((t.archived_at is not null) = $5 or $5 is null)
       and (t.trashed_at is not null) = $6
       and (cast(t.assignees as text) like $7 or $7 is null)
       and (cast(t.labels as text) like $8 or $8 is null)
       and (t.priority = $9 or $9 is null)
       and (t.number, t.id) < ($11, $12)
     order by t.number desc, t.id desc
     limit $10";

const BY_CHANGE: &str = "
    select t.id, t.v, t.project_id, t.number, t.title, t.status_id, t.rank, t.priority, t.points,
           t.estimate, t.start_on, t.due_on, t.assignees, t.labels, t.parent_id,
           t.checklist_total, t.checklist_done, t.comment_count, t.has_description,
           t.completed_at, t.archived_at, t.trashed_at, t.created_by, t.created_at
      from tasks t
     where t.workspace_id = $1 and t.project_id = $2
       and (t.status_id = $3 or $3 is null)
       and (t.status_id in (select s.id from statuses s
                             where s.workspace_id = $1 and s.project_id = $2 and s.category = $4)
            or $4 is null)
       and ((t.archived_at is not null) = $5 or $5 is null)
       and (t.trashed_at is not null) = $6
       and (cast(t.assignees as text) like $7 or $7 is null)
       and (cast(t.labels as text) like $8 or $8 is null)
       and (t.priority = $9 or $9 is null)
       and (t.v, t.id) < ($11, $12)
     order by t.v desc, t.id desc
     limit $10";

const BY_RANK: &str = "
    select t.id, t.v, t.project_id, t.number, t.title, t.status_id, t.rank, t.priority, t.points,
           t.estimate, t.start_on, t.due_on, t.assignees, t.labels, t.parent_id,
           t.checklist_total, t.checklist_done, t.comment_count, t.has_description,
           t.completed_at, t.archived_at, t.trashed_at, t.created_by, t.created_at
      from tasks t
      join statuses o on o.workspace_id = t.workspace_id and o.id = t.status_id
     where t.workspace_id = $1 and t.project_id = $2
       and (t.status_id = $3 or $3 is null)
       and (t.status_id in (select s.id from statuses s
                             where s.workspace_id = $1 and s.project_id = $2 and s.category = $4)
            or $4 is null)
       and ((t.archived_at is not null) = $5 or $5 is null)
       and (t.trashed_at is not null) = $6
       and (cast(t.assignees as text) like $7 or $7 is null)
       and (cast(t.labels as text) like $8 or $8 is null)
       and (t.priority = $9 or $9 is null)
       and (o.rank, o.id, t.rank, t.id) > ($11, $12, $13, $14)
     order by o.rank, o.id, t.rank, t.id
     limit $10";

/// A project's tasks after a place, at most so many.
pub async fn list_after(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
    narrowed: &Narrowed,
    after: &After,
    limit: i64,
) -> anyhow::Result<Vec<Stored<Task>>> {
    let sql = match after {
        After::Number(..) => BY_NUMBER,
        After::NumberDown(..) => BY_NUMBER_DOWN,
        After::Updated(..) => BY_CHANGE,
        After::Rank { .. } => BY_RANK,
    };
    // Ids are written in one way alone, so one that occurs in the list's text is in the list.
    let holds = |id: Uuid| format!("%{id}%");
    let rows: Vec<Record> = on_engine!(conn, |c| {
        let query = query_as(sql)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .bind(narrowed.status.map(StatusId::uuid))
            .bind(narrowed.category.map(Category::as_str))
            .bind(narrowed.archived)
            .bind(narrowed.trashed)
            .bind(narrowed.assignee.map(|id| holds(id.uuid())))
            .bind(narrowed.label.map(|id| holds(id.uuid())))
            .bind(narrowed.priority.map(Priority::as_str))
            .bind(limit);
        let query = match after {
            After::Number(key, id) | After::NumberDown(key, id) | After::Updated(key, id) => {
                query.bind(*key).bind(*id)
            }
            After::Rank { status, task } => {
                let query = query.bind(status.0.as_str()).bind(status.1);
                query.bind(task.0.as_str()).bind(task.1)
            }
        };
        query.fetch_all(c).await?
    });
    rows.into_iter().map(row).collect()
}
