//! Whether the browser has a network at all.

use leptos::ev;
use leptos::prelude::*;

/// Whether there is a network, as far as the browser knows; at first it is taken for granted.
pub fn use_online() -> ReadSignal<bool> {
    let (online, set_online) = signal(true);
    if cfg!(target_arch = "wasm32") {
        Effect::new(move |_| set_online.set(window().navigator().on_line()));
        let came = window_event_listener(ev::online, move |_| set_online.set(true));
        let went = window_event_listener(ev::offline, move |_| set_online.set(false));
        on_cleanup(move || {
            came.remove();
            went.remove();
        });
    }
    online
}
