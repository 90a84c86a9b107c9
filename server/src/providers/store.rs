//! All SQL of the links between accounts and providers.

use super::Link;
use crate::db::Conn;
use crate::on_engine;
use anyhow::Context as _;
use shared::ids::UserId;
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const FIND: &str = "
    select issuer, subject, user_id, email, created_at, used_at
      from provider_links
     where issuer = $1 and subject = $2";

/// Served by `provider_links_user_key`.
const LIST: &str = "
    select issuer, subject, user_id, email, created_at, used_at
      from provider_links
     where user_id = $1
     order by created_at, issuer
     limit 100";

/// Served by `provider_links_user_key`.
const COUNT: &str = "select count(*) from provider_links where user_id = $1";

const INSERT: &str = "
    insert into provider_links (issuer, subject, user_id, email, created_at, used_at)
    values ($1, $2, $3, $4, $5, $6)";

const UPDATE_USED: &str = "
    update provider_links
       set used_at = $3, email = $4
     where issuer = $1 and subject = $2";

/// Served by `provider_links_user_key`.
const DELETE: &str = "delete from provider_links where user_id = $1 and issuer = $2";

/// Served by `provider_links_user_key`.
const DELETE_ALL: &str = "delete from provider_links where user_id = $1";

#[derive(sqlx::FromRow)]
struct Record {
    issuer: String,
    subject: String,
    user_id: Uuid,
    email: Option<String>,
    created_at: i64,
    used_at: i64,
}

fn row(r: Record) -> Link {
    Link {
        issuer: r.issuer,
        subject: r.subject,
        user: r.user_id.into(),
        email: r.email,
        created_at: Time(r.created_at),
        used_at: Time(r.used_at),
    }
}

/// The link of whom a provider calls so.
pub(super) async fn find(
    conn: Conn<'_>,
    issuer: &str,
    subject: &str,
) -> sqlx::Result<Option<Link>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND)
            .bind(issuer)
            .bind(subject)
            .fetch_optional(c)
            .await?
    });
    Ok(found.map(row))
}

/// An account's links, the oldest first.
pub(super) async fn list(conn: Conn<'_>, user: UserId) -> sqlx::Result<Vec<Link>> {
    let rows: Vec<Record> = on_engine!(conn, |c| query_as(LIST)
        .bind(user.uuid())
        .fetch_all(c)
        .await?);
    Ok(rows.into_iter().map(row).collect())
}

/// How many links an account has.
pub(crate) async fn count(conn: Conn<'_>, user: UserId) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT)
        .bind(user.uuid())
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting an account's links")
}

/// Adds a link. A unique violation means that one of the two is linked already.
pub(crate) async fn insert(conn: Conn<'_>, link: &Link) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(&link.issuer)
            .bind(&link.subject)
            .bind(link.user.uuid())
            .bind(link.email.as_deref())
            .bind(link.created_at.0)
            .bind(link.used_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes that somebody came in by a link, with the address that they have at the provider now.
pub(super) async fn update_used(conn: Conn<'_>, link: &Link) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_USED)
            .bind(&link.issuer)
            .bind(&link.subject)
            .bind(link.used_at.0)
            .bind(link.email.as_deref())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes an account's link to a provider; answers whether there was one.
pub(super) async fn delete(conn: Conn<'_>, user: UserId, issuer: &str) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE)
            .bind(user.uuid())
            .bind(issuer)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes all links of an account.
pub(crate) async fn delete_all(conn: Conn<'_>, user: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_ALL).bind(user.uuid()).execute(c).await?;
    });
    Ok(())
}
