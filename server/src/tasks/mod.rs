//! Tasks on the server.

pub mod former;
mod listing;
mod request;
pub(crate) mod routes;
pub mod store;
pub mod view;
mod wherever;

pub use listing::read_cursor;
