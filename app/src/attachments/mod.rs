//! Links on a task.

pub mod form;
pub mod list;
mod view;

pub use list::Attachments;
