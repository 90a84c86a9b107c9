//! People of the workspace: how they are shown, and who they are.

pub mod avatar;
pub mod faces;
pub mod page;
pub mod role;
pub mod row;

pub use avatar::MemberAvatar;
pub use faces::{choice, choices, face, faces, glyph};
pub use page::Members;
