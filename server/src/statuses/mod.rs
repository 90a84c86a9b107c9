//! Statuses on the server.

pub mod store;
