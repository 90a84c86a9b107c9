//! All SQL of personal access tokens.

use super::ApiToken;
use crate::accounts::identity::{Known, SecretHash, SignedIn, Via};
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::text;
use anyhow::{Context as _, anyhow};
use shared::ids::{TokenId, UserId};
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Served by `api_tokens_token_hash_key`.
const FIND_BY_HASH: &str = "
    select t.id, t.user_id, t.expires_at, t.last_used_at, u.name, u.email
      from api_tokens t
      join users u on u.id = t.user_id
     where t.token_hash = $1";

const FIND_EXPIRY: &str = "select expires_at from api_tokens where id = $1";

/// Served by `api_tokens_user_idx`; `tokens::TOKENS_MAX` bounds it.
const LIST: &str = "
    select id, user_id, name, created_at, expires_at, last_used_at
      from api_tokens
     where user_id = $1
     order by created_at desc, id desc
     limit 100";

/// Served by `api_tokens_user_idx`.
const COUNT: &str = "select count(*) from api_tokens where user_id = $1";

const INSERT: &str = "
    insert into api_tokens (
        id, user_id, name, token_hash, created_at, expires_at, last_used_at)
    values ($1, $2, $3, $4, $5, $6, $7)";

const UPDATE_USED: &str = "
    update api_tokens
       set last_used_at = $2
     where id = $1 and (last_used_at is null or last_used_at < $2)";

const DELETE: &str = "delete from api_tokens where user_id = $1 and id = $2 returning token_hash";

#[derive(sqlx::FromRow)]
struct Owner {
    id: Uuid,
    user_id: Uuid,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
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
}

fn row(r: Record) -> anyhow::Result<ApiToken> {
    Ok(ApiToken {
        id: r.id.into(),
        user_id: r.user_id.into(),
        name: text(r.name)?,
        created_at: Time(r.created_at),
        expires_at: r.expires_at.map(Time),
        last_used_at: r.last_used_at.map(Time),
    })
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
    };
    let (expires_at, seen_at) = (r.expires_at.map(Time), r.last_used_at.map(Time));
    Ok(Some(Known {
        signed_in,
        expires_at,
        seen_at,
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

/// A person's tokens, the newest first.
pub async fn list(conn: Conn<'_>, user: UserId) -> anyhow::Result<Vec<ApiToken>> {
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
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(token.id.uuid())
            .bind(token.user_id.uuid())
            .bind(token.name.as_str())
            .bind(hash.as_slice())
            .bind(token.created_at.0)
            .bind(token.expires_at.map(|at| at.0))
            .bind(token.last_used_at.map(|at| at.0))
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes that a token was used.
pub async fn update_used(conn: Conn<'_>, id: TokenId, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_USED)
            .bind(id.uuid())
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes a person's token; its secret's hash, if it was theirs.
pub async fn delete(
    conn: Conn<'_>,
    user: UserId,
    id: TokenId,
) -> anyhow::Result<Option<SecretHash>> {
    let hash: Option<Vec<u8>> = on_engine!(conn, |c| {
        query_scalar(DELETE)
            .bind(user.uuid())
            .bind(id.uuid())
            .fetch_optional(c)
            .await?
    });
    hash.map(|hash| {
        hash.try_into()
            .map_err(|_| anyhow!("a stored hash has another length"))
    })
    .transpose()
}
