//! All SQL of what was begun and not finished.

use crate::accounts::identity::SecretHash;
use crate::db::Conn;
use crate::on_engine;
use shared::values::Time;
use sqlx::{query, query_scalar};

const FIND: &str = "select sealed from sign_in_flows where token_hash = $1 and expires_at > $2";

const INSERT: &str = "
    insert into sign_in_flows (token_hash, sealed, expires_at)
    values ($1, $2, $3)";

const DELETE: &str = "delete from sign_in_flows where token_hash = $1";

/// Served by `sign_in_flows_expires_idx`.
const DELETE_BEFORE: &str = "delete from sign_in_flows where expires_at <= $1";

/// What was begun with that secret, if it is not too long ago.
pub(super) async fn find(
    conn: Conn<'_>,
    hash: &SecretHash,
    now: Time,
) -> sqlx::Result<Option<Vec<u8>>> {
    Ok(on_engine!(conn, |c| {
        query_scalar(FIND)
            .bind(hash.as_slice())
            .bind(now.0)
            .fetch_optional(c)
            .await?
    }))
}

/// Adds something begun.
pub(super) async fn insert(
    conn: Conn<'_>,
    hash: &SecretHash,
    sealed: &[u8],
    expires_at: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(hash.as_slice())
            .bind(sealed)
            .bind(expires_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes something begun; answers whether there was any.
pub(super) async fn delete(conn: Conn<'_>, hash: &SecretHash) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE)
            .bind(hash.as_slice())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Deletes what was never finished.
pub(super) async fn delete_before(conn: Conn<'_>, now: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_BEFORE).bind(now.0).execute(c).await?;
    });
    Ok(())
}
