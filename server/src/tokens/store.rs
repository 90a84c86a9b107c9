//! All SQL of personal access tokens.

use super::ApiToken;
use crate::accounts::identity::{Known, SecretHash, SignedIn, Via};
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::text;
use anyhow::{Context as _, anyhow};
use shared::ids::{ProjectId, TokenId, UserId, WorkspaceId};
use shared::limits::{Held, Key, KeyScopes, Limits};
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Served by `api_tokens_token_hash_key`.
const FIND_BY_HASH: &str = "
    select t.id, t.user_id, t.expires_at, t.scopes, t.only_in, t.projects, u.name, u.email
      from api_tokens t
      join users u on u.id = t.user_id
     where t.token_hash = $1";

const FIND_EXPIRY: &str = "select expires_at from api_tokens where id = $1";

/// Served by `api_tokens_user_idx`; `tokens::TOKENS_MAX` bounds it.
const LIST: &str = "
    select id, user_id, name, created_at, expires_at, last_used_at, last_used_from,
           sealed_used_from, prefix, scopes, only_in, projects
      from api_tokens
     where user_id = $1
     order by created_at desc, id desc
     limit 100";

/// Served by `api_tokens_user_idx`.
const COUNT: &str = "select count(*) from api_tokens where user_id = $1";

const INSERT: &str = "
    insert into api_tokens (
        id, user_id, name, token_hash, created_at, expires_at, prefix, scopes, only_in, projects)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

const UPDATE_USED: &str = "
    update api_tokens
       set last_used_at = $2, sealed_used_from = $3, last_used_from = null
     where id = $1 and (last_used_at is null or last_used_at <= $4)";

const DELETE: &str = "delete from api_tokens where user_id = $1 and id = $2";

const DELETE_ALL: &str = "delete from api_tokens where user_id = $1 returning id";

#[derive(sqlx::FromRow)]
struct Owner {
    id: Uuid,
    user_id: Uuid,
    expires_at: Option<i64>,
    scopes: String,
    only_in: Option<Uuid>,
    projects: Option<String>,
    name: String,
    email: String,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    user_id: Uuid,
    name: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    last_used_from: Option<String>,
    sealed_used_from: Option<Vec<u8>>,
    prefix: String,
    scopes: String,
    only_in: Option<Uuid>,
    projects: Option<String>,
}

pub(crate) fn scopes(text: &str) -> anyhow::Result<KeyScopes> {
    KeyScopes::parse(text).map_err(|error| anyhow!("stored scopes: {error}"))
}

/// What cannot be read must not read as no limit.
pub(crate) fn projects(text: Option<String>) -> anyhow::Result<Option<BTreeSet<ProjectId>>> {
    let Some(text) = text else { return Ok(None) };
    let ids = text.split_ascii_whitespace().map(str::parse);
    let ids: Result<BTreeSet<ProjectId>, _> = ids.collect();
    Ok(Some(ids.context("stored projects of a token")?))
}

fn row(r: Record) -> anyhow::Result<(ApiToken, Option<Vec<u8>>)> {
    let token = ApiToken {
        id: r.id.into(),
        user_id: r.user_id.into(),
        name: text(r.name)?,
        created_at: Time(r.created_at),
        expires_at: r.expires_at.map(Time),
        last_used_at: r.last_used_at.map(Time),
        last_used_from: r.last_used_from,
        prefix: r.prefix,
        scopes: scopes(&r.scopes)?,
        workspace: r.only_in.map(WorkspaceId::from),
        projects: projects(r.projects)?,
    };
    Ok((token, r.sealed_used_from))
}

/// Whose token has that secret.
pub async fn find_by_hash(conn: Conn<'_>, hash: &SecretHash) -> anyhow::Result<Option<Known>> {
    let found: Option<Owner> = on_engine!(conn, |c| {
        query_as(FIND_BY_HASH)
            .bind(hash.as_slice())
            .fetch_optional(c)
            .await?
    });
    let Some(r) = found else { return Ok(None) };
    let signed_in = SignedIn {
        user_id: r.user_id.into(),
        name: text(r.name)?,
        email: text(r.email)?,
        via: Via::Token(r.id.into()),
        limits: Limits::from(Held {
            key: Some(Key::Token(r.id.into())),
            scopes: scopes(&r.scopes)?,
            workspace: r.only_in.map(WorkspaceId::from),
            projects: projects(r.projects)?.map(Vec::from_iter),
            account: false,
        }),
    };
    Ok(Some(Known {
        signed_in,
        expires_at: r.expires_at.map(Time),
        client: None,
    }))
}

/// When a token ends, if there is one; it need not end.
pub async fn find_expiry(conn: Conn<'_>, id: TokenId) -> sqlx::Result<Option<Option<Time>>> {
    let found: Option<Option<i64>> = on_engine!(conn, |c| query_scalar(FIND_EXPIRY)
        .bind(id.uuid())
        .fetch_optional(c)
        .await?);
    Ok(found.map(|expires_at| expires_at.map(Time)))
}

/// A person's tokens, the newest first; each with where it was used last, sealed.
pub(super) async fn list(
    conn: Conn<'_>,
    user: UserId,
) -> anyhow::Result<Vec<(ApiToken, Option<Vec<u8>>)>> {
    let rows: Vec<Record> = on_engine!(conn, |c| query_as(LIST)
        .bind(user.uuid())
        .fetch_all(c)
        .await?);
    rows.into_iter().map(row).collect()
}

/// How many tokens a person has.
pub async fn count(conn: Conn<'_>, user: UserId) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT)
        .bind(user.uuid())
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting access tokens")
}

/// Adds a token.
pub async fn insert(conn: Conn<'_>, token: &ApiToken, hash: &SecretHash) -> sqlx::Result<()> {
    let projects = token.projects.as_ref().map(|projects| {
        let ids: Vec<_> = projects.iter().map(ToString::to_string).collect();
        ids.join(" ")
    });
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(token.id.uuid())
            .bind(token.user_id.uuid())
            .bind(token.name.as_str())
            .bind(hash.as_slice())
            .bind(token.created_at.0)
            .bind(token.expires_at.map(|at| at.0))
            .bind(&token.prefix)
            .bind(token.scopes.to_string())
            .bind(token.workspace.map(WorkspaceId::uuid))
            .bind(projects)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes that a token was used, and from where, sealed, if that was not noted since `before`.
pub async fn update_used(
    conn: Conn<'_>,
    id: TokenId,
    now: Time,
    from: Option<&[u8]>,
    before: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_USED)
            .bind(id.uuid())
            .bind(now.0)
            .bind(from)
            .bind(before.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes a person's token; answers whether it was there.
pub async fn delete(conn: Conn<'_>, user: UserId, id: TokenId) -> sqlx::Result<bool> {
    let done = on_engine!(conn, |c| query(DELETE)
        .bind(user.uuid())
        .bind(id.uuid())
        .execute(c)
        .await?
        .rows_affected());
    Ok(done > 0)
}

/// Deletes all tokens of somebody; their ids.
pub async fn delete_all(conn: Conn<'_>, user: UserId) -> sqlx::Result<Vec<TokenId>> {
    let ids: Vec<Uuid> = on_engine!(conn, |c| query_scalar(DELETE_ALL)
        .bind(user.uuid())
        .fetch_all(c)
        .await?);
    Ok(ids.into_iter().map(TokenId::from).collect())
}
