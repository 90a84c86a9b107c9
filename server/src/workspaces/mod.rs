//! Workspaces on the server.

pub mod store;
