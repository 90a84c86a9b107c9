//! What browser and server share: the rows, the rules, and the sync engine's core.
//!
//! **Invariant:** nothing here does IO, reads a clock or a random source, or awaits; the crate compiles alone for native
//! and wasm32, and a command's `apply` gives identical bytes on both.
//!
//! Start reading at [`sync::Command`] (every intended change), then [`sync::Tx`] (what a command sees), then
//! [`sync::Client`] (the browser's state machine). Each domain is a module named by its plural noun.

pub mod access;
pub mod attachments;
pub mod audit_entries;
pub mod checklist_items;
pub mod codes;
pub mod comments;
pub mod filter;
pub mod ids;
pub mod imports;
pub mod labels;
pub mod limits;
pub mod members;
pub mod projects;
pub mod purges;
pub mod settings;
pub mod sorted;
pub mod statuses;
pub mod sync;
pub mod tasks;
pub mod teams;
pub mod values;
pub mod workspaces;
