//! The server's integration tests: the whole server on a loopback port, on both databases. One file a domain.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

mod harness;

mod accounts;
mod administrators;
mod api;
mod audit_entries;
mod bots;
mod cli;
mod erasures;
mod exports;
mod fence;
mod fuzzed;
mod http;
mod imports;
mod invitations;
mod keys;
mod links;
mod oauth;
mod passkeys;
mod profiles;
mod projects;
mod providers;
mod retention;
mod schema;
mod second_steps;
mod secrets;
mod sessions;
mod settings;
mod sql;
mod structure;
mod sync;
mod teams;
mod tokens;
mod two_step_required;
mod workspaces;
