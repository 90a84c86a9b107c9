//! Reading a test runner's own summary, and adding them up.

use regex::Regex;
use std::fmt;
use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
}

impl Tally {
    /// What never ran did not pass.
    pub(super) fn could_not_run() -> Self {
        Self {
            passed: 0,
            failed: 1,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Where the numbers stand in a runner's output.
pub(super) struct Format {
    summary: Regex,
    count: Regex,
}

impl Format {
    /// `test result: ok. 3 passed; 0 failed; ...`, once for each binary.
    pub(super) fn cargo() -> Self {
        Self::new(r"^test result: ")
    }

    /// `Summary [ 0.1s] 5 tests run: 3 passed, 1 failed, 1 timed out, 0 skipped`.
    pub(super) fn nextest() -> Self {
        Self::new(r"^\s*Summary \[")
    }

    /// `  3 passed (12.0s)`, one line for each kind.
    pub(super) fn playwright() -> Self {
        Self::new(r"^\s+\d+ (?:passed|failed|flaky|interrupted|did not run)\b")
    }

    /// `2000 passed, 0 failed`, the last line.
    pub(super) fn simulator() -> Self {
        Self::new(r"^\d+ passed, \d+ failed$")
    }

    fn new(summary: &str) -> Self {
        let regex = |text: &str| Regex::new(text).expect("the pattern is a constant");
        // A test that passed only when repeated, or that was never reached, is not one that passed.
        let count = r"(\d+) (passed|failed|flaky|interrupted|did not run|timed out|exec failed)";
        Self {
            summary: regex(summary),
            count: regex(count),
        }
    }

    /// Nothing for a line that is no summary.
    pub(super) fn read(&self, line: &str) -> Tally {
        let mut tally = Tally::default();
        let line = without_colours(line);
        if !self.summary.is_match(&line) {
            return tally;
        }
        for (_, [number, kind]) in self.count.captures_iter(&line).map(|found| found.extract()) {
            let number: usize = number.parse().unwrap_or(0);
            if kind == "passed" {
                tally.passed += number;
            } else {
                tally.failed += number;
            }
        }
        tally
    }
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find('m').map_or(rest.len(), |at| at + 1);
        rest = &rest[end..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: &Format, output: &str) -> String {
        let mut sum = Tally::default();
        for line in output.lines() {
            sum += format.read(line);
        }
        sum.to_string()
    }

    #[test]
    fn cargo_binaries_add_up() {
        let output = "running 3 tests\ntest a ... ok\n\
            test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: \u{1b}[31mFAILED\u{1b}[m. 1 passed; 2 failed; 0 ignored; 0 measured";
        assert_eq!(read(&Format::cargo(), output), "4 passed, 2 failed");
    }

    #[test]
    fn nextest_counts_timeouts_as_failures() {
        let output =
            "     Summary [   0.123s] 5 tests run: 3 passed, 1 failed, 1 timed out, 2 skipped";
        assert_eq!(read(&Format::nextest(), output), "3 passed, 2 failed");
    }

    #[test]
    fn the_simulator_says_it_in_its_last_line() {
        let output = "2000 of 2000 seeds, 9 events, 3 commands, 1.0 s\n1998 passed, 2 failed";
        assert_eq!(read(&Format::simulator(), output), "1998 passed, 2 failed");
    }

    #[test]
    fn playwright_counts_what_never_ran() {
        let output = "Running 9 tests using 1 worker\n  ✓  1 a.spec.ts:3:1 › 2 passed cards (1s)\n\
            \n  1 failed\n    a.spec.ts:9:1 › drag\n  1 flaky\n  2 did not run\n  5 passed (12.0s)";
        assert_eq!(read(&Format::playwright(), output), "5 passed, 4 failed");
    }
}
