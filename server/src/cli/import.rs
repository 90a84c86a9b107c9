//! `teamflow import`: boards of other tools from the server's own command line, also while a server is running.

use super::{owner_at, print, told};
use crate::access::{Actor, Visit};
use crate::accounts;
use crate::app::App;
use crate::config::Config;
use crate::imports::{self, Seed, Wish};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use shared::access::Action;
use shared::ids::UserId;
use shared::imports::{BYTES_MAX, Preview};
use shared::values::{Email, Slug};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Import a Trello board from its JSON export, or see what an import would do.
    Trello(Trello),
}

#[derive(Args)]
pub(super) struct Trello {
    /// The file: in Trello, "Print, export and share", "Export as JSON".
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The address of the workspace that it goes into.
    #[arg(long, value_name = "SLUG", value_parser = Slug::parse)]
    workspace: Slug,
    /// Tell what maps and what does not, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the counts of the file for a program, instead of a table for people.
    #[arg(long, value_name = "FORMAT")]
    report: Option<Format>,
    /// Who imports it, by e-mail address. Without it, an owner of the workspace.
    #[arg(long, value_name = "MAIL", value_parser = Email::parse)]
    user: Option<Email>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The counts as JSON.
    Json,
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Trello(trello) = command;
    // A file that cannot be read needs no database.
    let board = Arc::new(imports::read(file(&trello.file)?).await.map_err(told)?);
    let app = super::app(config).await?;
    let slug = trello.workspace.as_str();
    let user = importer(&app, &trello).await?;
    let visit = Visit::to_slug(&app, Actor::unlimited(user), slug).await;
    let visit = visit
        .map_err(|_| anyhow::anyhow!("there is no workspace {slug}, or the person is not in it"))?;
    visit.require(Action::RunImports).map_err(told)?;
    let (wish, at) = (Wish::default(), (visit.workspace, user));
    let preview = if trello.dry_run {
        imports::preview(&app, visit.workspace, board, wish)
            .await
            .map_err(told)?
    } else {
        let done = imports::carry_out(&app, at, board, &wish, Seed::new(&app), None).await;
        done.map_err(told)?.preview
    };
    app.db.close().await;
    print(&match trello.report {
        Some(Format::Json) => serde_json::to_string_pretty(&preview.report)?,
        None => told_to_people(&preview, slug, trello.dry_run),
    })?;
    Ok(())
}

/// The file, if it is not too large.
fn file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let context = || format!("reading {}", path.display());
    let file = File::open(path).with_context(context)?;
    let mut bytes = Vec::new();
    // One byte more tells that there are more.
    let most = u64::try_from(BYTES_MAX)? + 1;
    file.take(most)
        .read_to_end(&mut bytes)
        .with_context(context)?;
    if bytes.len() > BYTES_MAX {
        bail!(
            "{} has more than {} MB, which an import takes at most",
            path.display(),
            BYTES_MAX >> 20
        );
    }
    Ok(bytes)
}

async fn importer(app: &App, trello: &Trello) -> anyhow::Result<UserId> {
    if let Some(email) = &trello.user {
        let account = accounts::find_by_email(app, email).await.map_err(told)?;
        return Ok(account
            .with_context(|| format!("nobody has an account with {email}"))?
            .id);
    }
    Ok(owner_at(app, &trello.workspace).await?.1)
}

fn told_to_people(preview: &Preview, slug: &str, dry_run: bool) -> String {
    let Preview {
        name,
        key,
        maps,
        unmapped,
        notes,
        ..
    } = preview;
    let becomes = if dry_run { "would become" } else { "is now" };
    let mut parts = vec![format!("{name} {becomes} the project {key} in {slug}.")];
    let maps = maps
        .iter()
        .map(|row| [row.count.to_string(), row.what.clone(), row.becomes.clone()]);
    let lost = unmapped
        .iter()
        .map(|row| [row.count.to_string(), row.what.clone(), row.why.clone()]);
    for (title, rows) in [
        ("Taken over", maps.collect::<Vec<_>>()),
        ("Left behind", lost.collect()),
    ] {
        if !rows.is_empty() {
            parts.push(format!("{title}:\n{}", table(&rows)));
        }
    }
    if !notes.is_empty() {
        let notes: Vec<_> = notes
            .iter()
            .map(|note| format!("  - {}", note.text))
            .collect();
        parts.push(format!("Worth knowing:\n{}", notes.join("\n")));
    }
    if dry_run {
        parts.push("Nothing was changed.".into());
    }
    parts.join("\n\n")
}

/// Rows of a number, a name and a sentence, in columns.
fn table(rows: &[[String; 3]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    let lines = rows.iter().map(|[count, what, rest]| {
        format!("  {count:>first$}  {what:<second$}  {rest}")
            .trim_end()
            .to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_straight_columns() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [
            row(["12", "Lists", "Columns"]),
            row(["119", "Cards", "Tasks"]),
        ];
        assert_eq!(table(&rows), "   12  Lists  Columns\n  119  Cards  Tasks");
    }
}
