//! A workspace's settings, and for its administrator the server's: one section a file. A section is a line in
//! [`section`], a line in [`page`], and its file. What they show that is not synced comes through [`Administration`].

pub mod administrators;
pub mod api;
pub mod audit_log;
mod backend;
pub mod erase;
pub mod export;
pub mod facts;
pub mod flags;
pub mod general;
pub mod key_list;
pub mod keys;
pub mod mail;
pub mod page;
pub mod retention;
pub mod roles;
pub mod section;
pub mod server_pages;
pub mod stored;
pub mod two_step;

pub use backend::{
    Administration, Administrator, Administrators, KeyKind, KeyPage, KeyPolicy, ReachingKey,
    ShownExport, administration,
};
pub use page::SettingsPage;
pub use section::{Group, Section};
