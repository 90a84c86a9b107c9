//! All SQL of accounts.

use super::User;
use super::identity::SecretHash;
use super::links::{Link, Purpose};
use super::lockout::Attempts;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::text;
use anyhow::{Context as _, anyhow};
use shared::ids::UserId;
use shared::values::{Email, Name, Time};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const FIND: &str = "
    select id, email, name, password_hash, created_at, is_site_admin,
           email_confirmed_at
      from users
     where id = $1";

/// Served by `users_email_key`.
const FIND_BY_EMAIL: &str = "
    select id, email, name, password_hash, created_at, is_site_admin,
           email_confirmed_at
      from users
     where email = $1 and bot_of is null";

const INSERT: &str = "
    insert into users (
        id, email, name, password_hash, created_at, is_site_admin, email_confirmed_at)
    values ($1, $2, $3, $4, $5, $6, $7)";

const UPDATE_PASSWORD: &str = "update users set password_hash = $2 where id = $1";

const UPDATE_NAME: &str = "update users set name = $2 where id = $1";

const UPDATE_CONFIRMED: &str = "update users set email_confirmed_at = $2 where id = $1";

const FIND_LINK: &str = "
    select token_hash, user_id, email, created_at, expires_at
      from account_links
     where token_hash = $1 and purpose = $2 and expires_at > $3";

/// Served by `account_links_user_idx`.
const COUNT_LINKS_SINCE: &str = "
    select count(*)
      from account_links
     where user_id = $1 and purpose = $2 and created_at > $3";

const INSERT_LINK: &str = "
    insert into account_links (token_hash, user_id, purpose, email, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)";

const DELETE_LINK: &str = "delete from account_links where token_hash = $1";

/// Served by `account_links_user_idx`.
const DELETE_LINKS: &str = "delete from account_links where user_id = $1";

/// Served by `account_links_expires_idx`.
const DELETE_LINKS_BEFORE: &str = "delete from account_links where expires_at <= $1";

/// Served by `sign_ups_pkey`.
const FIND_SIGN_UP: &str = "select email from sign_ups where token_hash = $1 and expires_at > $2";

/// Served by `sign_ups_email_idx`.
const COUNT_SIGN_UPS_SINCE: &str =
    "select count(*) from sign_ups where email = $1 and created_at > $2";

const INSERT_SIGN_UP: &str = "
    insert into sign_ups (token_hash, email, created_at, expires_at)
    values ($1, $2, $3, $4)";

const DELETE_SIGN_UP: &str = "delete from sign_ups where token_hash = $1";

/// Served by `sign_ups_email_idx`.
const DELETE_SIGN_UPS: &str = "delete from sign_ups where email = $1";

/// Served by `sign_ups_expires_idx`.
const DELETE_SIGN_UPS_BEFORE: &str = "delete from sign_ups where expires_at <= $1";

/// The update changes nothing: it holds the row, so that whoever comes next waits.
const LOCK_ATTEMPTS: &str = "
    insert into sign_in_attempts (address_hash, count, last_at)
    values ($1, 0, $2)
    on conflict (address_hash) do update
    set count = sign_in_attempts.count
    returning count, last_at";

const UPDATE_ATTEMPTS: &str = "
    update sign_in_attempts
       set count = $2, last_at = $3
     where address_hash = $1";

const DELETE_ATTEMPTS: &str = "delete from sign_in_attempts where address_hash = $1";

/// Served by `sign_in_attempts_last_idx`.
const DELETE_ATTEMPTS_BEFORE: &str = "delete from sign_in_attempts where last_at < $1";

const COUNT: &str = "select count(*) from users";

/// Served by `users_administrators_idx`; `ADMINISTRATORS_MAX` bounds it.
const LIST_ADMINISTRATORS: &str = "
    select id, email, name, password_hash, created_at, is_site_admin,
           email_confirmed_at
      from users
     where is_site_admin
     order by created_at, id
     limit 100";

const UPDATE_ADMINISTRATOR: &str =
    "update users set is_site_admin = $2 where id = $1 and is_site_admin <> $2";

#[derive(sqlx::FromRow)]
struct LinkRecord {
    token_hash: Vec<u8>,
    user_id: Uuid,
    email: String,
    created_at: i64,
    expires_at: i64,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    created_at: i64,
    is_site_admin: bool,
    email_confirmed_at: Option<i64>,
}

/// A person without a password has an empty hash.
fn row(r: Record) -> anyhow::Result<(User, Option<String>)> {
    let user = User {
        id: r.id.into(),
        email: text(r.email)?,
        name: text(r.name)?,
        created_at: Time(r.created_at),
        is_site_admin: r.is_site_admin,
        email_confirmed_at: r.email_confirmed_at.map(Time),
    };
    let hash = Some(r.password_hash).filter(|hash| !hash.is_empty());
    Ok((user, hash))
}

/// The account with that id, and its password's hash, if it has one.
pub async fn find(conn: Conn<'_>, id: UserId) -> anyhow::Result<Option<(User, Option<String>)>> {
    let found: Option<Record> = on_engine!(conn, |c| query_as(FIND)
        .bind(id.uuid())
        .fetch_optional(c)
        .await?);
    found.map(row).transpose()
}

/// The account with that address, and its password's hash, if it has one.
pub async fn find_with_hash(
    conn: Conn<'_>,
    email: &Email,
) -> anyhow::Result<Option<(User, Option<String>)>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND_BY_EMAIL)
            .bind(email.as_str())
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// Adds an account. A unique violation means that the address is taken.
pub async fn insert(conn: Conn<'_>, user: &User, password_hash: Option<&str>) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(user.id.uuid())
            .bind(user.email.as_str())
            .bind(user.name.as_str())
            .bind(password_hash.unwrap_or_default())
            .bind(user.created_at.0)
            .bind(user.is_site_admin)
            .bind(user.email_confirmed_at.map(|at| at.0))
            .execute(c)
            .await?;
    });
    Ok(())
}

/// How many accounts there are.
pub async fn count(conn: Conn<'_>) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT).fetch_one(c).await?);
    u64::try_from(count).context("counting the accounts")
}

/// The accounts that look after the server, the oldest first.
pub(super) async fn list_administrators(conn: Conn<'_>) -> anyhow::Result<Vec<User>> {
    let rows: Vec<Record> =
        on_engine!(conn, |c| query_as(LIST_ADMINISTRATORS).fetch_all(c).await?);
    let users = rows.into_iter().map(|record| Ok(row(record)?.0));
    users.collect()
}

/// Makes an account look after the server, or not any more; answers whether that is new.
pub(super) async fn update_administrator(
    conn: Conn<'_>,
    id: UserId,
    is_one: bool,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(UPDATE_ADMINISTRATOR)
            .bind(id.uuid())
            .bind(is_one)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Gives an account another password.
pub async fn update_password(conn: Conn<'_>, id: UserId, hash: &str) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_PASSWORD)
            .bind(id.uuid())
            .bind(hash)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Gives an account another name.
pub async fn update_name(conn: Conn<'_>, id: UserId, name: &Name) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_NAME)
            .bind(id.uuid())
            .bind(name.as_str())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// The attempts on an address, which nobody else can count until the transaction ends.
pub(super) async fn lock_attempts(
    conn: Conn<'_>,
    address: &SecretHash,
    now: Time,
) -> anyhow::Result<Attempts> {
    let (count, last_at): (i64, i64) = on_engine!(conn, |c| {
        query_as(LOCK_ATTEMPTS)
            .bind(address.as_slice())
            .bind(now.0)
            .fetch_one(c)
            .await?
    });
    Ok(Attempts {
        count: u32::try_from(count).unwrap_or(u32::MAX),
        last_at: Time(last_at),
    })
}

/// Notes an attempt on an address.
pub(super) async fn update_attempts(
    conn: Conn<'_>,
    address: &SecretHash,
    count: u32,
    now: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_ATTEMPTS)
            .bind(address.as_slice())
            .bind(i64::from(count))
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Forgets the attempts on an address.
pub(super) async fn delete_attempts(conn: Conn<'_>, address: &SecretHash) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_ATTEMPTS)
            .bind(address.as_slice())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Forgets attempts that are long past.
pub(super) async fn delete_attempts_before(conn: Conn<'_>, time: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_ATTEMPTS_BEFORE)
            .bind(time.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes that an account's address is its owner's.
pub async fn update_confirmed(conn: Conn<'_>, id: UserId, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_CONFIRMED)
            .bind(id.uuid())
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// The link with that secret, if it is still good.
pub(super) async fn find_link(
    conn: Conn<'_>,
    hash: &SecretHash,
    purpose: Purpose,
    now: Time,
) -> anyhow::Result<Option<Link>> {
    let found: Option<LinkRecord> = on_engine!(conn, |c| {
        query_as(FIND_LINK)
            .bind(hash.as_slice())
            .bind(purpose.as_str())
            .bind(now.0)
            .fetch_optional(c)
            .await?
    });
    let Some(r) = found else { return Ok(None) };
    Ok(Some(Link {
        hash: r
            .token_hash
            .try_into()
            .map_err(|_| anyhow!("a stored hash has another length"))?,
        user: r.user_id.into(),
        purpose,
        email: text(r.email)?,
        created_at: Time(r.created_at),
        expires_at: Time(r.expires_at),
    }))
}

/// How many links of a kind somebody has got since.
pub(super) async fn count_links_since(
    conn: Conn<'_>,
    user: UserId,
    purpose: Purpose,
    since: Time,
) -> sqlx::Result<i64> {
    Ok(on_engine!(conn, |c| {
        query_scalar(COUNT_LINKS_SINCE)
            .bind(user.uuid())
            .bind(purpose.as_str())
            .bind(since.0)
            .fetch_one(c)
            .await?
    }))
}

/// Adds a link.
pub(super) async fn insert_link(conn: Conn<'_>, link: &Link) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_LINK)
            .bind(link.hash.as_slice())
            .bind(link.user.uuid())
            .bind(link.purpose.as_str())
            .bind(link.email.as_str())
            .bind(link.created_at.0)
            .bind(link.expires_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes a link; answers whether there was one.
pub(super) async fn delete_link(conn: Conn<'_>, hash: &SecretHash) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE_LINK)
            .bind(hash.as_slice())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes all of somebody's links.
pub(super) async fn delete_links(conn: Conn<'_>, user: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_LINKS).bind(user.uuid()).execute(c).await?;
    });
    Ok(())
}

/// Deletes links that have ended.
pub(super) async fn delete_links_before(conn: Conn<'_>, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_LINKS_BEFORE).bind(now.0).execute(c).await?;
    });
    Ok(())
}

/// The address that a link was sent to which makes an account, if it is still good.
pub(super) async fn find_sign_up(
    conn: Conn<'_>,
    hash: &SecretHash,
    now: Time,
) -> anyhow::Result<Option<Email>> {
    let found: Option<String> = on_engine!(conn, |c| {
        query_scalar(FIND_SIGN_UP)
            .bind(hash.as_slice())
            .bind(now.0)
            .fetch_optional(c)
            .await?
    });
    found.map(text).transpose()
}

/// How many links that make an account were made for an address since.
pub(super) async fn count_sign_ups_since(
    conn: Conn<'_>,
    email: &Email,
    since: Time,
) -> sqlx::Result<i64> {
    Ok(on_engine!(conn, |c| {
        query_scalar(COUNT_SIGN_UPS_SINCE)
            .bind(email.as_str())
            .bind(since.0)
            .fetch_one(c)
            .await?
    }))
}

/// Adds a link that makes an account.
pub(super) async fn insert_sign_up(
    conn: Conn<'_>,
    hash: &SecretHash,
    email: &Email,
    now: Time,
    expires_at: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_SIGN_UP)
            .bind(hash.as_slice())
            .bind(email.as_str())
            .bind(now.0)
            .bind(expires_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Uses a link that makes an account up; answers whether there was one.
pub(super) async fn delete_sign_up(conn: Conn<'_>, hash: &SecretHash) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE_SIGN_UP)
            .bind(hash.as_slice())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes all links that make an account with an address.
pub(crate) async fn delete_sign_ups(conn: Conn<'_>, email: &Email) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_SIGN_UPS)
            .bind(email.as_str())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes links that make an account and have ended.
pub(super) async fn delete_sign_ups_before(conn: Conn<'_>, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_SIGN_UPS_BEFORE).bind(now.0).execute(c).await?;
    });
    Ok(())
}
