//! stub

pub mod boards;
pub mod dom;
pub mod layout;
pub mod markdown;
pub mod members;
pub mod presence;
pub mod routes;
pub mod sync;
pub mod tasks;
pub mod ui;
