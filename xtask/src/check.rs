//! `cargo xtask check`: everything that can be wrong without running the program.
//!
//! Every step runs even if one before it failed, so that one run shows all there is to do.

use crate::build::cargo_for_browser;
use crate::progress::elapsed;
use crate::workspace::PRODUCT;
use crate::{process, tidy};
use anyhow::{Result, bail};
use std::process::Command;
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Compile and install cargo-deny if it is missing (some minutes).
    #[arg(long)]
    install_tools: bool,
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(&'static str),
}

type Step = fn(&Arguments) -> Result<Outcome>;

const STEPS: [(&str, Step); 8] = [
    ("format", |_| {
        done(process::cargo().args(["fmt", "--all", "--check"]))
    }),
    ("clippy, native", |_| {
        clippy(&PRODUCT)?;
        clippy(&["--package", "xtask"])
    }),
    ("clippy, browser", |_| {
        done(for_browser("clippy", "frontend").args(["--", "-D", "warnings"]))
    }),
    ("shared alone, native", |_| {
        done(process::cargo().args(["check", "--package", "shared"]))
    }),
    ("shared alone, browser", |_| {
        done(&mut for_browser("check", "shared"))
    }),
    ("documentation", |_| {
        let mut doc = process::cargo();
        doc.arg("doc").args(PRODUCT).arg("--no-deps");
        done(doc.env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("dependencies", dependencies),
    ("tidy", |_| tidy::run().map(|()| Outcome::Passed)),
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut summary = Vec::new();
    let mut failed = 0;
    for (number, (name, step)) in STEPS.iter().enumerate() {
        println!("[{}/{}] {name} ...", number + 1, STEPS.len());
        let start = Instant::now();
        let outcome = step(arguments).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let took = elapsed(start.elapsed());
        let result = match outcome {
            Outcome::Passed => "ok".to_owned(),
            Outcome::Skipped(why) => format!("skipped: {why}"),
            Outcome::Failed(why) => {
                failed += 1;
                format!("FAILED: {why}")
            }
        };
        println!("[{}/{}] {name}: {result}", number + 1, STEPS.len());
        summary.push(format!("  {name:<22} {took:>12}  {result}"));
    }
    println!("\n{}", summary.join("\n"));
    if failed > 0 {
        bail!("{failed} of {} checks failed", STEPS.len());
    }
    Ok(())
}

fn clippy(selection: &[&str]) -> Result<Outcome> {
    let mut clippy = process::cargo();
    clippy.arg("clippy").args(selection);
    done(clippy.args(["--all-targets", "--", "-D", "warnings"]))
}

/// With the profile of debug builds, whose proc macros and build scripts are there already.
fn for_browser(subcommand: &str, package: &str) -> Command {
    let mut cargo = cargo_for_browser(subcommand);
    cargo.args(["--profile", "wasm-dev", "--package", package]);
    cargo
}

fn done(command: &mut Command) -> Result<Outcome> {
    process::run(command)?;
    Ok(Outcome::Passed)
}

fn dependencies(arguments: &Arguments) -> Result<Outcome> {
    let installed = process::succeeds(process::cargo().args(["deny", "--version"]));
    if !installed && !arguments.install_tools {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed (--install-tools installs it)",
        ));
    }
    if !installed {
        process::run(process::cargo().args(["install", "cargo-deny", "--locked"]))?;
    }
    done(process::cargo().args(["deny", "check", "--hide-inclusion-graph"]))
}
