//! Projects on the server.

pub mod store;
