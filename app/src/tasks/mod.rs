//! A task opened beside the board.

pub mod panel;

pub use panel::TaskPanel;
