//! Statuses on the server.

mod request;
pub(crate) mod routes;
pub mod store;
pub mod view;
