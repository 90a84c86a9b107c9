//! All SQL of passkeys.

use super::Passkey;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::text;
use anyhow::Context as _;
use shared::ids::{PasskeyId, UserId};
use shared::values::{Name, Time};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Served by `passkeys_credential_key`.
const FIND_BY_CREDENTIAL: &str = "
    select id, user_id, name, credential_id, public_key, sign_count, created_at, last_used_at
      from passkeys
     where credential_id = $1";

/// Served by `passkeys_user_idx`.
const LIST: &str = "
    select id, user_id, name, credential_id, public_key, sign_count, created_at, last_used_at
      from passkeys
     where user_id = $1
     order by created_at, id
     limit 100";

/// Served by `passkeys_user_idx`.
const COUNT: &str = "select count(*) from passkeys where user_id = $1";

const INSERT: &str = "
    insert into passkeys (id, user_id, name, credential_id, public_key, sign_count, created_at)
    values ($1, $2, $3, $4, $5, $6, $7)";

/// The count goes up, or stays at nothing where the authenticator does not count.
const UPDATE_USED: &str = "
    update passkeys
       set sign_count = $2, last_used_at = $3
     where id = $1 and (sign_count < $2 or (sign_count = 0 and $2 = 0))";

const UPDATE_NAME: &str = "update passkeys set name = $3 where id = $1 and user_id = $2";

const DELETE: &str = "delete from passkeys where id = $1 and user_id = $2";

/// Served by `passkeys_user_idx`.
const DELETE_ALL: &str = "delete from passkeys where user_id = $1";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    user_id: Uuid,
    name: String,
    credential_id: Vec<u8>,
    public_key: Vec<u8>,
    sign_count: i64,
    created_at: i64,
    last_used_at: Option<i64>,
}

fn row(r: Record) -> anyhow::Result<Passkey> {
    Ok(Passkey {
        id: r.id.into(),
        user: r.user_id.into(),
        name: text(r.name)?,
        credential_id: r.credential_id,
        public_key: r.public_key,
        sign_count: u32::try_from(r.sign_count).context("a stored count of signatures")?,
        created_at: Time(r.created_at),
        last_used_at: r.last_used_at.map(Time),
    })
}

/// The passkey that an authenticator calls so.
pub(super) async fn find_by_credential(
    conn: Conn<'_>,
    credential_id: &[u8],
) -> anyhow::Result<Option<Passkey>> {
    let found: Option<Record> = on_engine!(conn, |c| query_as(FIND_BY_CREDENTIAL)
        .bind(credential_id)
        .fetch_optional(c)
        .await?);
    found.map(row).transpose()
}

/// Somebody's passkeys, the oldest first.
pub(super) async fn list(conn: Conn<'_>, user: UserId) -> anyhow::Result<Vec<Passkey>> {
    let rows: Vec<Record> = on_engine!(conn, |c| query_as(LIST)
        .bind(user.uuid())
        .fetch_all(c)
        .await?);
    rows.into_iter().map(row).collect()
}

/// How many passkeys somebody has.
pub(crate) async fn count(conn: Conn<'_>, user: UserId) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT)
        .bind(user.uuid())
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting somebody's passkeys")
}

/// Adds a passkey. A unique violation means that it is there already.
pub(super) async fn insert(conn: Conn<'_>, passkey: &Passkey) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(passkey.id.uuid())
            .bind(passkey.user.uuid())
            .bind(passkey.name.as_str())
            .bind(&passkey.credential_id)
            .bind(&passkey.public_key)
            .bind(i64::from(passkey.sign_count))
            .bind(passkey.created_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes that somebody came in by a passkey; answers whether its count went up.
pub(super) async fn update_used(
    conn: Conn<'_>,
    id: PasskeyId,
    sign_count: u32,
    now: Time,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(UPDATE_USED)
            .bind(id.uuid())
            .bind(i64::from(sign_count))
            .bind(now.0)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Gives somebody's passkey another name; answers whether there is one.
pub(super) async fn update_name(
    conn: Conn<'_>,
    id: PasskeyId,
    user: UserId,
    name: &Name,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(UPDATE_NAME)
            .bind(id.uuid())
            .bind(user.uuid())
            .bind(name.as_str())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes somebody's passkey; answers whether there was one.
pub(super) async fn delete(conn: Conn<'_>, id: PasskeyId, user: UserId) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE)
            .bind(id.uuid())
            .bind(user.uuid())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes all passkeys of somebody.
pub(crate) async fn delete_all(conn: Conn<'_>, user: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_ALL).bind(user.uuid()).execute(c).await?;
    });
    Ok(())
}
