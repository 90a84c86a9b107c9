//! All SQL of imports.

use crate::access::Homes;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, small, text, version, word};
use shared::ids::{ImportId, UserId, WorkspaceId};
use shared::imports::{Import, Source};
use shared::values::Time;
use sqlx::types::Json;
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, project_id, source, name, placeholders, task_count, created_by, created_at,
         undone_at
      from imports
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into imports (
        workspace_id, id, v, project_id, source, name, placeholders, task_count, created_by,
    created_at, undone_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict (workspace_id, id) do update
    set v = excluded.v, project_id = excluded.project_id, source = excluded.source,
        name = excluded.name, placeholders = excluded.placeholders,
        task_count = excluded.task_count, created_by = excluded.created_by,
        created_at = excluded.created_at, undone_at = excluded.undone_at";

const DELETE: &str = "delete from imports where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    project_id: Uuid,
    source: String,
    name: String,
    placeholders: Json<Vec<UserId>>,
    task_count: i64,
    created_by: Uuid,
    created_at: i64,
    undone_at: Option<i64>,
}

fn row(r: Record) -> anyhow::Result<Stored<Import>> {
    let row = Import {
        id: r.id.into(),
        project: r.project_id.into(),
        source: word(&r.source, Source::parse)?,
        name: text(r.name)?,
        placeholders: r.placeholders.0,
        task_count: small(r.task_count)?,
        created_by: r.created_by.into(),
        created_at: Time(r.created_at),
        undone_at: r.undone_at.map(Time),
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
) -> anyhow::Result<Option<Stored<Import>>> {
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
    row: &Import,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.project.uuid())
            .bind(row.source.as_str())
            .bind(row.name.as_str())
            .bind(Json(&row.placeholders))
            .bind(i64::from(row.task_count))
            .bind(row.created_by.uuid())
            .bind(row.created_at.0)
            .bind(row.undone_at.map(|t| t.0))
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

const LIST: &str = "
    select id, v, project_id, source, name, placeholders, task_count, created_by, created_at,
         undone_at
      from imports
     where workspace_id = $1
     order by id";

/// Every import of the workspace.
pub async fn list(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<Vec<Stored<Import>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST).bind(workspace.uuid()).fetch_all(c).await?
    });
    rows.into_iter().map(row).collect()
}

/// Served by `members_id_idx` and `imports_pkey`.
const LIST_HOMES: &str = "
    select t.workspace_id, t.project_id
      from members m
      join imports t on t.workspace_id = m.workspace_id and t.id = $2
     where m.id = $1 and m.active
     order by t.workspace_id
     limit 8";

/// In which of somebody's workspaces, and in which project there, something has that id.
pub async fn list_homes(conn: Conn<'_>, user: UserId, id: ImportId) -> sqlx::Result<Homes> {
    on_engine!(conn, |c| {
        query_as(LIST_HOMES)
            .bind(user.uuid())
            .bind(id.uuid())
            .fetch_all(c)
            .await
    })
}
