//! Runs the simulator of the sync engine: `simulate seeds <from> <count>`, `simulate mutants <seeds at most>`.
//!
//! `cargo xtask sim` is how people start it.

#![expect(
    clippy::print_stdout,
    reason = "a command line program talks to its terminal"
)]

use shared::sync::sim::{Failure, Happened, Mutant, prove};
use std::process::ExitCode;
use std::time::Instant;

/// How many lines say how far it has come.
const PROGRESS_LINES: u64 = 10;
/// From so many seeds on, everything that can happen has to.
const EVERYTHING: u64 = 1_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok());
    match (arguments.first().map(String::as_str), number(1), number(2)) {
        (Some("seeds"), Some(from), Some(count)) => seeds(from, count),
        (Some("mutants"), Some(most), None) => mutants(most),
        _ => {
            println!("simulate seeds <from> <count> | simulate mutants <seeds at most>");
            ExitCode::FAILURE
        }
    }
}

/// Runs some seeds; the last line is `N passed, N failed`.
fn seeds(from: u64, count: u64) -> ExitCode {
    let start = Instant::now();
    let (mut steps, mut commands, mut failed) = (0, 0, 0);
    let mut happened = Happened::default();
    for (done, seed) in (1..).zip(from..from + count) {
        match prove(seed, None) {
            Ok(passed) => {
                steps += passed.steps;
                commands += passed.commands;
                happened.add(&passed.happened);
            }
            Err(failure) => {
                failed += 1;
                report(&failure);
            }
        }
        if done % count.div_ceil(PROGRESS_LINES) == 0 || done == count {
            let took = start.elapsed().as_secs_f64();
            println!("{done} of {count} seeds, {steps} events, {commands} commands, {took:.1} s");
        }
    }
    for (what, times) in happened.iter() {
        println!("{times:>12} {what}");
    }
    if count >= EVERYTHING {
        for what in happened.missing() {
            failed += 1;
            println!("never happened: {what}");
        }
    }
    println!("{} passed, {failed} failed", count.saturating_sub(failed));
    if failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn report(failure: &Failure) {
    println!("{}", failure.trace.join("\n"));
    println!("seed {}: {}", failure.seed, failure.property);
    println!("  {}", failure.what);
    println!("  again: cargo xtask sim --seed {}", failure.seed);
}

/// Plants each bug and says what finds it, after how many seeds, as a table.
fn mutants(most: u64) -> ExitCode {
    println!("| mutant | found by | seeds | events |\n|---|---|--:|--:|");
    let mut survived = 0;
    for mutant in Mutant::ALL {
        let (found, seeds, events) = until_found(*mutant, most);
        survived += u64::from(found.is_none());
        let property = found.unwrap_or("**not found**");
        println!("| {} | {property} | {seeds} | {events} |", mutant.as_str());
    }
    let caught = Mutant::ALL.len() as u64 - survived;
    println!("{caught} passed, {survived} failed");
    if survived > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The property that a mutant breaks first, and how many seeds and clients' events that took.
fn until_found(mutant: Mutant, most: u64) -> (Option<&'static str>, u64, u64) {
    let mut events = 0;
    for seed in 0..most {
        match prove(seed, Some(mutant)) {
            Ok(passed) => events += passed.steps,
            Err(failure) => return (Some(failure.property), seed + 1, events + failure.steps),
        }
    }
    (None, most, events)
}
