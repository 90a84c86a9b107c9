//! A workspace's settings, and for its administrator the server's: one section a file. A section is a line in
//! [`section`], a line in [`page`], and its file. What they show that is not synced comes through [`Administration`].

pub mod api;
pub mod audit_log;
mod backend;
pub mod general;
pub mod keys;
pub mod page;
pub mod roles;
pub mod section;

pub use backend::{Administration, administration};
pub use page::SettingsPage;
pub use section::{Group, Section};
