//! The two engines behind one SQL text.
//!
//! Stores keep each query as one `const` with `$1..$n`, which both engines read, and run it through `on_engine!`, which
//! expands the call once for each. What differs between the engines has its home in this folder.

mod alone;
mod fence;
mod health;
mod lock;
pub mod many;
mod migrate;

pub use alone::{Alone, serve_alone};
pub use fence::{Errand, Reach};
pub use health::{
    SqliteState, is_unique_violation, ping, server_time, size, sqlite_file, sqlite_state,
};
pub use lock::{Lock, lock};
pub use migrate::{migrate, pending_migrations};

use anyhow::Context as _;
use fence::Fence;
use shared::ids::{UserId, WorkspaceId};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, Transaction};
use std::str::FromStr as _;
use std::time::Duration;
use tracing::Instrument as _;

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
    Postgres(Postgres),
}

/// PostgreSQL's connections, and how the transactions on them begin.
#[derive(Clone)]
pub struct Postgres {
    pool: PgPool,
    fence: Fence,
}

/// A transaction that writes. Dropped without [`WriteTx::commit`], it leaves nothing behind.
pub enum WriteTx {
    /// Begun with `BEGIN IMMEDIATE`, so that it never has to give up a read for a write.
    Sqlite(Transaction<'static, Sqlite>),
    /// READ COMMITTED: each statement after the locked head row sees all that was committed before the lock.
    Postgres(Transaction<'static, sqlx::Postgres>),
}

/// A connection that reads.
pub enum Read {
    /// SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// READ COMMITTED: each statement sees what was committed before it. A transaction says how far it reaches.
    Postgres(Transaction<'static, sqlx::Postgres>),
}

/// Several reads of one moment.
pub enum Snapshot {
    /// A read transaction.
    Sqlite(Transaction<'static, Sqlite>),
    /// REPEATABLE READ.
    Postgres(Transaction<'static, sqlx::Postgres>),
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
            let fence = Fence::default();
            // Before the first migration there is nothing to fence.
            fence::look(&mut *pool.acquire().await?, &fence).await?;
            Ok(Db::Postgres(Postgres { pool, fence }))
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

    /// The same database as the user sees it whom its address names, who may see everything: for looking at the server
    /// from outside of it, never for its own work.
    #[must_use]
    pub fn unfenced(&self) -> Self {
        match self {
            Db::Postgres(Postgres { pool, .. }) => Db::Postgres(Postgres {
                pool: pool.clone(),
                fence: Fence::default(),
            }),
            Db::Sqlite { .. } => self.clone(),
        }
    }

    /// A connection to read with what belongs to no workspace.
    pub async fn read(&self) -> sqlx::Result<Read> {
        self.read_at(Reach::Server).await
    }

    /// A connection to read a workspace with.
    pub async fn read_in(&self, ws: WorkspaceId) -> sqlx::Result<Read> {
        self.read_at(Reach::Workspace(ws)).await
    }

    /// A connection to look through somebody's workspaces with.
    pub async fn read_as(&self, user: UserId) -> sqlx::Result<Read> {
        self.read_at(Reach::Person(user)).await
    }

    /// A connection to read with for all workspaces.
    pub async fn read_for(&self, errand: Errand) -> sqlx::Result<Read> {
        self.read_at(Reach::Errand(errand)).await
    }

    /// A connection to read with that reaches so far.
    pub async fn read_at(&self, reach: Reach) -> sqlx::Result<Read> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Read::Sqlite(readers.acquire().await?),
            Db::Postgres(postgres) => {
                Read::Postgres(postgres.begin("begin read only", reach).await?)
            }
        })
    }

    /// A transaction in which all reads of a workspace see one moment.
    pub async fn snapshot_in(&self, ws: WorkspaceId) -> sqlx::Result<Snapshot> {
        self.snapshot_at(Reach::Workspace(ws)).await
    }

    /// A transaction in which all reads see one moment, and that reaches so far.
    pub async fn snapshot_at(&self, reach: Reach) -> sqlx::Result<Snapshot> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Snapshot::Sqlite(readers.begin().await?),
            Db::Postgres(postgres) => {
                let begin = "begin transaction isolation level repeatable read, read only";
                Snapshot::Postgres(postgres.begin(begin, reach).await?)
            }
        })
    }

    /// A transaction to write in what belongs to no workspace.
    pub async fn write(&self) -> sqlx::Result<WriteTx> {
        self.write_at(Reach::Server).await
    }

    /// A transaction to write to a workspace in.
    pub async fn write_in(&self, ws: WorkspaceId) -> sqlx::Result<WriteTx> {
        self.write_at(Reach::Workspace(ws)).await
    }

    /// A transaction to write in that reaches so far.
    pub async fn write_at(&self, reach: Reach) -> sqlx::Result<WriteTx> {
        Ok(match self {
            Db::Sqlite { writer, .. } => {
                WriteTx::Sqlite(writer.begin_with("begin immediate").await?)
            }
            Db::Postgres(postgres) => WriteTx::Postgres(postgres.begin("begin", reach).await?),
        })
    }

    /// Closes all connections; SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(Postgres { pool, .. }) => pool.close().await,
        }
    }
}

impl Postgres {
    /// The connections as they are.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction that reaches so far. It is begun to the end also where nobody waits for it any more, as when
    /// somebody closes a page: sqlx 0.9 forgets one whose beginning was given up, and its pool hands the connection on with
    /// the transaction open, and behind the fence of another workspace (sqlx's issue 4393).
    async fn begin(
        &self,
        begin: &'static str,
        reach: Reach,
    ) -> sqlx::Result<Transaction<'static, sqlx::Postgres>> {
        let Self { pool, fence } = self.clone();
        let beginning = async move { pool.begin_with(fence.begin(begin, reach)).await };
        let begun = tokio::spawn(beginning.in_current_span()).await;
        // It is not aborted, but for the end of everything.
        begun.unwrap_or(Err(sqlx::Error::PoolClosed))
    }
}

impl Read {
    /// The connection, for one query.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Read::Sqlite(conn) => Conn::Sqlite(conn),
            Read::Postgres(tx) => Conn::Postgres(tx),
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

    /// Goes on in a workspace that was just found, at the same moment.
    pub async fn enter(&mut self, ws: WorkspaceId) -> sqlx::Result<()> {
        match self {
            Snapshot::Sqlite(_) => Ok(()),
            Snapshot::Postgres(tx) => fence::enter(tx, ws).await,
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
