//! The command line.

mod account;
mod doctor;
mod import;
mod logging;
mod migrate;
mod secrets;
mod serve;
mod token;
mod user;
mod workspace;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Errand;
use crate::http::Error;
use crate::http::assets::Site;
use crate::members;
use crate::rng::Rng;
use anyhow::{Context as _, anyhow};
use clap::{Parser, Subcommand};
use shared::access::Role;
use shared::ids::{UserId, WorkspaceId};
use shared::values::Slug;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// TeamFlow: boards for teams, live in every browser.
#[derive(Parser)]
#[command(name = "teamflow", version)]
pub struct Cli {
    /// A TOML file with settings; TEAMFLOW_* variables win over it. Also: `TEAMFLOW_CONFIG`.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database up to date and serve.
    Serve,
    /// Bring the database up to date and end.
    Migrate,
    /// Check settings, database and files, and say what to do.
    Doctor,
    /// People's accounts.
    #[command(subcommand)]
    Account(account::Command),
    /// Boards of other tools.
    #[command(subcommand)]
    Import(import::Command),
    /// What is sealed in the database.
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Personal access tokens.
    #[command(subcommand)]
    Token(token::Command),
    /// What people are on this server.
    #[command(subcommand)]
    User(user::Command),
    /// Workspaces.
    #[command(subcommand)]
    Workspace(workspace::Command),
}

/// Does what was asked for; an error goes to standard error.
pub async fn run(cli: Cli) -> ExitCode {
    match Box::pin(dispatch(cli)).await {
        Ok(code) => code,
        Err(error) => {
            // Where standard error is closed, the exit code must do.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    if matches!(cli.command, Command::Doctor) {
        // It reports wrong settings itself.
        return doctor::run(Config::load(cli.config)).await;
    }
    let config = Config::load(cli.config)?;
    logging::start(&config.log)?;
    match cli.command {
        Command::Serve => serve::run(config).await?,
        Command::Migrate => migrate::run(config).await?,
        Command::Account(command) => account::run(config, command).await?,
        Command::Import(command) => import::run(config, command).await?,
        Command::Secrets(command) => secrets::run(config, command).await?,
        Command::Token(command) => token::run(config, command).await?,
        Command::User(command) => user::run(config, command).await?,
        Command::Workspace(command) => workspace::run(config, command).await?,
        Command::Doctor => unreachable!("handled above"),
    }
    Ok(ExitCode::SUCCESS)
}

/// An app for a command that serves nothing, and so needs no site.
async fn app(config: Config) -> anyhow::Result<App> {
    App::open(config, Site::none(), Clock::system(), Rng::system()).await
}

/// The workspace at an address, and an owner of it, on whose behalf the command line works there.
async fn owner_at(app: &App, slug: &Slug) -> anyhow::Result<(WorkspaceId, UserId)> {
    let mut read = app.db.read_for(Errand::Address).await?;
    let workspace = crate::sync::store::find_by_slug(read.conn(), slug.as_str()).await?;
    let workspace = workspace.with_context(|| format!("there is no workspace {slug}"))?;
    let mut read = app.db.read_in(workspace).await?;
    let members = members::store::list(read.conn(), workspace).await?;
    let mut members = members.into_iter().map(|stored| stored.row);
    let owner = members.find(|member| member.role == Role::Owner && member.active);
    let owner = owner.with_context(|| format!("the workspace {slug} has no active owner"))?;
    Ok((workspace, owner.id))
}

/// Prints a line for people or scripts. The log goes elsewhere.
fn print(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// On the command line, whoever asks may read what broke.
fn told(error: Error) -> anyhow::Error {
    match error {
        Error::Refused(rejected) | Error::Later(rejected, _) => anyhow!(rejected.message),
        Error::Failed(error) => error,
    }
}
