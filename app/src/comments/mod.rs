//! What people say about a task.

pub mod form;
pub mod item;
pub mod list;
mod view;

pub use list::Comments;
