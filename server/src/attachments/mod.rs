//! Attachments on the server.

pub mod store;
