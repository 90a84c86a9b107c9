//! Comments on the server.

pub mod store;
