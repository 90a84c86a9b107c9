//! The project's own rules that no lint knows, one file each.
//!
//! A rule reads the [`Tree`] and returns what it found; it must say how to put it right. The tests at the bottom of each
//! file show what it catches and what it leaves alone; `the_repository_is_tidy` runs all over the real files.

mod arrows;
mod classes;
mod migrations;
mod sizes;
mod sleeps;
mod sql;
mod tree;
mod views;
mod web_api;
mod whitespace;

use anyhow::{Result, bail};
use std::fmt;
use tree::Tree;

type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: [(&str, Rule); 9] = [
    ("crate arrows", arrows::check),
    ("CSS classes", classes::check),
    ("migrations", migrations::check),
    ("file sizes", sizes::check),
    ("sleeps and ignored tests", sleeps::check),
    ("SQL in stores", sql::check),
    ("view! sizes", views::check),
    ("web API in dom and sync", web_api::check),
    ("trailing space", whitespace::check),
];

/// Something against a rule, at a place, with the way out.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

pub(crate) fn run() -> Result<()> {
    let findings = findings(&Tree::read()?);
    for (rule, finding) in &findings {
        println!("{finding} [{rule}]");
    }
    if !findings.is_empty() {
        bail!("{} places are not tidy", findings.len());
    }
    println!("tidy: {} rules hold", RULES.len());
    Ok(())
}

fn findings(tree: &Tree) -> Vec<(&'static str, Finding)> {
    RULES
        .iter()
        .flat_map(|(name, rule)| rule(tree).into_iter().map(move |finding| (*name, finding)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let findings = findings(&Tree::read().unwrap());
        let lines: Vec<_> = findings
            .iter()
            .map(|(rule, finding)| format!("{finding} [{rule}]"))
            .collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
