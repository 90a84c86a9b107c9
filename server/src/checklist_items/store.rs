//! All SQL of checklist items.

use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, optional, text, version};
use shared::checklist_items::ChecklistItem;
use shared::ids::{TaskId, WorkspaceId};
use shared::values::{Name, Rank};
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, task_id, project_id, text, done, rank, heading
      from checklist_items
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into checklist_items (
        workspace_id, id, v, task_id, project_id, text, done, rank, heading)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (workspace_id, id) do update
    set v = excluded.v, task_id = excluded.task_id, project_id = excluded.project_id,
        text = excluded.text, done = excluded.done, rank = excluded.rank,
        heading = excluded.heading";

const DELETE: &str = "delete from checklist_items where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    task_id: Uuid,
    project_id: Uuid,
    text: String,
    done: bool,
    rank: String,
    heading: Option<String>,
}

fn row(r: Record) -> anyhow::Result<Stored<ChecklistItem>> {
    let row = ChecklistItem {
        id: r.id.into(),
        task: r.task_id.into(),
        project: r.project_id.into(),
        text: text(r.text)?,
        done: r.done,
        rank: Rank::from_stored(r.rank),
        heading: optional(r.heading, text)?,
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
) -> anyhow::Result<Option<Stored<ChecklistItem>>> {
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
    row: &ChecklistItem,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.task.uuid())
            .bind(row.project.uuid())
            .bind(row.text.as_str())
            .bind(row.done)
            .bind(row.rank.as_str())
            .bind(row.heading.as_ref().map(Name::as_str))
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
    select id, v, task_id, project_id, text, done, rank, heading
      from checklist_items
     where workspace_id = $1 and task_id = $2
     order by rank, id";

/// A task's checklist, in order.
pub async fn list_for_task(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    task: TaskId,
) -> anyhow::Result<Vec<Stored<ChecklistItem>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_FOR_TASK)
            .bind(workspace.uuid())
            .bind(task.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}
