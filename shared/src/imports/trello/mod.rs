//! Trello's JSON export (board menu, "Print, export and share", "Export as JSON").
//!
//! [`parse`] reads a file, [`preview`] tells what an import would do, [`plan`] makes the commands that do it. All three
//! are pure: the same file, ids and moment give the same commands.
//!
//! **Invariant:** whatever [`parse`] accepts, the commands of its [`plan`] apply, and whatever they leave behind is
//! listed in the preview.

mod board;
mod cards;
mod history;
mod left;
mod people;
mod plan;
mod report;
mod words;

#[cfg(test)]
mod tests;

pub use board::{Board, parse};
pub use plan::{plan, preview};
pub use report::Report;
