//! Members on the server.

pub mod store;
