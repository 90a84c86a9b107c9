//! `cargo xtask test`: every test from unit to browser, with whatever they need installed first.
//!
//! Each runner prints as it always does; its own summary is read on the way and added up. The last line is
//! `N passed, N failed`. A stage that could not run is a failure: nothing is skipped in silence.

mod chromium;
mod packages;
mod postgres;
mod redis;
mod runner;
mod summary;

use crate::build;
use crate::process;
use crate::progress::Steps;
use crate::sim;
use crate::workspace::{self, PRODUCT, Profile};
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::path::Path;
use std::process::{Command, ExitCode};
use summary::Tally;

/// How many seeds are simulated with every run of the tests.
const SIM_SEEDS: u64 = 2_000;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run one kind alone.
    #[arg(long, value_enum)]
    only: Option<Kind>,
    /// Leave the browser tests out.
    #[arg(long, conflicts_with = "only")]
    no_browser: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Inside the crates, the documentation's examples included.
    Unit,
    /// The sync engine in a simulated world.
    Sim,
    /// The server over HTTP and WebSocket on both databases.
    Integration,
    /// The pages of the release build in Chromium.
    Browser,
}

type Stage = (&'static str, fn() -> Result<Tally>);

/// Answers with a code instead of an error, whose message would follow the last line.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let stages = stages(arguments);
    let mut steps = Steps::new(stages.len());
    let mut sum = Tally::default();
    let mut results = Vec::new();
    for (name, stage) in stages {
        steps.begin(name);
        let tally = stage().unwrap_or_else(|error| {
            println!("{name} could not run: {error:#}");
            Tally::could_not_run()
        });
        results.push((name, tally));
        sum += tally;
    }
    steps.finish();
    for (name, tally) in results {
        println!("  {name:<20} {tally}");
    }
    println!("{sum}");
    if sum.failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn stages(arguments: &Arguments) -> Vec<Stage> {
    const TOOLS: Stage = ("tools and tidy", tools);
    const UNIT: Stage = ("unit", unit);
    const SIM: Stage = ("simulation", simulation);
    const INTEGRATION: Stage = ("integration", integration);
    const BROWSER: Stage = ("browser", browser);
    match arguments.only {
        Some(Kind::Unit) => vec![TOOLS, UNIT],
        Some(Kind::Sim) => vec![SIM],
        Some(Kind::Integration) => vec![INTEGRATION],
        Some(Kind::Browser) => vec![BROWSER],
        None if arguments.no_browser => vec![TOOLS, UNIT, SIM, INTEGRATION],
        None => vec![TOOLS, UNIT, SIM, INTEGRATION, BROWSER],
    }
}

fn tools() -> Result<Tally> {
    runner::cargo_tests(&["--package", "xtask"])
}

fn unit() -> Result<Tally> {
    let mut tally = runner::cargo_tests(&[&PRODUCT[..], &["--lib", "--bins"]].concat())?;
    tally += runner::doc_tests(&PRODUCT)?;
    Ok(tally)
}

fn simulation() -> Result<Tally> {
    let mut tally = runner::simulator(&mut sim::simulate("seeds", &[0, SIM_SEEDS]))?;
    // It would see our faults if it sees those that are planted.
    tally += runner::simulator(&mut sim::simulate("mutants", &[sim::MUTANT_SEEDS]))?;
    Ok(tally)
}

fn integration() -> Result<Tally> {
    let postgres = postgres::prepare();
    let redis = redis::prepare();
    let mut tally = runner::in_one_process(&integration_tests())?;
    if let Err(error) = postgres {
        println!("the PostgreSQL half did not run: {error:#}");
        tally += Tally::could_not_run();
    }
    if let Err(error) = redis {
        println!("the tests of several servers did not run: {error:#}");
        tally += Tally::could_not_run();
    }
    Ok(tally)
}

/// Compiling them compiles the server that they start.
fn integration_tests() -> Vec<&'static str> {
    [&PRODUCT[..], &["--test", "*"]].concat()
}

fn browser() -> Result<Tally> {
    let end2end = workspace::root().join("end2end");
    if !end2end.join("package.json").is_file() {
        anyhow::bail!("there is no end2end/package.json");
    }
    let chromium = chromium::find_or_install()?;
    install_npm_packages(&end2end)?;
    // The pages as they are served. The server is the one that the integration tests ran: it does the same as one that is
    // compiled once more, optimised, for minutes.
    build::site(Profile::Release)?;
    process::run(
        process::cargo()
            .args(["test", "--no-run"])
            .args(integration_tests()),
    )?;
    let mut playwright = Command::new(npm_program("npx"));
    playwright
        .args(["playwright", "test"])
        .current_dir(&end2end)
        .env("TEAMFLOW_BIN", Profile::Debug.server())
        .env("TEAMFLOW_SITE_DIR", Profile::Release.site_dir())
        .env("CHROMIUM_PATH", chromium);
    runner::playwright(&mut playwright)
}

fn install_npm_packages(end2end: &Path) -> Result<()> {
    let installed = end2end.join("node_modules/.package-lock.json").metadata();
    let wanted = end2end
        .join("package-lock.json")
        .metadata()
        .context("there is no end2end/package-lock.json")?;
    if installed.is_ok_and(|it| it.modified().ok() >= wanted.modified().ok()) {
        return Ok(());
    }
    let mut npm = Command::new(npm_program("npm"));
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(end2end)
        // The browser is the system's.
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run(&mut npm).context("the browser tests need Node.js 20 or newer with npm")
}

/// npm's programs are scripts, which have an extension on Windows.
fn npm_program(name: &str) -> String {
    if cfg!(windows) {
        format!("{name}.cmd")
    } else {
        name.to_owned()
    }
}
