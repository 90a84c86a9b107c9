//! `cargo xtask sim`: the sync engine's simulator, optimised, from one seed to the next.
//!
//! A program of its own in `shared`, behind a feature: this one would turn the feature on for everything it is built with.

use crate::process;
use anyhow::Result;
use std::process::Command;

/// How many seeds are tried for each mutant at most; the last of them is found by a rare meeting of lags.
pub(crate) const MUTANT_SEEDS: u64 = 10_000;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed alone, such as one that failed.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Plant each known bug and tell what finds it.
    #[arg(long, conflicts_with_all = ["seeds", "from", "seed"])]
    mutants: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut simulate = if arguments.mutants {
        simulate("mutants", &[MUTANT_SEEDS])
    } else if let Some(seed) = arguments.seed {
        simulate("seeds", &[seed, 1])
    } else {
        simulate("seeds", &[arguments.from, arguments.seeds])
    };
    process::run(&mut simulate)
}

/// The simulator, to be run.
pub(crate) fn simulate(what: &str, numbers: &[u64]) -> Command {
    let mut cargo = process::cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "shared"]);
    cargo.args(["--features", "sim", "--bin", "simulate", "--", what]);
    cargo.args(numbers.iter().map(u64::to_string));
    cargo
}
