//! Every touch of the browser's document that is not the sync client's: components go through here.

pub mod focus;
pub mod hotkeys;
pub mod html;
pub mod overlay;
pub mod page_load;
pub mod page_state;
pub mod text_input;
