//! Running a test runner: its output passes through to the terminal and is read on the way.

use super::summary::{Format, Tally};
use crate::process;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::{io, thread};

/// Tests chosen by cargo's own options, with nextest where it is installed.
pub(super) fn cargo_tests(selection: &[&str]) -> Result<Tally> {
    if process::succeeds(process::cargo().args(["nextest", "--version"])) {
        let mut cargo = process::cargo();
        cargo.args(["nextest", "run", "--no-fail-fast", "--no-tests", "pass"]);
        return watch(cargo.args(selection), &Format::nextest());
    }
    in_one_process(selection)
}

/// Tests that share what is costly to start, such as a database cluster.
pub(super) fn in_one_process(selection: &[&str]) -> Result<Tally> {
    let mut cargo = process::cargo();
    cargo.args(["test", "--no-fail-fast"]).args(selection);
    watch(&mut cargo, &Format::cargo())
}

/// The examples in documentation comments, which nextest does not run.
pub(super) fn doc_tests(selection: &[&str]) -> Result<Tally> {
    let mut cargo = process::cargo();
    cargo
        .args(["test", "--no-fail-fast", "--doc"])
        .args(selection);
    watch(&mut cargo, &Format::cargo())
}

pub(super) fn simulator(command: &mut Command) -> Result<Tally> {
    watch(command, &Format::simulator())
}

pub(super) fn playwright(command: &mut Command) -> Result<Tally> {
    watch(command, &Format::playwright())
}

/// Runs to the end. A runner that fails without naming a failed test (it did not compile, it crashed) counts as one.
fn watch(command: &mut Command, format: &Format) -> Result<Tally> {
    let line = process::describe(command);
    println!("$ {line}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start `{line}`"))?;
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take().context("standard output was piped")?;
    let stderr = child.stderr.take().context("standard error was piped")?;
    let (out, err) = (sender.clone(), sender);
    let readers = [
        thread::spawn(move || lines_of(stdout, &|line| out.send((false, line)))),
        thread::spawn(move || lines_of(stderr, &|line| err.send((true, line)))),
    ];
    let mut tally = Tally::default();
    for (is_error, line) in lines {
        if is_error {
            eprintln!("{line}");
        } else {
            println!("{line}");
        }
        tally += format.read(&line);
    }
    for reader in readers {
        reader.join().expect("reading lines does not panic")?;
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        println!("`{line}` failed ({status})");
        tally += Tally::could_not_run();
    }
    Ok(tally)
}

fn lines_of<E>(stream: impl Read, send: &dyn Fn(String) -> Result<(), E>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut bytes = Vec::new();
    while stream.read_until(b'\n', &mut bytes)? > 0 {
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        // The receiver listens until both streams have ended, so this cannot fail.
        let _ = send(line);
        bytes.clear();
    }
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Tally {
        watch(Command::new("sh").args(["-c", script]), &Format::cargo()).unwrap()
    }

    #[test]
    fn the_summary_is_read_from_either_stream() {
        let tally = shell("echo 'test result: ok. 2 passed; 0 failed' >&2");
        assert_eq!(tally.to_string(), "2 passed, 0 failed");
    }

    #[test]
    fn a_runner_that_breaks_down_is_a_failure() {
        assert_eq!(shell("exit 101").to_string(), "0 passed, 1 failed");
    }

    #[test]
    fn failed_tests_are_not_counted_twice() {
        let tally = shell("echo 'test result: FAILED. 2 passed; 1 failed'; exit 101");
        assert_eq!(tally.to_string(), "2 passed, 1 failed");
    }
}
