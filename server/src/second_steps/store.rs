//! All SQL of the second step.

use super::{Confirmed, SALT_BYTES, Stored};
use crate::accounts::identity::SecretHash;
use crate::db::Conn;
use crate::on_engine;
use anyhow::Context as _;
use shared::ids::UserId;
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const FIND: &str = "
    select sealed_seed, confirmed_at, last_step, sealed_codes, codes_salt
      from second_steps
     where user_id = $1";

/// Served by `passkeys_user_idx`.
const HAS_SECOND_STEP: &str = "
    select count(*)
      from users u
     where u.id = $1
       and (exists (
                select 1
                  from second_steps s
                 where s.user_id = u.id and s.confirmed_at is not null)
            or u.password_hash = ''
               and exists (select 1 from passkeys p where p.user_id = u.id))";

/// What waits for its first code is begun anew, and nothing of it is left; what is on stays.
const BEGIN: &str = "
    insert into second_steps as s (user_id, sealed_seed, created_at, last_step)
    values ($1, $2, $3, 0)
    on conflict (user_id) do update
       set sealed_seed = excluded.sealed_seed, created_at = excluded.created_at, last_step = 0,
           sealed_codes = null, codes_salt = null
     where s.confirmed_at is null";

const CONFIRM: &str = "
    update second_steps
       set confirmed_at = $3, last_step = $4, sealed_codes = $5, codes_salt = $6
     where user_id = $1 and sealed_seed = $2 and confirmed_at is null";

const UPDATE_STEP: &str = "
    update second_steps
       set last_step = $2
     where user_id = $1 and last_step < $2 and confirmed_at is not null";

const FORGET_CODES: &str = "update second_steps set sealed_codes = null where user_id = $1";

const DELETE: &str = "delete from second_steps where user_id = $1";

const COUNT_CODES: &str = "select count(*) from recovery_codes where user_id = $1";

const INSERT_CODE: &str = "insert into recovery_codes (user_id, code_hash) values ($1, $2)";

const DELETE_CODE: &str = "delete from recovery_codes where user_id = $1 and code_hash = $2";

const SET_SALT: &str = "
    update second_steps
       set codes_salt = $3
     where user_id = $1 and sealed_seed = $2 and codes_salt is null and confirmed_at is not null";

const LIST_CODES: &str = "select code_hash from recovery_codes where user_id = $1";

const REPLACE_CODE: &str =
    "update recovery_codes set code_hash = $3 where user_id = $1 and code_hash = $2";

/// Few people have a second step, and this is asked once an hour.
const LIST_UNSALTED: &str = "
    select user_id from second_steps
     where codes_salt is null and confirmed_at is not null
     limit 100";

#[derive(sqlx::FromRow)]
struct Record {
    sealed_seed: Vec<u8>,
    confirmed_at: Option<i64>,
    last_step: i64,
    sealed_codes: Option<Vec<u8>>,
    codes_salt: Option<Vec<u8>>,
}

/// Whether a password alone lets nobody in as somebody.
pub(super) async fn has_second_step(conn: Conn<'_>, user: UserId) -> sqlx::Result<bool> {
    let count: i64 = on_engine!(conn, |c| query_scalar(HAS_SECOND_STEP)
        .bind(user.uuid())
        .fetch_one(c)
        .await?);
    Ok(count > 0)
}

/// What is stored of somebody.
pub(crate) async fn find(conn: Conn<'_>, user: UserId) -> sqlx::Result<Option<Stored>> {
    let found: Option<Record> = on_engine!(conn, |c| query_as(FIND)
        .bind(user.uuid())
        .fetch_optional(c)
        .await?);
    Ok(found.map(|r| Stored {
        sealed_seed: r.sealed_seed,
        confirmed_at: r.confirmed_at.map(Time),
        last_step: r.last_step,
        sealed_codes: r.sealed_codes,
        codes_salt: r.codes_salt.and_then(|salt| salt.try_into().ok()),
    }))
}

/// Adds a seed that waits for a first code, in the place of one that did; answers whether none is on.
pub(crate) async fn begin(
    conn: Conn<'_>,
    user: UserId,
    sealed_seed: &[u8],
    now: Time,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(BEGIN)
            .bind(user.uuid())
            .bind(sealed_seed)
            .bind(now.0)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Turns the second step on that has this seed; answers whether it still waited.
pub(crate) async fn confirm(
    conn: Conn<'_>,
    user: UserId,
    sealed_seed: &[u8],
    confirmed: Confirmed<'_>,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(CONFIRM)
            .bind(user.uuid())
            .bind(sealed_seed)
            .bind(confirmed.now.0)
            .bind(confirmed.step)
            .bind(confirmed.sealed_codes)
            .bind(confirmed.codes_salt.as_slice())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Notes the half minute of a good code; answers whether nobody was faster.
pub(crate) async fn update_step(conn: Conn<'_>, user: UserId, step: i64) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(UPDATE_STEP)
            .bind(user.uuid())
            .bind(step)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Forgets the recovery codes as they are.
pub(crate) async fn forget_codes(conn: Conn<'_>, user: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(FORGET_CODES).bind(user.uuid()).execute(c).await?;
    });
    Ok(())
}

/// Turns the second step off, with its recovery codes.
pub(crate) async fn delete(conn: Conn<'_>, user: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE).bind(user.uuid()).execute(c).await?;
    });
    Ok(())
}

/// How many recovery codes are left.
pub(crate) async fn count_codes(conn: Conn<'_>, user: UserId) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT_CODES)
        .bind(user.uuid())
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting recovery codes")
}

/// Adds a recovery code.
pub(crate) async fn insert_code(
    conn: Conn<'_>,
    user: UserId,
    hash: &SecretHash,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_CODE)
            .bind(user.uuid())
            .bind(hash.as_slice())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Uses a recovery code up; answers whether there was one.
pub(crate) async fn delete_code(
    conn: Conn<'_>,
    user: UserId,
    hash: &SecretHash,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE_CODE)
            .bind(user.uuid())
            .bind(hash.as_slice())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Notes what the recovery codes of the second step that has this seed are hashed with; answers whether nobody was faster.
pub(crate) async fn set_salt(
    conn: Conn<'_>,
    user: UserId,
    sealed_seed: &[u8],
    salt: &[u8; SALT_BYTES],
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(SET_SALT)
            .bind(user.uuid())
            .bind(sealed_seed)
            .bind(salt.as_slice())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// What is stored of somebody's recovery codes.
pub(crate) async fn list_codes(conn: Conn<'_>, user: UserId) -> anyhow::Result<Vec<SecretHash>> {
    let found: Vec<Vec<u8>> = on_engine!(conn, |c| {
        query_scalar(LIST_CODES)
            .bind(user.uuid())
            .fetch_all(c)
            .await?
    });
    let hash = |bytes: Vec<u8>| SecretHash::try_from(bytes).ok();
    let hashes: Option<Vec<SecretHash>> = found.into_iter().map(hash).collect();
    hashes.context("a recovery code's hash has another length")
}

/// Puts another hash of a recovery code in the place of one.
pub(crate) async fn replace_code(
    conn: Conn<'_>,
    user: UserId,
    before: &SecretHash,
    after: &SecretHash,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(REPLACE_CODE)
            .bind(user.uuid())
            .bind(before.as_slice())
            .bind(after.as_slice())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Some of those whose recovery codes are stored as their hash alone.
pub(crate) async fn list_unsalted(conn: Conn<'_>) -> sqlx::Result<Vec<UserId>> {
    let found: Vec<Uuid> = on_engine!(conn, |c| {
        query_scalar(LIST_UNSALTED).fetch_all(c).await?
    });
    Ok(found.into_iter().map(UserId::from).collect())
}
