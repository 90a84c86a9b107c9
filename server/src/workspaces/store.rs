//! All SQL of workspaces.

use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, optional, text, version, word};
use shared::access::Role;
use shared::ids::{UserId, WorkspaceId};
use shared::values::{Name, Time};
use shared::workspaces::Workspace;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const FIND: &str = "
    select id, v, name, slug, created_at, plan, deleted_at, two_step_required
      from workspaces
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into workspaces (
        workspace_id, id, v, name, slug, created_at, plan, deleted_at, two_step_required)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (workspace_id, id) do update
    set v = excluded.v, name = excluded.name, slug = excluded.slug,
        created_at = excluded.created_at, plan = excluded.plan,
        deleted_at = excluded.deleted_at, two_step_required = excluded.two_step_required";

/// A unique violation means that the address is, or was, another workspace's.
const INSERT_SLUG: &str = "
    insert into workspace_slugs (slug, workspace_id)
    select $1, $2
     where not exists (
           select 1 from workspace_slugs where slug = $1 and workspace_id = $2)";

const DELETE: &str = "delete from workspaces where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    name: String,
    slug: String,
    created_at: i64,
    plan: Option<String>,
    deleted_at: Option<i64>,
    two_step_required: bool,
}

fn row(r: Record) -> anyhow::Result<Stored<Workspace>> {
    let row = Workspace {
        id: r.id.into(),
        name: text(r.name)?,
        slug: text(r.slug)?,
        created_at: Time(r.created_at),
        plan: optional(r.plan, text)?,
        deleted_at: r.deleted_at.map(Time),
        two_step_required: r.two_step_required,
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

/// Writes the row as of change `v`, and its address among those that lead to it.
pub async fn upsert(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    v: i64,
    row: &Workspace,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_SLUG)
            .bind(row.slug.as_str())
            .bind(workspace.uuid())
            .execute(&mut *c)
            .await?;
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.name.as_str())
            .bind(row.slug.as_str())
            .bind(row.created_at.0)
            .bind(row.plan.as_ref().map(Name::as_str))
            .bind(row.deleted_at.map(|at| at.0))
            .bind(row.two_step_required)
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
const LIST_MEMBERSHIPS: &str = "
    select w.id, w.v, w.name, w.slug, w.created_at, w.plan, w.deleted_at,
           w.two_step_required, m.role
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

/// The workspaces that somebody is in, deleted ones too, and as what.
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

/// Served by `workspace_slugs_pkey`.
const FIND_MOVED: &str = "
    select w.slug
      from workspace_slugs s
      join workspaces w on w.workspace_id = s.workspace_id and w.id = s.workspace_id
      join members m on m.workspace_id = s.workspace_id and m.id = $2 and m.active
     where s.slug = $1 and w.slug <> $1";

/// The address of a workspace of somebody's that had this one before.
pub async fn find_moved(conn: Conn<'_>, slug: &str, user: UserId) -> sqlx::Result<Option<String>> {
    on_engine!(conn, |c| query_scalar(FIND_MOVED)
        .bind(slug)
        .bind(user.uuid())
        .fetch_optional(c)
        .await)
}
