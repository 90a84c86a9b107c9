//! stub

pub mod dom;
pub mod sync;
pub mod ui;
