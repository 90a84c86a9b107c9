//! All SQL of sessions.

use super::NewSession;
use crate::accounts::identity::{Known, SecretHash, SignedIn, Via};
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::text;
use anyhow::anyhow;
use shared::ids::{SessionId, UserId};
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Served by `sessions_token_hash_key`.
const FIND_BY_HASH: &str = "
    select s.id, s.user_id, s.expires_at, s.last_seen_at, u.name, u.email
      from sessions s
      join users u on u.id = s.user_id
     where s.token_hash = $1";

const FIND_EXPIRY: &str = "select expires_at from sessions where id = $1";

const INSERT: &str = "
    insert into sessions (
        id, token_hash, user_id, created_at, expires_at, last_seen_at, user_agent)
    values ($1, $2, $3, $4, $5, $6, $7)";

const UPDATE_SEEN: &str = "
    update sessions
       set last_seen_at = $2
     where id = $1 and last_seen_at < $2";

const DELETE: &str = "delete from sessions where id = $1 returning token_hash";

/// Served by `sessions_user_idx`.
const DELETE_EXPIRED: &str = "delete from sessions where user_id = $1 and expires_at <= $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    user_id: Uuid,
    expires_at: i64,
    last_seen_at: i64,
    name: String,
    email: String,
}

fn row(r: Record) -> anyhow::Result<Known> {
    let signed_in = SignedIn {
        user_id: r.user_id.into(),
        name: text(r.name)?,
        email: text(r.email)?,
        via: Via::Session(r.id.into()),
    };
    Ok(Known {
        signed_in,
        expires_at: Some(Time(r.expires_at)),
        seen_at: Some(Time(r.last_seen_at)),
    })
}

/// Whose session has that token.
pub async fn find_by_hash(conn: Conn<'_>, hash: &SecretHash) -> anyhow::Result<Option<Known>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND_BY_HASH)
            .bind(hash.as_slice())
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// When a session ends, if there is one.
pub async fn find_expiry(conn: Conn<'_>, id: SessionId) -> sqlx::Result<Option<Time>> {
    let found: Option<i64> = on_engine!(conn, |c| query_scalar(FIND_EXPIRY)
        .bind(id.uuid())
        .fetch_optional(c)
        .await?);
    Ok(found.map(Time))
}

/// Adds a session.
pub(crate) async fn insert(conn: Conn<'_>, session: &NewSession) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(session.id.uuid())
            .bind(session.token_hash.as_slice())
            .bind(session.user_id.uuid())
            .bind(session.created_at.0)
            .bind(session.expires_at.0)
            .bind(session.created_at.0)
            .bind(session.user_agent.as_deref())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes that a session was used.
pub async fn update_seen(conn: Conn<'_>, id: SessionId, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_SEEN)
            .bind(id.uuid())
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes a session; its token's hash, if there was one.
pub async fn delete(conn: Conn<'_>, id: SessionId) -> anyhow::Result<Option<SecretHash>> {
    let hash: Option<Vec<u8>> = on_engine!(conn, |c| query_scalar(DELETE)
        .bind(id.uuid())
        .fetch_optional(c)
        .await?);
    hash.map(|hash| {
        hash.try_into()
            .map_err(|_| anyhow!("a stored hash has another length"))
    })
    .transpose()
}

/// Deletes a person's sessions that are over.
pub async fn delete_expired(conn: Conn<'_>, user: UserId, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_EXPIRED)
            .bind(user.uuid())
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}
