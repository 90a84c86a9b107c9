//! All SQL of sessions.

use super::{Current, Grant, Kind, Means, NewSession, Session, Spent};
use crate::accounts::identity::SecretHash;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{text, word};
use anyhow::anyhow;
use shared::ids::{SessionId, UserId, WorkspaceId};
use shared::limits::KeyScopes;
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Served by `sessions_token_hash_key`.
const FIND_BY_HASH: &str = "
    select s.id, s.user_id, s.token_hash, s.created_at, s.expires_at, s.remembered,
           s.client_id, s.scopes, s.only_in, u.name, u.email
      from sessions s
      join users u on u.id = s.user_id
     where s.token_hash = $1 and s.kind = $2";

const FIND: &str = "
    select s.id, s.user_id, s.token_hash, s.created_at, s.expires_at, s.remembered,
           s.client_id, s.scopes, s.only_in, u.name, u.email
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and s.kind = $2";

const FIND_EXPIRY: &str = "select expires_at from sessions where id = $1";

/// Served by `sessions_user_idx`.
const LIST: &str = "
    select id, user_agent, sealed_user_agent, kind, created_at, last_seen_at, expires_at, client_id, scopes, only_in,
           means
      from sessions
     where user_id = $1 and expires_at > $2
     order by last_seen_at desc, id desc
     limit 100";

/// Served by `sessions_client_idx`.
const LIST_IDS_OF_CLIENT: &str = "select id from sessions where client_id = $1";

/// Served by `sessions_user_idx`.
const LIST_IDS: &str = "select id from sessions where user_id = $1";

const INSERT: &str = "
    insert into sessions (
        id, token_hash, user_id, created_at, expires_at, last_seen_at, sealed_user_agent, kind,
        remembered, client_id, scopes, only_in, means)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

const UPDATE_HASH: &str = "
    update sessions
       set token_hash = $3, last_seen_at = $4, expires_at = $5
     where id = $1 and token_hash = $2";

const DELETE: &str = "delete from sessions where id = $1";

/// Served by `sessions_user_idx`.
const DELETE_EXPIRED: &str = "delete from sessions where user_id = $1 and expires_at <= $2";

const FIND_SPENT: &str = "
    select session_id, spent_at, next_hash
      from spent_secrets
     where token_hash = $1";

const INSERT_SPENT: &str = "
    insert into spent_secrets (token_hash, session_id, spent_at, next_hash)
    values ($1, $2, $3, $4)";

const UPDATE_SPENT: &str = "
    update spent_secrets
       set spent_at = $2, next_hash = $3
     where token_hash = $1";

/// As many as were ended within a quarter of an hour.
const LIST_REVOCATIONS: &str = "select sign_in_id, until from revocations where until > $1";

const INSERT_REVOCATION: &str = "
    insert into revocations (sign_in_id, until)
    values ($1, $2)
    on conflict (sign_in_id) do nothing";

const DELETE_REVOCATIONS_BEFORE: &str = "delete from revocations where until <= $1";

#[derive(sqlx::FromRow)]
struct CurrentRecord {
    id: Uuid,
    user_id: Uuid,
    token_hash: Vec<u8>,
    created_at: i64,
    expires_at: i64,
    remembered: bool,
    name: String,
    email: String,
    #[sqlx(flatten)]
    grant: GrantRecord,
}

#[derive(sqlx::FromRow)]
struct GrantRecord {
    client_id: Option<String>,
    scopes: Option<String>,
    only_in: Option<Uuid>,
}

fn grant(r: GrantRecord) -> anyhow::Result<Option<Grant>> {
    let (Some(client), Some(scopes)) = (r.client_id, r.scopes) else {
        return Ok(None);
    };
    let scopes = KeyScopes::parse(&scopes).map_err(|why| anyhow!("stored scopes: {why}"))?;
    Ok(Some(Grant {
        client,
        scopes,
        workspace: r.only_in.map(WorkspaceId::from),
    }))
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    user_agent: Option<String>,
    sealed_user_agent: Option<Vec<u8>>,
    kind: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    means: Option<String>,
    #[sqlx(flatten)]
    grant: GrantRecord,
}

#[derive(sqlx::FromRow)]
struct SpentRecord {
    session_id: Uuid,
    spent_at: i64,
    next_hash: Option<Vec<u8>>,
}

fn secret_hash(bytes: Vec<u8>) -> anyhow::Result<SecretHash> {
    bytes
        .try_into()
        .map_err(|_| anyhow!("a stored hash has another length"))
}

fn current(r: CurrentRecord) -> anyhow::Result<Current> {
    Ok(Current {
        id: r.id.into(),
        user_id: r.user_id.into(),
        name: text(r.name)?,
        email: text(r.email)?,
        token_hash: secret_hash(r.token_hash)?,
        created_at: Time(r.created_at),
        expires_at: Time(r.expires_at),
        remembered: r.remembered,
        grant: grant(r.grant)?,
    })
}

/// The session of that kind that has that secret.
pub(crate) async fn find_by_hash(
    conn: Conn<'_>,
    hash: &SecretHash,
    kind: Kind,
) -> anyhow::Result<Option<Current>> {
    let found: Option<CurrentRecord> = on_engine!(conn, |c| {
        query_as(FIND_BY_HASH)
            .bind(hash.as_slice())
            .bind(kind.as_str())
            .fetch_optional(c)
            .await?
    });
    found.map(current).transpose()
}

/// The session of that kind and id.
pub(crate) async fn find(
    conn: Conn<'_>,
    id: SessionId,
    kind: Kind,
) -> anyhow::Result<Option<Current>> {
    let found: Option<CurrentRecord> = on_engine!(conn, |c| {
        query_as(FIND)
            .bind(id.uuid())
            .bind(kind.as_str())
            .fetch_optional(c)
            .await?
    });
    found.map(current).transpose()
}

/// When a session ends, if there is one.
pub async fn find_expiry(conn: Conn<'_>, id: SessionId) -> sqlx::Result<Option<Time>> {
    let found: Option<i64> = on_engine!(conn, |c| query_scalar(FIND_EXPIRY)
        .bind(id.uuid())
        .fetch_optional(c)
        .await?);
    Ok(found.map(Time))
}

/// A person's sessions that have not ended, who was seen last first; each with what its browser calls itself, sealed.
pub(super) async fn list(
    conn: Conn<'_>,
    user: UserId,
    now: Time,
) -> anyhow::Result<Vec<(Session, Option<Vec<u8>>)>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST)
            .bind(user.uuid())
            .bind(now.0)
            .fetch_all(c)
            .await?
    });
    let session = |r: Record| {
        let session = Session {
            id: r.id.into(),
            user_agent: r.user_agent,
            kind: word(&r.kind, Kind::parse)?,
            grant: grant(r.grant)?,
            means: r.means.as_deref().and_then(Means::parse),
            created_at: Time(r.created_at),
            seen_at: Time(r.last_seen_at),
            expires_at: Time(r.expires_at),
        };
        Ok((session, r.sealed_user_agent))
    };
    rows.into_iter().map(session).collect()
}

/// All of a person's sessions.
pub async fn list_ids(conn: Conn<'_>, user: UserId) -> sqlx::Result<Vec<SessionId>> {
    let ids: Vec<Uuid> = on_engine!(conn, |c| query_scalar(LIST_IDS)
        .bind(user.uuid())
        .fetch_all(c)
        .await?);
    Ok(ids.into_iter().map(SessionId::from).collect())
}

/// What people have let a program do.
pub(crate) async fn list_ids_of_client(
    conn: Conn<'_>,
    client: &str,
) -> sqlx::Result<Vec<SessionId>> {
    let ids: Vec<Uuid> = on_engine!(conn, |c| query_scalar(LIST_IDS_OF_CLIENT)
        .bind(client)
        .fetch_all(c)
        .await?);
    Ok(ids.into_iter().map(SessionId::from).collect())
}

/// Adds a session.
pub(crate) async fn insert(conn: Conn<'_>, session: &NewSession) -> sqlx::Result<()> {
    let grant = session.entrance.grant.as_ref();
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(session.id.uuid())
            .bind(session.token_hash.as_slice())
            .bind(session.user_id.uuid())
            .bind(session.created_at.0)
            .bind(session.expires_at.0)
            .bind(session.created_at.0)
            .bind(session.sealed_user_agent.as_deref())
            .bind(session.entrance.kind.as_str())
            .bind(session.entrance.remember)
            .bind(grant.map(|grant| grant.client.as_str()))
            .bind(grant.map(|grant| grant.scopes.to_string()))
            .bind(grant.and_then(|grant| grant.workspace.map(WorkspaceId::uuid)))
            .bind(session.entrance.means.map(Means::as_str))
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Gives a session another secret, if it still has the one that was read; answers whether it did.
pub(crate) async fn update_hash(
    conn: Conn<'_>,
    session: &Current,
    next: &SecretHash,
    now: Time,
    expires_at: Time,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(UPDATE_HASH)
            .bind(session.id.uuid())
            .bind(session.token_hash.as_slice())
            .bind(next.as_slice())
            .bind(now.0)
            .bind(expires_at.0)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes a session, with its spent secrets.
pub async fn delete(conn: Conn<'_>, id: SessionId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE).bind(id.uuid()).execute(c).await?;
    });
    Ok(())
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

/// A secret that was exchanged before.
pub(crate) async fn find_spent(conn: Conn<'_>, hash: &SecretHash) -> anyhow::Result<Option<Spent>> {
    let found: Option<SpentRecord> = on_engine!(conn, |c| {
        query_as(FIND_SPENT)
            .bind(hash.as_slice())
            .fetch_optional(c)
            .await?
    });
    let Some(r) = found else { return Ok(None) };
    Ok(Some(Spent {
        session: r.session_id.into(),
        at: Time(r.spent_at),
        next_hash: r.next_hash.map(secret_hash).transpose()?,
    }))
}

/// Notes that a secret was exchanged.
pub(crate) async fn insert_spent(
    conn: Conn<'_>,
    hash: &SecretHash,
    spent: &Spent,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_SPENT)
            .bind(hash.as_slice())
            .bind(spent.session.uuid())
            .bind(spent.at.0)
            .bind(spent.next_hash.as_ref().map(<[u8; 32]>::as_slice))
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes that a spent secret was exchanged once more, for another.
pub(crate) async fn update_spent(
    conn: Conn<'_>,
    hash: &SecretHash,
    now: Time,
    next: &SecretHash,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_SPENT)
            .bind(hash.as_slice())
            .bind(now.0)
            .bind(next.as_slice())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Ended sign-ins of which something may still live.
pub async fn list_revocations(conn: Conn<'_>, now: Time) -> sqlx::Result<Vec<(Uuid, Time)>> {
    let rows: Vec<(Uuid, i64)> = on_engine!(conn, |c| query_as(LIST_REVOCATIONS)
        .bind(now.0)
        .fetch_all(c)
        .await?);
    let row = |(id, until): (Uuid, i64)| (id, Time(until));
    Ok(rows.into_iter().map(row).collect())
}

/// Notes that a sign-in was ended.
pub async fn insert_revocation(conn: Conn<'_>, id: Uuid, until: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_REVOCATION)
            .bind(id)
            .bind(until.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Forgets ended sign-ins of which nothing lives.
pub async fn delete_revocations_before(conn: Conn<'_>, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_REVOCATIONS_BEFORE)
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}
