//! `teamflow token`: access tokens from the server's own command line.

use super::{print, told};
use crate::access::{Actor, Visit};
use crate::accounts;
use crate::clock::later;
use crate::config::Config;
use crate::tokens::{self, DAY, DAYS_DEFAULT, DAYS_MAX, Wanted};
use anyhow::Context as _;
use clap::Subcommand;
use shared::ids::ProjectId;
use shared::limits::KeyScopes;
use shared::values::{Email, Name};

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
        /// After how many days it ends.
        #[arg(long, value_name = "N", default_value_t = DAYS_DEFAULT,
            value_parser = clap::value_parser!(u32).range(1..=i64::from(DAYS_MAX)))]
        expires_days: u32,
        /// It is good until it is revoked.
        #[arg(long, conflicts_with = "expires_days")]
        never_expires: bool,
        /// What it may do, with spaces between: read, comment, write, admin.
        #[arg(long, value_name = "SCOPES", default_value = "read write", value_parser = KeyScopes::parse)]
        scopes: KeyScopes,
        /// The address of the only workspace that there is for it.
        #[arg(long, value_name = "SLUG")]
        workspace: Option<String>,
        /// The id of a project that it is limited to; may be given more than once.
        #[arg(long, value_name = "ID", requires = "workspace")]
        project: Vec<ProjectId>,
    },
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Create {
        user,
        name,
        expires_days,
        never_expires,
        scopes,
        workspace,
        project,
    } = command;
    let app = super::app(config).await?;
    let owner = accounts::find_by_email(&app, &user).await.map_err(told)?;
    let owner = owner.with_context(|| format!("nobody has an account with {user}"))?;
    let workspace = match workspace {
        Some(slug) => {
            let visit = Visit::to_slug(&app, Actor::unlimited(owner.id), &slug).await;
            Some(visit.map_err(told)?.workspace)
        }
        None => None,
    };
    let wanted = Wanted {
        name,
        expires_at: (!never_expires).then(|| later(app.clock.now(), DAY * expires_days)),
        scopes,
        workspace,
        projects: (!project.is_empty()).then(|| project.into_iter().collect()),
    };
    let (_, secret) = tokens::create(&app, owner.id, wanted).await.map_err(told)?;
    app.db.close().await;
    print(secret.as_str())?;
    Ok(())
}
