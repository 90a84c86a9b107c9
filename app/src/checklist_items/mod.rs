//! The checklist of a task: lines to tick, under headings where there are several lists.

pub mod add;
pub mod checklist;
pub mod item;
pub mod order;
mod view;

pub use checklist::Checklist;
