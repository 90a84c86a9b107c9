//! `teamflow token`: access tokens from the server's own command line.

use super::{print, told};
use crate::clock::later;
use crate::config::Config;
use crate::{accounts, tokens};
use anyhow::Context as _;
use clap::Subcommand;
use shared::values::{Email, Name};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token for a person and print it: it cannot be shown again.
    Create {
        /// The person's e-mail address.
        #[arg(long, value_name = "MAIL", value_parser = Email::parse)]
        user: Email,
        /// What the token is for.
        #[arg(long, default_value = "Command line", value_parser = Name::parse)]
        name: Name,
        /// After how many days it ends. Without it, it does not.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        expires_days: Option<u32>,
    },
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Create {
        user,
        name,
        expires_days,
    } = command;
    let app = super::app(config).await?;
    let owner = accounts::find_by_email(&app, &user).await.map_err(told)?;
    let owner = owner.with_context(|| format!("nobody has an account with {user}"))?;
    let expires_at = expires_days.map(|days| later(app.clock.now(), DAY * days));
    let (_, secret) = tokens::create(&app, owner.id, name, expires_at)
        .await
        .map_err(told)?;
    app.db.close().await;
    print(secret.as_str())?;
    Ok(())
}
