//! Imports on the server.

pub mod store;
