//! stub

pub mod dom;
pub mod ui;
