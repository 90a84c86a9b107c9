//! Every touch of the browser's document that is not the sync client's: components go through here.

pub mod board;
pub mod clipboard;
pub mod credentials;
pub mod drafts;
pub mod drag;
pub mod focus;
pub mod frame;
pub mod hotkeys;
pub mod html;
pub mod http;
pub mod lines;
pub mod listen;
pub mod local;
pub mod local_time;
pub mod markup;
pub mod network;
pub mod overlay;
pub mod page_load;
pub mod page_state;
pub mod pixels;
pub mod text_input;
pub mod theme;
pub mod viewport;

use leptos::prelude::StoredValue;

/// Keeps something of the document's until the effect that calls this runs again or ends. On the server no effect runs:
/// what cannot change its thread must not be made there.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place, which only effects reach"
)]
pub fn hold<T: 'static>(held: T) {
    StoredValue::new_local(held);
}
