//! All SQL of attachments.

use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, text, version};
use shared::attachments::Attachment;
use shared::ids::{TaskId, WorkspaceId};
use shared::values::Time;
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, task_id, project_id, title, url, added_by, added_at
      from attachments
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into attachments (
        workspace_id, id, v, task_id, project_id, title, url, added_by, added_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (workspace_id, id) do update
    set v = excluded.v, task_id = excluded.task_id, project_id = excluded.project_id,
        title = excluded.title, url = excluded.url, added_by = excluded.added_by,
        added_at = excluded.added_at";

const DELETE: &str = "delete from attachments where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    task_id: Uuid,
    project_id: Uuid,
    title: String,
    url: String,
    added_by: Uuid,
    added_at: i64,
}

fn row(r: Record) -> anyhow::Result<Stored<Attachment>> {
    let row = Attachment {
        id: r.id.into(),
        task: r.task_id.into(),
        project: r.project_id.into(),
        title: text(r.title)?,
        url: text(r.url)?,
        added_by: r.added_by.into(),
        added_at: Time(r.added_at),
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
) -> anyhow::Result<Option<Stored<Attachment>>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND)
            .bind(workspace.uuid())
            .bind(id)
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// Writes the row as of change `v`.
pub async fn upsert(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    v: i64,
    row: &Attachment,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.task.uuid())
            .bind(row.project.uuid())
            .bind(row.title.as_str())
            .bind(row.url.as_str())
            .bind(row.added_by.uuid())
            .bind(row.added_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes the row.
pub async fn delete(conn: Conn<'_>, workspace: WorkspaceId, id: Uuid) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE)
            .bind(workspace.uuid())
            .bind(id)
            .execute(c)
            .await?;
    });
    Ok(())
}

const LIST_FOR_TASK: &str = "
    select id, v, task_id, project_id, title, url, added_by, added_at
      from attachments
     where workspace_id = $1 and task_id = $2
     order by added_at, id";

/// A task's attachments, oldest first.
pub async fn list_for_task(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    task: TaskId,
) -> anyhow::Result<Vec<Stored<Attachment>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_FOR_TASK)
            .bind(workspace.uuid())
            .bind(task.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}
