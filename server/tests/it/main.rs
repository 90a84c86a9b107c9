//! The server's integration tests: the whole server on a loopback port, on both databases. One file a domain.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

mod harness;

mod accounts;
mod api;
mod audit_entries;
mod bots;
mod cli;
mod http;
mod imports;
mod invitations;
mod links;
mod oauth;
mod providers;
mod schema;
mod second_steps;
mod sessions;
mod sql;
mod sync;
mod tokens;
