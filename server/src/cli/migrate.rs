//! `teamflow migrate`: for deployments that change the schema before they start the new version.

use super::print;
use crate::app::make_data_dir;
use crate::config::Config;
use crate::db::{self, Db};

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    make_data_dir(&config.storage.data_dir)?;
    let db = Db::open(&config.storage.database_url).await?;
    let pending = db::pending_migrations(&db).await?.len();
    db::migrate(&db).await?;
    db.close().await;
    print(&match pending {
        0 => "The database is up to date.".to_owned(),
        1 => "The database is up to date: one migration was applied.".to_owned(),
        several => format!("The database is up to date: {several} migrations were applied."),
    })?;
    Ok(())
}
