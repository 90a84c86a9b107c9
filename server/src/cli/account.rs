//! `teamflow account`: for people who cannot get in, from the server's own command line.

use super::{print, told};
use crate::accounts;
use crate::accounts::links::{self, Purpose};
use crate::config::Config;
use anyhow::Context as _;
use clap::Subcommand;
use shared::values::Email;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print a link by which a person chooses another password, good once and for an hour.
    ResetLink {
        /// The person's e-mail address.
        #[arg(long, value_name = "MAIL", value_parser = Email::parse)]
        user: Email,
    },
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::ResetLink { user } = command;
    let app = super::app(config).await?;
    let owner = accounts::find_by_email(&app, &user).await.map_err(told)?;
    let owner = owner.with_context(|| format!("nobody has an account with {user}"))?;
    let link = links::make(&app, &owner, Purpose::Reset)
        .await
        .map_err(told)?;
    app.db.close().await;
    print(&link.context("a link was made just now: use that one, or wait a minute")?)?;
    Ok(())
}
