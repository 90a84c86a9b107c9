//! People of the workspace.

pub mod page;

pub use page::MembersPage;
