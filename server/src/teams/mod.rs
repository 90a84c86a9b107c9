//! Teams on the server.

pub mod store;
