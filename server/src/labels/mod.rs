//! Labels on the server.

pub mod store;
