//! The pages: rendered on the server, taken over by the browser.
//!
//! Synced data is read from [`sync::Rows`] and written by commands; what is not synced goes through [`backend`]. A
//! component touches the document only through [`dom`]. Start reading at [`App`] (every route), then [`routes`] (every
//! address), then a domain's folder, which is named by its plural noun.

pub mod accounts;
pub mod app;
pub mod attachments;
pub mod backend;
pub mod boards;
pub mod bots;
pub mod checklist_items;
pub mod chunks;
pub mod comments;
pub mod dom;
pub mod erased;
pub mod imports;
pub mod invitations;
pub mod labels;
pub mod layout;
pub mod markdown;
pub mod members;
pub mod passkeys;
pub mod presence;
pub mod profiles;
pub mod projects;
pub mod routes;
pub mod settings;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod start;
pub mod statuses;
pub mod sync;
pub mod tasks;
pub mod teams;
pub mod time;
pub mod ui;
pub mod workspaces;

pub use app::App;
#[cfg(feature = "hydrate")]
pub use app::hydrate;
