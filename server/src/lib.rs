//! The TeamFlow server.
//!
//! A request enters at [`http::router`], passes [`http::middleware`], and reaches a domain's handler. Whatever it wants
//! changed in a synced table becomes a command and goes through [`sync`], the one write path; accounts, sessions and tokens
//! are the server's own and not synced. [`app::App`] holds the parts that everything works on.
//!
//! **Invariant:** no handler contains SQL, no store contains HTTP, no clock is read outside [`clock`], no randomness comes
//! from outside [`rng`], and no setting from outside [`config`].
//!
//! Domains are the modules named by a plural noun: what they hold is told by their files' names (`store`: all SQL of their
//! tables).

pub mod access;
pub mod app;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod http;
pub mod mails;
pub mod rng;
pub mod sync;
pub mod vault;

pub mod accounts;
pub mod attachments;
pub mod audit_entries;
pub mod bots;
pub mod checklist_items;
pub mod comments;
pub mod demo;
pub mod erasures;
pub mod exports;
pub mod facts;
pub mod grants;
pub mod imports;
pub mod invitations;
pub mod keys;
pub mod labels;
pub mod members;
pub mod passkeys;
pub mod profiles;
pub mod projects;
pub mod providers;
pub mod retention;
pub mod second_steps;
pub mod sessions;
pub mod settings;
pub mod sign_in_flows;
pub mod signing_keys;
pub mod statuses;
pub mod tasks;
pub mod teams;
pub mod tokens;
pub mod workspaces;
