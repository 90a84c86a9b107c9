//! Load on a real server process, and the figures it comes to.
//!
//! `cargo run --release -p bench -- all` starts the installed binary on a fresh database, measures, and prints JSON; with
//! `--save NAME` it is written to `bench/baselines/NAME.json`. Figures are medians of the runs asked for. All load is
//! bounded in count and goes to loopback.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]
#![expect(clippy::cast_precision_loss, reason = "figures are read by people")]

mod access;
mod client;
mod load;
mod process;
mod replicas;
mod sockets;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use serde_json::{Map, Value, json};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    measure: Measure,
    /// The database: `sqlite`, or the address of an empty PostgreSQL database.
    #[arg(long, default_value = "sqlite", global = true)]
    database: String,
    /// How often each measure is taken; the median counts.
    #[arg(long, default_value_t = 3, global = true)]
    runs: usize,
    /// Write the figures to bench/baselines/NAME.json.
    #[arg(long, global = true)]
    save: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Subcommand)]
enum Measure {
    /// Start, idle memory, installed size.
    Start,
    /// Creates and moves acknowledged durable, one client and 32.
    Commits,
    /// A board of 5,000 tasks, whole, by REST and as a snapshot.
    Board,
    /// A move seen by 500 subscribers of a board; memory of an idle socket.
    Fanout,
    /// A Trello board of 5,000 cards.
    Import,
    /// Somebody comes back who missed 10,000 moves.
    FollowUp,
    /// 10,000 changes followed up, as they happened and folded, without a network.
    CatchUp,
    /// A frame that arrives under 1,000 pending commands.
    Rebase,
    /// What shortening the log costs.
    Purge,
    /// A permission check, and reads while others sign in.
    Access,
    /// What row-level security costs a commit, on PostgreSQL; not among everything.
    Fence,
    /// Everything.
    All,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let installed = rustls::crypto::ring::default_provider().install_default();
    anyhow::ensure!(installed.is_ok(), "the TLS provider is installed once");
    let arguments = Arguments::parse();
    let mut figures = Map::new();
    let database = &arguments.database;
    let wants = |measure| match arguments.measure {
        Measure::All => measure != Measure::Fence,
        one => measure == one,
    };
    if wants(Measure::Start) {
        figures.insert("start".into(), load::start(database, arguments.runs).await?);
    }
    if wants(Measure::Commits) {
        figures.insert(
            "commits".into(),
            load::commits(database, arguments.runs).await?,
        );
    }
    if wants(Measure::Board) {
        figures.insert("board".into(), load::board(database, arguments.runs).await?);
    }
    if wants(Measure::Fanout) {
        figures.insert(
            "fanout".into(),
            sockets::fanout(database, arguments.runs).await?,
        );
    }
    if wants(Measure::Import) {
        figures.insert(
            "import".into(),
            load::import(database, arguments.runs).await?,
        );
    }
    if wants(Measure::FollowUp) {
        figures.insert(
            "follow_up".into(),
            sockets::follow_up(database, arguments.runs).await?,
        );
    }
    if wants(Measure::CatchUp) {
        figures.insert("catch_up".into(), replicas::catch_up(arguments.runs)?);
    }
    if wants(Measure::Purge) {
        figures.insert("purge".into(), load::purge(database).await?);
    }
    if wants(Measure::Access) {
        figures.insert("permission".into(), access::permission(arguments.runs)?);
        figures.insert(
            "sign_in_storm".into(),
            access::sign_in_storm(database, arguments.runs).await?,
        );
    }
    if wants(Measure::Fence) {
        figures.insert(
            "fence".into(),
            access::fence(database, arguments.runs).await?,
        );
    }
    if wants(Measure::Rebase) {
        figures.insert("rebase".into(), replicas::rebase(arguments.runs)?);
    }
    let report = json!({ "database": engine(database), "runs": arguments.runs, "figures": Value::Object(figures) });
    let text = serde_json::to_string_pretty(&report)?;
    println!("{text}");
    if let Some(name) = arguments.save {
        let path = format!("bench/baselines/{name}.json");
        std::fs::write(&path, text + "\n").with_context(|| format!("writing {path}"))?;
    }
    Ok(())
}

fn engine(database: &str) -> &str {
    if database.starts_with("postgres") {
        "postgres"
    } else {
        database
    }
}
