//! All SQL of invitations.

use super::Invitation;
use crate::accounts::identity::SecretHash;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{text, word};
use anyhow::Context as _;
use shared::access::Role;
use shared::ids::{InvitationId, ProjectId, UserId, WorkspaceId};
use shared::values::{Email, Time};
use sqlx::types::Json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Served by `invitations_token_hash_key`.
const FIND_BY_HASH: &str = "
    select id, workspace_id, email, role, projects, placeholder_id, created_by, created_at,
         expires_at
      from invitations
     where token_hash = $1 and expires_at > $2";

/// Served by `invitations_workspace_idx`; `INVITATIONS_MAX` bounds it.
const LIST: &str = "
    select id, workspace_id, email, role, projects, placeholder_id, created_by, created_at,
         expires_at
      from invitations
     where workspace_id = $1 and expires_at > $2
     order by created_at desc, id desc
     limit 100";

/// Served by `invitations_workspace_idx`.
const COUNT: &str = "select count(*) from invitations where workspace_id = $1";

/// For one placeholder there is one invitation, the last that was made.
const INSERT: &str = "
    insert into invitations (
        id, workspace_id, token_hash, email, role, projects, placeholder_id, created_by,
    created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict (workspace_id, placeholder_id) do update
    set id = excluded.id, token_hash = excluded.token_hash, email = excluded.email,
        role = excluded.role, projects = excluded.projects, created_by = excluded.created_by,
        created_at = excluded.created_at, expires_at = excluded.expires_at";

const DELETE: &str = "delete from invitations where workspace_id = $1 and id = $2";

/// Served by `invitations_placeholder_key`.
const DELETE_FOR: &str = "
    delete from invitations where workspace_id = $1 and placeholder_id = $2";

/// Served by `invitations_expires_idx`.
const DELETE_BEFORE: &str = "delete from invitations where expires_at <= $1";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    workspace_id: Uuid,
    email: Option<String>,
    role: String,
    projects: Json<Vec<ProjectId>>,
    placeholder_id: Option<Uuid>,
    created_by: Uuid,
    created_at: i64,
    expires_at: i64,
}

fn row(r: Record) -> anyhow::Result<Invitation> {
    Ok(Invitation {
        id: r.id.into(),
        workspace: r.workspace_id.into(),
        email: r.email.map(text).transpose()?,
        role: word(&r.role, Role::parse)?,
        projects: r.projects.0,
        placeholder: r.placeholder_id.map(UserId::from),
        created_by: r.created_by.into(),
        created_at: Time(r.created_at),
        expires_at: Time(r.expires_at),
    })
}

/// The invitation with that secret, if it is still good.
pub(crate) async fn find_by_hash(
    conn: Conn<'_>,
    hash: &SecretHash,
    now: Time,
) -> anyhow::Result<Option<Invitation>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND_BY_HASH)
            .bind(hash.as_slice())
            .bind(now.0)
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// A workspace's invitations that are still good, the newest first.
pub(crate) async fn list(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    now: Time,
) -> anyhow::Result<Vec<Invitation>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST)
            .bind(workspace.uuid())
            .bind(now.0)
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

/// How many invitations a workspace has.
pub(crate) async fn count(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT)
        .bind(workspace.uuid())
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting invitations")
}

/// Adds an invitation, in the place of one for the same placeholder.
pub(crate) async fn insert(
    conn: Conn<'_>,
    invitation: &Invitation,
    hash: &SecretHash,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(invitation.id.uuid())
            .bind(invitation.workspace.uuid())
            .bind(hash.as_slice())
            .bind(invitation.email.as_ref().map(Email::as_str))
            .bind(invitation.role.as_str())
            .bind(Json(&invitation.projects))
            .bind(invitation.placeholder.map(UserId::uuid))
            .bind(invitation.created_by.uuid())
            .bind(invitation.created_at.0)
            .bind(invitation.expires_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes an invitation; answers whether there was one.
pub(crate) async fn delete(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    id: InvitationId,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE)
            .bind(workspace.uuid())
            .bind(id.uuid())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes the invitation that stands for a placeholder, if there is one.
pub(crate) async fn delete_for(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    placeholder: UserId,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_FOR)
            .bind(workspace.uuid())
            .bind(placeholder.uuid())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes invitations that have ended.
pub(crate) async fn delete_before(conn: Conn<'_>, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_BEFORE).bind(now.0).execute(c).await?;
    });
    Ok(())
}
