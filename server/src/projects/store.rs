//! All SQL of projects.

use crate::access::Homes;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, date, day, optional, small, text, version, word};
use shared::ids::{ProjectId, UserId, WorkspaceId};
use shared::projects::{Project, Visibility};
use shared::values::{Color, Time};
use sqlx::types::Json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const FIND: &str = "
    select id, v, key, name, color, visibility, lead, members, start_on, due_on, next_number,
         archived_at, trashed_at, created_by, created_at
      from projects
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into projects (
        workspace_id, id, v, key, name, color, visibility, lead, members, start_on, due_on,
    next_number, archived_at, trashed_at, created_by, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    on conflict (workspace_id, id) do update
    set v = excluded.v, key = excluded.key, name = excluded.name, color = excluded.color,
        visibility = excluded.visibility, lead = excluded.lead, members = excluded.members,
        start_on = excluded.start_on, due_on = excluded.due_on,
        next_number = excluded.next_number, archived_at = excluded.archived_at,
        trashed_at = excluded.trashed_at, created_by = excluded.created_by,
        created_at = excluded.created_at";

const DELETE: &str = "delete from projects where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    key: String,
    name: String,
    color: String,
    visibility: String,
    lead: Option<Uuid>,
    members: Json<Vec<UserId>>,
    start_on: Option<i64>,
    due_on: Option<i64>,
    next_number: i64,
    archived_at: Option<i64>,
    trashed_at: Option<i64>,
    created_by: Uuid,
    created_at: i64,
}

fn row(r: Record) -> anyhow::Result<Stored<Project>> {
    let row = Project {
        id: r.id.into(),
        key: text(r.key)?,
        name: text(r.name)?,
        color: word(&r.color, Color::parse)?,
        visibility: word(&r.visibility, Visibility::parse)?,
        lead: r.lead.map(UserId::from),
        members: r.members.0,
        start_on: optional(r.start_on, date)?,
        due_on: optional(r.due_on, date)?,
        next_number: small(r.next_number)?,
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
) -> anyhow::Result<Option<Stored<Project>>> {
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
    row: &Project,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.key.as_str())
            .bind(row.name.as_str())
            .bind(row.color.as_str())
            .bind(row.visibility.as_str())
            .bind(row.lead.map(UserId::uuid))
            .bind(Json(&row.members))
            .bind(row.start_on.map(day))
            .bind(row.due_on.map(day))
            .bind(i64::from(row.next_number))
            .bind(row.archived_at.map(|t| t.0))
            .bind(row.trashed_at.map(|t| t.0))
            .bind(row.created_by.uuid())
            .bind(row.created_at.0)
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
    select id, v, key, name, color, visibility, lead, members, start_on, due_on, next_number,
         archived_at, trashed_at, created_by, created_at
      from projects
     where workspace_id = $1
     order by id";

/// Every project of the workspace: whoever asks filters by who may see it.
pub async fn list(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<Vec<Stored<Project>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST).bind(workspace.uuid()).fetch_all(c).await?
    });
    rows.into_iter().map(row).collect()
}

/// Served by `members_id_idx` and `projects_pkey`.
const LIST_HOMES: &str = "
    select t.workspace_id, t.id
      from members m
      join projects t on t.workspace_id = m.workspace_id and t.id = $2
     where m.id = $1 and m.active
     order by t.workspace_id
     limit 8";

/// In which of somebody's workspaces, and in which project there, something has that id.
pub async fn list_homes(conn: Conn<'_>, user: UserId, id: ProjectId) -> sqlx::Result<Homes> {
    on_engine!(conn, |c| {
        query_as(LIST_HOMES)
            .bind(user.uuid())
            .bind(id.uuid())
            .fetch_all(c)
            .await
    })
}

/// Served by `members_id_idx` and `projects_key_key`.
const LIST_LIVE_IDS: &str = "
    select p.id
      from members m
      join projects p on p.workspace_id = m.workspace_id
     where m.id = $1 and m.active and (p.key = $2 or $2 is null)
       and p.archived_at is null and p.trashed_at is null
     order by p.workspace_id, p.id
     limit 100";

/// The projects with a key, or all, in somebody's workspaces: whoever asks filters by who may see them.
pub async fn list_live_ids(
    conn: Conn<'_>,
    user: UserId,
    key: Option<&str>,
) -> sqlx::Result<Vec<ProjectId>> {
    let ids: Vec<Uuid> = on_engine!(conn, |c| {
        query_scalar(LIST_LIVE_IDS)
            .bind(user.uuid())
            .bind(key)
            .fetch_all(c)
            .await?
    });
    Ok(ids.into_iter().map(ProjectId::from).collect())
}
