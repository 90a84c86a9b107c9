//! Every touch of the browser's document that is not the sync client's: components go through here.

pub mod board;
pub mod clipboard;
pub mod drafts;
pub mod drag;
pub mod focus;
pub mod frame;
pub mod hotkeys;
pub mod html;
pub mod http;
pub mod lines;
pub mod listen;
pub mod local_time;
pub mod network;
pub mod overlay;
pub mod page_load;
pub mod page_state;
pub mod text_input;
pub mod theme;
pub mod viewport;
