//! All SQL of workspaces.

use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, text, version, word};
use shared::access::Role;
use shared::ids::{UserId, WorkspaceId};
use shared::values::Time;
use shared::workspaces::Workspace;
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, name, slug, created_at
      from workspaces
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into workspaces (
        workspace_id, id, v, name, slug, created_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (workspace_id, id) do update
    set v = excluded.v, name = excluded.name, slug = excluded.slug,
        created_at = excluded.created_at";

const DELETE: &str = "delete from workspaces where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    name: String,
    slug: String,
    created_at: i64,
}

fn row(r: Record) -> anyhow::Result<Stored<Workspace>> {
    let row = Workspace {
        id: r.id.into(),
        name: text(r.name)?,
        slug: text(r.slug)?,
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
) -> anyhow::Result<Option<Stored<Workspace>>> {
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
    row: &Workspace,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.name.as_str())
            .bind(row.slug.as_str())
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

/// Served by `members_id_idx`.
const LIST_FOR_MEMBER: &str = "
    select w.name, w.slug
      from members m
      join workspaces w on w.workspace_id = m.workspace_id and w.id = m.workspace_id
     where m.id = $1 and m.active
     order by w.name, w.slug
     limit 500";

/// Name and address of the workspaces that somebody is in, by name.
pub async fn list_for_member(conn: Conn<'_>, user: UserId) -> sqlx::Result<Vec<(String, String)>> {
    on_engine!(conn, |c| query_as(LIST_FOR_MEMBER)
        .bind(user.uuid())
        .fetch_all(c)
        .await)
}

/// Served by `members_id_idx`.
const LIST_MEMBERSHIPS: &str = "
    select w.id, w.v, w.name, w.slug, w.created_at, m.role
      from members m
      join workspaces w on w.workspace_id = m.workspace_id and w.id = m.workspace_id
     where m.id = $1 and m.active and not m.placeholder
     order by w.slug
     limit 500";

#[derive(sqlx::FromRow)]
struct MembershipRecord {
    #[sqlx(flatten)]
    workspace: Record,
    role: String,
}

/// The workspaces that somebody is in, and as what.
pub async fn list_memberships(
    conn: Conn<'_>,
    user: UserId,
) -> anyhow::Result<Vec<(Stored<Workspace>, Role)>> {
    let rows: Vec<MembershipRecord> = on_engine!(conn, |c| {
        query_as(LIST_MEMBERSHIPS)
            .bind(user.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter()
        .map(|r| Ok((row(r.workspace)?, word(&r.role, Role::parse)?)))
        .collect()
}
