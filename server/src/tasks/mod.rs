//! Tasks on the server.

pub mod store;
