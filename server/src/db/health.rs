//! Questions about the database itself, for `/ready` and `teamflow doctor`.

use super::{Conn, Db};
use crate::on_engine;
use anyhow::Context as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{query, query_scalar};
use std::path::PathBuf;
use std::str::FromStr as _;

const PING: &str = "select 1";

/// Whether the database answers.
pub async fn ping(db: &Db) -> anyhow::Result<()> {
    let mut read = db.read().await.context("getting a connection")?;
    on_engine!(read.conn(), |c| query(PING).execute(c).await.map(drop))
        .context("asking the database")
}

/// The file of a SQLite address.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") {
        return None;
    }
    Some(
        SqliteConnectOptions::from_str(url)
            .ok()?
            .get_filename()
            .to_owned(),
    )
}

const JOURNAL_MODE: &str = "pragma journal_mode";
const SYNCHRONOUS: &str = "pragma synchronous";
const INTEGRITY: &str = "pragma integrity_check(5)";
const FOREIGN_KEYS: &str = "select count(*) from pragma_foreign_key_check";

/// What SQLite says about its file.
pub struct SqliteState {
    /// `wal` is right.
    pub journal_mode: String,
    /// 2 (FULL) or more is right: less loses acknowledged commands when the power fails.
    pub synchronous: i64,
    /// The first errors in the file.
    pub integrity_errors: Vec<String>,
    /// Rows that point to rows that do not exist.
    pub orphans: i64,
}

/// Looks through the whole file of a SQLite database; nothing on PostgreSQL.
pub async fn sqlite_state(db: &Db) -> anyhow::Result<Option<SqliteState>> {
    let mut tx = db.write().await?;
    let Conn::Sqlite(c) = tx.conn() else {
        return Ok(None);
    };
    let journal_mode: String = query_scalar(JOURNAL_MODE).fetch_one(&mut *c).await?;
    let synchronous: i64 = query_scalar(SYNCHRONOUS).fetch_one(&mut *c).await?;
    let mut integrity_errors: Vec<String> = query_scalar(INTEGRITY).fetch_all(&mut *c).await?;
    integrity_errors.retain(|line| line != "ok");
    let orphans: i64 = query_scalar(FOREIGN_KEYS).fetch_one(c).await?;
    tx.rollback().await?;
    Ok(Some(SqliteState {
        journal_mode,
        synchronous,
        integrity_errors,
        orphans,
    }))
}

const SQLITE_SIZE: &str = "
    select page_count * page_size from pragma_page_count(), pragma_page_size()";

const POSTGRES_SIZE: &str = "select pg_database_size(current_database())";

/// How large the database is, in bytes.
pub async fn size(db: &Db) -> anyhow::Result<u64> {
    let mut read = db.read().await?;
    let size: i64 = match read.conn() {
        Conn::Sqlite(c) => query_scalar(SQLITE_SIZE).fetch_one(c).await?,
        Conn::Postgres(c) => query_scalar(POSTGRES_SIZE).fetch_one(c).await?,
    };
    u64::try_from(size).context("reading the database's size")
}

const CLOCK: &str = "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)";

/// The time on PostgreSQL's machine in Unix milliseconds; nothing on SQLite, which is on ours.
pub async fn server_time(db: &Db) -> anyhow::Result<Option<i64>> {
    let mut read = db.read().await?;
    let Conn::Postgres(c) = read.conn() else {
        return Ok(None);
    };
    Ok(Some(query_scalar(CLOCK).fetch_one(c).await?))
}

/// Whether a query failed because what must be unique was there already.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
