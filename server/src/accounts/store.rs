//! All SQL of accounts.

use super::User;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::text;
use anyhow::Context as _;
use shared::ids::UserId;
use shared::values::{Email, Time};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const FIND: &str = "
    select id, email, name, password_hash, created_at, is_site_admin
      from users
     where id = $1";

/// Served by `users_email_key`.
const FIND_BY_EMAIL: &str = "
    select id, email, name, password_hash, created_at, is_site_admin
      from users
     where email = $1";

const INSERT: &str = "
    insert into users (id, email, name, password_hash, created_at, is_site_admin)
    values ($1, $2, $3, $4, $5, $6)";

const COUNT: &str = "select count(*) from users";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    created_at: i64,
    is_site_admin: bool,
}

fn row(r: Record) -> anyhow::Result<(User, String)> {
    let user = User {
        id: r.id.into(),
        email: text(r.email)?,
        name: text(r.name)?,
        created_at: Time(r.created_at),
        is_site_admin: r.is_site_admin,
    };
    Ok((user, r.password_hash))
}

/// The account with that id.
pub async fn find(conn: Conn<'_>, id: UserId) -> anyhow::Result<Option<User>> {
    let found: Option<Record> = on_engine!(conn, |c| query_as(FIND)
        .bind(id.uuid())
        .fetch_optional(c)
        .await?);
    Ok(found.map(row).transpose()?.map(|(user, _)| user))
}

/// The account with that address, and its password's hash.
pub async fn find_with_hash(
    conn: Conn<'_>,
    email: &Email,
) -> anyhow::Result<Option<(User, String)>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND_BY_EMAIL)
            .bind(email.as_str())
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// Adds an account. A unique violation means that the address is taken.
pub async fn insert(conn: Conn<'_>, user: &User, password_hash: &str) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(user.id.uuid())
            .bind(user.email.as_str())
            .bind(user.name.as_str())
            .bind(password_hash)
            .bind(user.created_at.0)
            .bind(user.is_site_admin)
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
