//! `teamflow user`: what people are on this server.

use super::{print, told};
use crate::accounts::administrators;
use crate::config::Config;
use clap::Subcommand;
use shared::values::Email;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Who looks after the whole server.
    #[command(subcommand)]
    Admin(Admin),
}

#[derive(Subcommand)]
pub(super) enum Admin {
    /// Make somebody an administrator of the server.
    Add {
        /// The person's e-mail address.
        #[arg(value_name = "MAIL", value_parser = Email::parse)]
        email: Email,
    },
    /// Take it from an administrator; never from the last.
    Remove {
        /// The person's e-mail address.
        #[arg(value_name = "MAIL", value_parser = Email::parse)]
        email: Email,
    },
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Admin(admin) = command;
    let app = super::app(config).await?;
    let said = match admin {
        Admin::Add { email } => {
            let added = administrators::add(&app, None, &email).await;
            added.map_err(told)?;
            format!("{email} is an administrator of this server.")
        }
        Admin::Remove { email } => {
            let removed = administrators::remove(&app, None, &email).await;
            removed.map_err(told)?;
            format!("{email} is no administrator of this server any more.")
        }
    };
    // The person is told by mail.
    app.mailer.settle().await;
    app.db.close().await;
    print(&said)?;
    Ok(())
}
