//! `teamflow workspace`: what the server's operator says of a workspace.

use super::{owner_at, print, told};
use crate::access::Actor;
use crate::config::Config;
use clap::Subcommand;
use shared::values::{Name, Slug};
use shared::workspaces::Mutation;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say what a workspace's plan is called: a name for your books, on which nothing depends. Without a name, none.
    Plan {
        /// The workspace's address.
        #[arg(value_name = "SLUG", value_parser = Slug::parse)]
        workspace: Slug,
        /// The plan's name.
        #[arg(value_name = "NAME", value_parser = Name::parse)]
        name: Option<Name>,
    },
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Plan { workspace, name } = command;
    let app = super::app(config).await?;
    let (id, owner) = owner_at(&app, &workspace).await?;
    let said = match &name {
        Some(name) => format!("{workspace} has the plan {name}."),
        None => format!("{workspace} has no plan."),
    };
    let command = Mutation::SetPlan { id, plan: name };
    let done = app.sync.commit(id, Actor::unlimited(owner), command).await;
    done.map_err(told)?;
    app.db.close().await;
    print(&said)?;
    Ok(())
}
