//! `teamflow secrets`: what is sealed in the database.

use super::print;
use crate::config::Config;
use crate::settings;
use crate::vault::{self, Counts};
use anyhow::bail;
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Seal everything anew with the first of `TEAMFLOW_SECRET_KEYS`; then the keys behind it can go. It may be broken off
    /// and begun again, and servers may run meanwhile.
    Reseal,
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Reseal = command;
    let app = super::app(config).await?;
    let mut lost = 0;
    for column in vault::COLUMNS {
        let counts = vault::reseal(&app, column).await?;
        lost += counts.lost;
        tell(column.table, column.column, counts)?;
    }
    let counts = settings::reseal(&app).await?;
    lost += counts.lost;
    tell("settings", "value", counts)?;
    app.db.close().await;
    if lost > 0 {
        bail!(
            "{lost} secrets were sealed with keys that are not here: add those keys behind the first in TEAMFLOW_SECRET_KEYS \
             and begin again"
        );
    }
    Ok(())
}

fn tell(table: &str, column: &str, counts: Counts) -> std::io::Result<()> {
    print(&format!(
        "{table}.{column}: {} sealed anew, {} were already, {} could not be opened",
        counts.anew, counts.current, counts.lost
    ))
}
