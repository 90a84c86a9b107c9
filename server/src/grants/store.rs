//! All SQL of programs and of the codes that they get.

use super::clients::Client;
use super::codes::{Code, Redeemed};
use crate::accounts::identity::SecretHash;
use crate::db::Conn;
use crate::on_engine;
use anyhow::{Context as _, anyhow};
use shared::ids::{SessionId, UserId, WorkspaceId};
use shared::limits::KeyScopes;
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const FIND_CLIENT: &str = "
    select id, workspace_id, name, redirects, created_at, created_by
      from oauth_clients
     where id = $1";

/// Served by `oauth_clients_workspace_idx`; `CLIENTS_MAX` bounds it.
const LIST_CLIENTS: &str = "
    select id, workspace_id, name, redirects, created_at, created_by
      from oauth_clients
     where workspace_id = $1
     order by created_at desc, id desc
     limit 100";

/// Served by `oauth_clients_workspace_idx`.
const COUNT_CLIENTS: &str = "select count(*) from oauth_clients where workspace_id = $1";

const INSERT_CLIENT: &str = "
    insert into oauth_clients (id, workspace_id, name, redirects, created_at, created_by)
    values ($1, $2, $3, $4, $5, $6)";

const DELETE_CLIENT: &str = "delete from oauth_clients where workspace_id = $1 and id = $2";

const INSERT_CODE: &str = "
    insert into oauth_codes (
        code_hash, client_id, user_id, redirect, challenge, scopes, only_in, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Whoever comes first has it.
const REDEEM_CODE: &str = "
    update oauth_codes
       set redeemed = true
     where code_hash = $1 and not redeemed
    returning client_id, user_id, redirect, challenge, scopes, only_in, expires_at";

const FIND_REDEEMED: &str = "
    select session_id
      from oauth_codes
     where code_hash = $1 and redeemed";

const UPDATE_CODE_SESSION: &str = "update oauth_codes set session_id = $2 where code_hash = $1";

/// Served by `oauth_codes_expires_idx`.
const DELETE_CODES_BEFORE: &str = "delete from oauth_codes where expires_at <= $1";

#[derive(sqlx::FromRow)]
struct ClientRecord {
    id: String,
    workspace_id: Uuid,
    name: String,
    redirects: String,
    created_at: i64,
    created_by: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct CodeRecord {
    client_id: String,
    user_id: Uuid,
    redirect: String,
    challenge: String,
    scopes: String,
    only_in: Option<Uuid>,
    expires_at: i64,
}

fn client(r: ClientRecord) -> Client {
    Client {
        id: r.id,
        workspace: Some(r.workspace_id.into()),
        name: r.name,
        redirects: r.redirects.lines().map(str::to_owned).collect(),
        created_at: Time(r.created_at),
        created_by: r.created_by.map(UserId::from),
    }
}

/// The program of that id.
pub(super) async fn find_client(conn: Conn<'_>, id: &str) -> sqlx::Result<Option<Client>> {
    let found: Option<ClientRecord> = on_engine!(conn, |c| {
        query_as(FIND_CLIENT).bind(id).fetch_optional(c).await?
    });
    Ok(found.map(client))
}

/// A workspace's programs, the newest first.
pub(super) async fn list_clients(
    conn: Conn<'_>,
    workspace: WorkspaceId,
) -> sqlx::Result<Vec<Client>> {
    let rows: Vec<ClientRecord> = on_engine!(conn, |c| query_as(LIST_CLIENTS)
        .bind(workspace.uuid())
        .fetch_all(c)
        .await?);
    Ok(rows.into_iter().map(client).collect())
}

/// How many programs a workspace has.
pub(super) async fn count_clients(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT_CLIENTS)
        .bind(workspace.uuid())
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting programs")
}

/// Adds a program of a workspace.
pub(super) async fn insert_client(conn: Conn<'_>, client: &Client) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_CLIENT)
            .bind(&client.id)
            .bind(client.workspace.map(WorkspaceId::uuid))
            .bind(&client.name)
            .bind(client.redirects.join("\n"))
            .bind(client.created_at.0)
            .bind(client.created_by.map(UserId::uuid))
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes a program of a workspace; answers whether there was one.
pub(super) async fn delete_client(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    id: &str,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE_CLIENT)
            .bind(workspace.uuid())
            .bind(id)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Adds a code.
pub(super) async fn insert_code(
    conn: Conn<'_>,
    hash: &SecretHash,
    code: &Code,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_CODE)
            .bind(hash.as_slice())
            .bind(&code.client)
            .bind(code.user.uuid())
            .bind(&code.redirect)
            .bind(&code.challenge)
            .bind(code.scopes.to_string())
            .bind(code.workspace.map(WorkspaceId::uuid))
            .bind(code.expires_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Takes a code, which nobody can take again.
pub(super) async fn redeem_code(conn: Conn<'_>, hash: &SecretHash) -> anyhow::Result<Option<Code>> {
    let found: Option<CodeRecord> = on_engine!(conn, |c| {
        query_as(REDEEM_CODE)
            .bind(hash.as_slice())
            .fetch_optional(c)
            .await?
    });
    let Some(r) = found else { return Ok(None) };
    let scopes = KeyScopes::parse(&r.scopes).map_err(|why| anyhow!("stored scopes: {why}"))?;
    Ok(Some(Code {
        client: r.client_id,
        user: r.user_id.into(),
        redirect: r.redirect,
        challenge: r.challenge,
        scopes,
        workspace: r.only_in.map(WorkspaceId::from),
        expires_at: Time(r.expires_at),
    }))
}

/// What a code gave that was taken before.
pub(super) async fn find_redeemed(
    conn: Conn<'_>,
    hash: &SecretHash,
) -> sqlx::Result<Option<Redeemed>> {
    let found: Option<Option<Uuid>> = on_engine!(conn, |c| {
        query_scalar(FIND_REDEEMED)
            .bind(hash.as_slice())
            .fetch_optional(c)
            .await?
    });
    Ok(found.map(|session| Redeemed {
        session: session.map(SessionId::from),
    }))
}

/// Notes what a code gave.
pub(super) async fn update_code_session(
    conn: Conn<'_>,
    hash: &SecretHash,
    session: SessionId,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_CODE_SESSION)
            .bind(hash.as_slice())
            .bind(session.uuid())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Forgets codes that ended before.
pub(super) async fn delete_codes_before(conn: Conn<'_>, then: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_CODES_BEFORE).bind(then.0).execute(c).await?;
    });
    Ok(())
}
