//! How wide the window is.

use leptos::ev;
use leptos::prelude::{on_cleanup, window, window_event_listener};

/// From this width on the sidebar stands beside the page; the stylesheets say the same.
const WIDE_PX: f64 = 900.0;

/// Whether the sidebar stands beside the page.
pub fn is_wide() -> bool {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    width.is_some_and(|width| width >= WIDE_PX)
}

/// Calls back when the window is resized to a width that has room for the sidebar, for as long as the calling component
/// is there. On the server nothing happens.
pub fn on_wide(run: impl Fn() + 'static) {
    if cfg!(target_arch = "wasm32") {
        let listener = window_event_listener(ev::resize, move |_| {
            if is_wide() {
                run();
            }
        });
        on_cleanup(move || listener.remove());
    }
}
