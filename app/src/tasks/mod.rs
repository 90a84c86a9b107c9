//! A task opened beside its board. Every field is edited where it is read; nothing waits for the server.
//!
//! Start reading at [`panel`] (which task, and what is here of it), then [`open`] (how its parts read and change it).
//! The panel is a chunk of its own in the browser: a board that nobody opens a task on does not pay for it.

pub mod description;
#[cfg(feature = "hydrate")]
pub mod fetching;
pub mod fields;
pub mod find;
pub mod foot;
pub mod head;
pub mod menu;
pub mod moving;
pub mod open;
pub mod panel;
pub mod subtasks;
pub mod title;
mod view;

#[cfg(feature = "hydrate")]
pub use fetching::{PanelFailed, PanelWaiting};
pub use open::OpenTask;
pub use panel::Panel;
pub use view::{name as task_name, priority as priority_words};
