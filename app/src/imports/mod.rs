//! Moving in from another tool: upload, see what maps, import, and undo.
//!
//! Files are too large for server functions, so this speaks to three addresses of the server: [`api`].

pub mod api;
pub mod choose;
pub mod past;
pub mod review;
pub mod running;
pub mod wizard;

pub use wizard::ImportPage;
