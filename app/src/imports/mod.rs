//! Moving in from another tool: upload, see what maps, import, and undo.

pub mod page;

pub use page::ImportPage;
