//! `cargo xtask <command>`: building, running, checking and testing the repository.
//!
//! A program over libraries instead of a set of installed tools, so that the versions are those of `Cargo.lock` and a
//! machine with Rust alone can do everything but the browser tests. This file only lists; start reading at `build`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the rules on clocks, settings and waiting are about the product, not about its tools"
)]

mod build;
mod check;
mod dev;
mod new_feature;
mod process;
mod progress;
mod run;
mod rust_source;
mod same_bytes;
mod sim;
mod test;
mod tidy;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, runs, checks and tests TeamFlow.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the site (WASM, JavaScript, CSS, assets) and the server.
    Build(build::Arguments),
    /// Write the stylesheet alone, for the gallery.
    Style(build::StyleArguments),
    /// Build, then serve with ./data as the data folder.
    Run(run::Arguments),
    /// Serve, and rebuild, restart and reload whenever a file is saved.
    Dev(dev::Arguments),
    /// Format, clippy for both targets, docs, dependencies, tidy.
    Check(check::Arguments),
    /// The project's own rules that no lint knows.
    Tidy,
    /// Every test from unit to browser, installing what it needs.
    Test(test::Arguments),
    /// The sync engine against a simulated network, server and database.
    Sim(sim::Arguments),
    /// What seeds of the simulator come to, natively and for a browser: a browser test compares the two.
    SameBytes,
    /// Write the files of a new feature and list it in the hubs.
    NewFeature(new_feature::Arguments),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Build(arguments) => build::run(&arguments),
        Task::Style(arguments) => build::style(&arguments),
        Task::Run(arguments) => run::run(&arguments),
        Task::Dev(arguments) => dev::run(&arguments),
        Task::Check(arguments) => check::run(&arguments),
        Task::Tidy => tidy::run(),
        Task::Test(arguments) => return test::run(&arguments),
        Task::Sim(arguments) => sim::run(&arguments),
        Task::SameBytes => same_bytes::run(),
        Task::NewFeature(arguments) => new_feature::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
