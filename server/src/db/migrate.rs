//! Migrations: one folder for each engine, with equal numbers, embedded in the binary.

use super::{Db, fence};
use anyhow::Context as _;
use sqlx::migrate::Migrator;

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// Brings the database's schema up to this binary's.
pub async fn migrate(db: &Db) -> anyhow::Result<()> {
    match db {
        Db::Sqlite { writer, .. } => SQLITE.run(writer).await,
        Db::Postgres(postgres) => POSTGRES.run(postgres.pool()).await,
    }
    .context("migrating the database")?;
    match db {
        Db::Sqlite { .. } => Ok(()),
        Db::Postgres(postgres) => fence::raise(postgres).await,
    }
}

const APPLIED: &str = "select version from _sqlx_migrations where success";

/// The numbers of the migrations that this binary has and the database has not.
pub async fn pending_migrations(db: &Db) -> anyhow::Result<Vec<i64>> {
    let migrator = match db {
        Db::Sqlite { .. } => &SQLITE,
        Db::Postgres(_) => &POSTGRES,
    };
    let mut read = db.unfenced().read().await?;
    let applied: Vec<i64> = crate::on_engine!(read.conn(), |c| {
        // Before the first migration the table does not exist.
        sqlx::query_scalar(APPLIED)
            .fetch_all(c)
            .await
            .unwrap_or_default()
    });
    Ok(migrator
        .iter()
        .map(|m| m.version)
        .filter(|version| !applied.contains(version))
        .collect())
}
