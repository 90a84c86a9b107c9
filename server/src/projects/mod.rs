//! Projects on the server.

pub mod board;
mod request;
pub(crate) mod routes;
pub mod store;
pub mod view;
