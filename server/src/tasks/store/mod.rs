//! All SQL of tasks.

pub mod former;
pub mod pages;

use crate::access::Homes;
use crate::db::{Conn, many};
use crate::on_engine;
use crate::sync::columns::{
    Stored, date, day, minutes, optional, points, small, text, version, word,
};
use crate::sync::store::signed;
use shared::ids::{LabelId, ProjectId, TaskId, UserId, WorkspaceId};
use shared::tasks::{Description, Priority, Task};
use shared::values::{Rank, Time};
use sqlx::types::Json;
use sqlx::{query, query_as, query_scalar};
use std::sync::Arc;
use uuid::Uuid;

const FIND: &str = "
    select id, v, project_id, number, title, status_id, rank, priority, points, estimate,
         start_on, due_on, assignees, labels, parent_id, checklist_total, checklist_done,
         comment_count, has_description, completed_at, archived_at, trashed_at, created_by,
         created_at
      from tasks
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into tasks (
        workspace_id, id, v, project_id, number, title, status_id, rank, priority, points,
    estimate, start_on, due_on, assignees, labels, parent_id, checklist_total,
    checklist_done, comment_count, has_description, completed_at, archived_at, trashed_at,
    created_by, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
        $19, $20, $21, $22, $23, $24, $25)
    on conflict (workspace_id, id) do update
    set v = excluded.v, project_id = excluded.project_id, number = excluded.number,
        title = excluded.title, status_id = excluded.status_id, rank = excluded.rank,
        priority = excluded.priority, points = excluded.points,
        estimate = excluded.estimate, start_on = excluded.start_on,
        due_on = excluded.due_on, assignees = excluded.assignees, labels = excluded.labels,
        parent_id = excluded.parent_id, checklist_total = excluded.checklist_total,
        checklist_done = excluded.checklist_done, comment_count = excluded.comment_count,
        has_description = excluded.has_description, completed_at = excluded.completed_at,
        archived_at = excluded.archived_at, trashed_at = excluded.trashed_at,
        created_by = excluded.created_by, created_at = excluded.created_at";

const DELETE: &str = "delete from tasks where workspace_id = $1 and id = $2";

/// Served by `former_numbers_task_idx`.
const DELETE_FORMER: &str = "delete from former_numbers where workspace_id = $1 and task_id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    project_id: Uuid,
    number: i64,
    title: String,
    status_id: Uuid,
    rank: String,
    priority: String,
    points: Option<i64>,
    estimate: Option<i64>,
    start_on: Option<i64>,
    due_on: Option<i64>,
    assignees: Json<Vec<UserId>>,
    labels: Json<Vec<LabelId>>,
    parent_id: Option<Uuid>,
    checklist_total: i64,
    checklist_done: i64,
    comment_count: i64,
    has_description: bool,
    completed_at: Option<i64>,
    archived_at: Option<i64>,
    trashed_at: Option<i64>,
    created_by: Uuid,
    created_at: i64,
}

fn row(r: Record) -> anyhow::Result<Stored<Task>> {
    let row = Task {
        id: r.id.into(),
        project: r.project_id.into(),
        number: small(r.number)?,
        title: text(r.title)?,
        status: r.status_id.into(),
        rank: Rank::from_stored(r.rank),
        priority: word(&r.priority, Priority::parse)?,
        points: optional(r.points, points)?,
        estimate: optional(r.estimate, minutes)?,
        start_on: optional(r.start_on, date)?,
        due_on: optional(r.due_on, date)?,
        assignees: r.assignees.0,
        labels: r.labels.0,
        parent: r.parent_id.map(TaskId::from),
        checklist_total: small(r.checklist_total)?,
        checklist_done: small(r.checklist_done)?,
        comment_count: small(r.comment_count)?,
        has_description: r.has_description,
        completed_at: r.completed_at.map(Time),
        archived_at: r.archived_at.map(Time),
        trashed_at: r.trashed_at.map(Time),
        created_by: r.created_by.into(),
        created_at: Time(r.created_at),
    };
    Ok(Stored {
        v: version(r.v)?,
        row,
    })
}

/// The row with that id.
pub async fn find(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    id: Uuid,
) -> anyhow::Result<Option<Stored<Task>>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND)
            .bind(workspace.uuid())
            .bind(id)
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// Writes rows, each as of a change, as many as one run holds. None occurs twice.
pub async fn upsert(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    run: &[(i64, Arc<Task>)],
) -> sqlx::Result<()> {
    let sql = many::insert(UPSERT, run.len());
    on_engine!(conn, |c| {
        let mut statement = query(sql);
        for (v, row) in run {
            statement = statement
                .bind(workspace.uuid())
                .bind(row.id.uuid())
                .bind(*v)
                .bind(row.project.uuid())
                .bind(i64::from(row.number))
                .bind(row.title.as_str())
                .bind(row.status.uuid())
                .bind(row.rank.as_str())
                .bind(row.priority.as_str())
                .bind(row.points.map(|p| i64::from(p.hundredths())))
                .bind(row.estimate.map(|m| i64::from(m.get())))
                .bind(row.start_on.map(day))
                .bind(row.due_on.map(day))
                .bind(Json(&row.assignees))
                .bind(Json(&row.labels))
                .bind(row.parent.map(TaskId::uuid))
                .bind(i64::from(row.checklist_total))
                .bind(i64::from(row.checklist_done))
                .bind(i64::from(row.comment_count))
                .bind(row.has_description)
                .bind(row.completed_at.map(|t| t.0))
                .bind(row.archived_at.map(|t| t.0))
                .bind(row.trashed_at.map(|t| t.0))
                .bind(row.created_by.uuid())
                .bind(row.created_at.0);
        }
        statement.execute(c).await?;
    });
    Ok(())
}

/// Deletes the row, and the numbers that it once had.
pub async fn delete(conn: Conn<'_>, workspace: WorkspaceId, id: Uuid) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_FORMER)
            .bind(workspace.uuid())
            .bind(id)
            .execute(&mut *c)
            .await?;
        query(DELETE)
            .bind(workspace.uuid())
            .bind(id)
            .execute(c)
            .await?;
    });
    Ok(())
}

const LIST_CHANGED: &str = "
    select id, v, project_id, number, title, status_id, rank, priority, points, estimate,
         start_on, due_on, assignees, labels, parent_id, checklist_total, checklist_done,
         comment_count, has_description, completed_at, archived_at, trashed_at, created_by,
         created_at
      from tasks
     where workspace_id = $1 and project_id = $2 and v > $3";

/// The tasks of a project that were changed after a number, archived and trashed ones too.
pub async fn list_changed(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
    after: u64,
) -> anyhow::Result<Vec<Stored<Task>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_CHANGED)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .bind(signed(after))
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

const LIST_FOR_PROJECT: &str = "
    select id, v, project_id, number, title, status_id, rank, priority, points, estimate,
         start_on, due_on, assignees, labels, parent_id, checklist_total, checklist_done,
         comment_count, has_description, completed_at, archived_at, trashed_at, created_by,
         created_at
      from tasks
     where workspace_id = $1 and project_id = $2
     order by number";

/// The tasks of a project, archived and trashed ones too.
pub async fn list_for_project(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
) -> anyhow::Result<Vec<Stored<Task>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_FOR_PROJECT)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

/// Served by `tasks_parent_idx`.
const LIST_BELOW: &str = "
    select id, v, project_id, number, title, status_id, rank, priority, points, estimate,
         start_on, due_on, assignees, labels, parent_id, checklist_total, checklist_done,
         comment_count, has_description, completed_at, archived_at, trashed_at, created_by,
         created_at
      from tasks
     where workspace_id = $1 and parent_id = $2
     order by id";

/// The tasks right below a task, archived and trashed ones too.
pub async fn list_below(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    parent: TaskId,
) -> anyhow::Result<Vec<Stored<Task>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_BELOW)
            .bind(workspace.uuid())
            .bind(parent.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

const LIST_ASSIGNED_TO: &str = "
    select id, v, project_id, number, title, status_id, rank, priority, points, estimate,
         start_on, due_on, assignees, labels, parent_id, checklist_total, checklist_done,
         comment_count, has_description, completed_at, archived_at, trashed_at, created_by,
         created_at
      from tasks
     where workspace_id = $1 and cast(assignees as text) like $2
     order by id";

/// Somebody's tasks in all projects, archived and trashed ones too.
pub async fn list_assigned_to(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    user: UserId,
) -> anyhow::Result<Vec<Stored<Task>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_ASSIGNED_TO)
            .bind(workspace.uuid())
            .bind(format!("%{user}%"))
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

const COUNT_FOR_PROJECT: &str = "
    select count(*) from tasks where workspace_id = $1 and project_id = $2";

/// How many tasks a project has, archived and trashed ones too.
pub async fn count_for_project(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
) -> sqlx::Result<i64> {
    on_engine!(conn, |c| {
        query_scalar(COUNT_FOR_PROJECT)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .fetch_one(c)
            .await
    })
}

const LIST_FIRST: &str = "
    select id, v, project_id, number, title, status_id, rank, priority, points, estimate,
         start_on, due_on, assignees, labels, parent_id, checklist_total, checklist_done,
         comment_count, has_description, completed_at, archived_at, trashed_at, created_by,
         created_at
      from (select tasks.*,
                   row_number() over (partition by status_id order by rank, id) as place
              from tasks
             where workspace_id = $1 and project_id = $2
               and archived_at is null and trashed_at is null) as ranked
     where place <= $3
     order by status_id, rank, id";

/// The first live tasks of each column of a project.
pub async fn list_first(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
    count: i64,
) -> anyhow::Result<Vec<Stored<Task>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_FIRST)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .bind(count)
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

const LIVE_TOTALS: &str = "
    select status_id, count(*)
      from tasks
     where workspace_id = $1 and project_id = $2
       and archived_at is null and trashed_at is null
     group by status_id";

/// How many live tasks each column of a project has.
pub async fn live_totals(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
) -> sqlx::Result<Vec<(Uuid, i64)>> {
    on_engine!(conn, |c| {
        query_as(LIVE_TOTALS)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .fetch_all(c)
            .await
    })
}

const FIND_BY_NUMBER: &str = "
    select id, v, project_id, number, title, status_id, rank, priority, points, estimate,
         start_on, due_on, assignees, labels, parent_id, checklist_total, checklist_done,
         comment_count, has_description, completed_at, archived_at, trashed_at, created_by,
         created_at
      from tasks
     where workspace_id = $1 and project_id = $2 and number = $3
     order by id
     limit 1";

/// The task with that number in a project.
pub async fn find_by_number(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
    number: u32,
) -> anyhow::Result<Option<Stored<Task>>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND_BY_NUMBER)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .bind(i64::from(number))
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

const DESCRIPTION_FIND: &str = "
    select id, v, project_id, markdown
      from descriptions
     where workspace_id = $1 and id = $2";

const DESCRIPTION_UPSERT: &str = "
    insert into descriptions (
        workspace_id, id, v, project_id, markdown)
    values ($1, $2, $3, $4, $5)
    on conflict (workspace_id, id) do update
    set v = excluded.v, project_id = excluded.project_id, markdown = excluded.markdown";

const DESCRIPTION_DELETE: &str = "delete from descriptions where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct DescriptionRecord {
    id: Uuid,
    v: i64,
    project_id: Uuid,
    markdown: String,
}

fn description_row(r: DescriptionRecord) -> anyhow::Result<Stored<Description>> {
    let row = Description {
        id: r.id.into(),
        project: r.project_id.into(),
        markdown: text(r.markdown)?,
    };
    Ok(Stored {
        v: version(r.v)?,
        row,
    })
}

/// The row with that id.
pub async fn description_find(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    id: Uuid,
) -> anyhow::Result<Option<Stored<Description>>> {
    let found: Option<DescriptionRecord> = on_engine!(conn, |c| {
        query_as(DESCRIPTION_FIND)
            .bind(workspace.uuid())
            .bind(id)
            .fetch_optional(c)
            .await?
    });
    found.map(description_row).transpose()
}

/// Writes the row as of change `v`.
pub async fn description_upsert(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    v: i64,
    row: &Description,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DESCRIPTION_UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.project.uuid())
            .bind(row.markdown.as_str())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes the row.
pub async fn description_delete(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    id: Uuid,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DESCRIPTION_DELETE)
            .bind(workspace.uuid())
            .bind(id)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Served by `members_id_idx` and `tasks_pkey`.
const LIST_HOMES: &str = "
    select t.workspace_id, t.project_id
      from members m
      join tasks t on t.workspace_id = m.workspace_id and t.id = $2
     where m.id = $1 and m.active
     order by t.workspace_id
     limit 8";

/// In which of somebody's workspaces, and in which project there, something has that id.
pub async fn list_homes(conn: Conn<'_>, user: UserId, id: TaskId) -> sqlx::Result<Homes> {
    on_engine!(conn, |c| {
        query_as(LIST_HOMES)
            .bind(user.uuid())
            .bind(id.uuid())
            .fetch_all(c)
            .await
    })
}
