//! Checklist items on the server.

pub mod store;
