//! `cargo xtask check`: everything that can be wrong without running the program.
//!
//! Every step runs even if one before it failed, so that one run shows all there is to do.

use crate::build::cargo_for_browser;
use crate::progress::elapsed;
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
        done(process::cargo().args([
            "clippy",
            "--workspace",
            "--exclude",
            "frontend",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    }),
    ("clippy, browser", |_| {
        done(cargo_for_browser("clippy").args(["--package", "frontend", "--", "-D", "warnings"]))
    }),
    ("shared alone, native", |_| {
        done(process::cargo().args(["check", "--package", "shared"]))
    }),
    ("shared alone, browser", |_| {
        done(cargo_for_browser("check").args(["--package", "shared"]))
    }),
    ("documentation", |_| {
        done(
            process::cargo()
                .args(["doc", "--workspace", "--exclude", "frontend", "--no-deps"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
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
    done(process::cargo().args(["deny", "check"]))
}
