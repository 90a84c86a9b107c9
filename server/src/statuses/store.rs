//! All SQL of statuses.

use crate::access::Homes;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, optional, small, text, version, word};
use shared::ids::{ProjectId, StatusId, UserId, WorkspaceId};
use shared::statuses::{Category, Status};
use shared::values::{Color, Rank, Time};
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, project_id, name, category, color, rank, wip_limit, archived_at
      from statuses
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into statuses (
        workspace_id, id, v, project_id, name, category, color, rank, wip_limit, archived_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict (workspace_id, id) do update
    set v = excluded.v, project_id = excluded.project_id, name = excluded.name,
        category = excluded.category, color = excluded.color, rank = excluded.rank,
        wip_limit = excluded.wip_limit, archived_at = excluded.archived_at";

const DELETE: &str = "delete from statuses where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    project_id: Uuid,
    name: String,
    category: String,
    color: String,
    rank: String,
    wip_limit: Option<i64>,
    archived_at: Option<i64>,
}

fn row(r: Record) -> anyhow::Result<Stored<Status>> {
    let row = Status {
        id: r.id.into(),
        project: r.project_id.into(),
        name: text(r.name)?,
        category: word(&r.category, Category::parse)?,
        color: word(&r.color, Color::parse)?,
        rank: Rank::from_stored(r.rank),
        wip_limit: optional(r.wip_limit, small)?,
        archived_at: r.archived_at.map(Time),
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
) -> anyhow::Result<Option<Stored<Status>>> {
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
    row: &Status,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.project.uuid())
            .bind(row.name.as_str())
            .bind(row.category.as_str())
            .bind(row.color.as_str())
            .bind(row.rank.as_str())
            .bind(row.wip_limit.map(i64::from))
            .bind(row.archived_at.map(|t| t.0))
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
    select id, v, project_id, name, category, color, rank, wip_limit, archived_at
      from statuses
     where workspace_id = $1
     order by project_id, rank, id";

/// Every column of the workspace.
pub async fn list(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<Vec<Stored<Status>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST).bind(workspace.uuid()).fetch_all(c).await?
    });
    rows.into_iter().map(row).collect()
}

/// Served by `members_id_idx` and `statuses_pkey`.
const LIST_HOMES: &str = "
    select t.workspace_id, t.project_id
      from members m
      join statuses t on t.workspace_id = m.workspace_id and t.id = $2
     where m.id = $1 and m.active
     order by t.workspace_id
     limit 8";

/// In which of somebody's workspaces, and in which project there, something has that id.
pub async fn list_homes(conn: Conn<'_>, user: UserId, id: StatusId) -> sqlx::Result<Homes> {
    on_engine!(conn, |c| {
        query_as(LIST_HOMES)
            .bind(user.uuid())
            .bind(id.uuid())
            .fetch_all(c)
            .await
    })
}

const LIST_FOR_PROJECT: &str = "
    select id, v, project_id, name, category, color, rank, wip_limit, archived_at
      from statuses
     where workspace_id = $1 and project_id = $2
     order by rank, id";

/// The columns of a project, archived ones too, in order.
pub async fn list_for_project(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
) -> anyhow::Result<Vec<Stored<Status>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_FOR_PROJECT)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}
