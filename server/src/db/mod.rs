//! The two engines behind one SQL text.
//!
//! Stores keep each query as one `const` with `$1..$n`, which both engines read, and run it through `on_engine!`, which
//! expands the call once for each. What differs between the engines has its home in this folder.

mod alone;
mod health;
mod lock;
pub mod many;
mod migrate;

pub use alone::{Alone, serve_alone};
pub use health::{SqliteState, is_unique_violation, ping, server_time, sqlite_file, sqlite_state};
pub use lock::{Lock, lock};
pub use migrate::{migrate, pending_migrations};

use anyhow::Context as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Postgres, Sqlite, Transaction};
use std::str::FromStr as _;
use std::time::Duration;

/// How long a connection to PostgreSQL may have been idle and still be used without asking whether it stands.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Expands a query once for each engine: `on_engine!(conn, |c| sqlx::query(SQL).bind(id).execute(c).await)`.
///
/// `conn` is a [`Conn`]; `c` is the engine's own connection.
#[macro_export]
macro_rules! on_engine {
    ($conn:expr, |$c:ident| $query:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => $query,
            $crate::db::Conn::Postgres($c) => $query,
        }
    };
}

/// A connection of either engine, borrowed for one query.
pub enum Conn<'c> {
    /// SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// PostgreSQL.
    Postgres(&'c mut PgConnection),
}

/// The database.
#[derive(Clone)]
pub enum Db {
    /// SQLite has one writer; readers see the last commit.
    Sqlite {
        /// One connection.
        writer: SqlitePool,
        /// Several.
        readers: SqlitePool,
    },
    /// PostgreSQL.
    Postgres(PgPool),
}

/// A transaction that writes. Dropped without [`WriteTx::commit`], it leaves nothing behind.
pub enum WriteTx {
    /// Begun with `BEGIN IMMEDIATE`, so that it never has to give up a read for a write.
    Sqlite(Transaction<'static, Sqlite>),
    /// READ COMMITTED: each statement after the locked head row sees all that was committed before the lock.
    Postgres(Transaction<'static, Postgres>),
}

/// A connection that reads.
pub enum Read {
    /// SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// Several reads of one moment.
pub enum Snapshot {
    /// A read transaction.
    Sqlite(Transaction<'static, Sqlite>),
    /// REPEATABLE READ.
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://...`; a SQLite file is created where there is none.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else {
            let options = PgConnectOptions::from_str(url)
                .context("reading the PostgreSQL address")?
                .log_slow_statements(log::LevelFilter::Warn, Duration::from_secs(1));
            let pool = PgPoolOptions::new()
                .min_connections(1)
                .max_connections(20)
                .acquire_timeout(Duration::from_secs(5))
                // By default each use begins with a question whether the server is still there, which costs as much as a
                // query; one that was just there is.
                .test_before_acquire(false)
                .before_acquire(|conn, meta| {
                    Box::pin(async move {
                        if meta.idle_for >= TRUSTED_FOR {
                            conn.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_with(options)
                .await
                .context("connecting to PostgreSQL")?;
            Ok(Db::Postgres(pool))
        }
    }

    async fn open_sqlite(url: &str) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::from_str(url)
            .context("reading the SQLite path")?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL would lose acknowledged commands when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .statement_cache_capacity(256)
            .log_slow_statements(log::LevelFilter::Warn, Duration::from_secs(1));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // An open file does not go away.
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.clone())
            .await
            .with_context(|| format!("opening {url}"))?;
        let readers = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(8)
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await
            .with_context(|| format!("opening {url} for reading"))?;
        Ok(Db::Sqlite { writer, readers })
    }

    /// The engine's name, for logs and tests.
    pub const fn engine(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres(_) => "postgres",
        }
    }

    /// A connection to read with.
    pub async fn read(&self) -> sqlx::Result<Read> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Read::Sqlite(readers.acquire().await?),
            Db::Postgres(pool) => Read::Postgres(pool.acquire().await?),
        })
    }

    /// A transaction in which all reads see one moment.
    pub async fn snapshot(&self) -> sqlx::Result<Snapshot> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Snapshot::Sqlite(readers.begin().await?),
            Db::Postgres(pool) => {
                let begin = "begin transaction isolation level repeatable read, read only";
                Snapshot::Postgres(pool.begin_with(begin).await?)
            }
        })
    }

    /// A transaction to write in.
    pub async fn write(&self) -> sqlx::Result<WriteTx> {
        Ok(match self {
            Db::Sqlite { writer, .. } => {
                WriteTx::Sqlite(writer.begin_with("begin immediate").await?)
            }
            Db::Postgres(pool) => WriteTx::Postgres(pool.begin().await?),
        })
    }

    /// Closes all connections; SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Read {
    /// The connection, for one query.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Read::Sqlite(conn) => Conn::Sqlite(conn),
            Read::Postgres(conn) => Conn::Postgres(conn),
        }
    }
}

impl Snapshot {
    /// The connection, for one query.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Snapshot::Sqlite(tx) => Conn::Sqlite(tx),
            Snapshot::Postgres(tx) => Conn::Postgres(tx),
        }
    }
}

impl WriteTx {
    /// The connection, for one query.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            WriteTx::Sqlite(tx) => Conn::Sqlite(tx),
            WriteTx::Postgres(tx) => Conn::Postgres(tx),
        }
    }

    /// Makes it durable.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            WriteTx::Sqlite(tx) => tx.commit().await,
            WriteTx::Postgres(tx) => tx.commit().await,
        }
    }

    /// Leaves nothing behind.
    pub async fn rollback(self) -> sqlx::Result<()> {
        match self {
            WriteTx::Sqlite(tx) => tx.rollback().await,
            WriteTx::Postgres(tx) => tx.rollback().await,
        }
    }
}
