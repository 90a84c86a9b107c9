//! The frame around a workspace's pages: sidebar, connection, toasts, help.

pub mod frame;

pub use frame::{Frame, MenuButton, NotFound};
