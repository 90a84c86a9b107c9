//! Comments on the server.

pub(crate) mod routes;
pub mod store;
