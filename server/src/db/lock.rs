//! Locks that are not rows: for rules about what is not there yet.

use super::Conn;

/// What is locked. The number is the key on PostgreSQL.
#[derive(Clone, Copy)]
pub enum Lock {
    /// Being the first account of the server.
    FirstAccount = 1,
    /// How an account's owner comes in.
    WaysIn = 2,
    /// Who looks after the server.
    Administrators = 3,
}

const LOCK: &str = "select pg_advisory_xact_lock($1)";

/// Waits until no other transaction holds the lock, and holds it to the end of this one. On SQLite every transaction that
/// writes is alone anyway.
pub async fn lock(conn: Conn<'_>, lock: Lock) -> sqlx::Result<()> {
    if let Conn::Postgres(c) = conn {
        sqlx::query(LOCK).bind(lock as i64).execute(c).await?;
    }
    Ok(())
}
