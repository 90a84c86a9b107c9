//! The clipboard.

use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Copies a text, then says whether that worked: a browser may refuse, as on a page without TLS.
pub fn copy(text: &str, done: impl FnOnce(bool) + 'static) {
    let written = has_clipboard().then(|| window().navigator().clipboard().write_text(text));
    spawn_local(async move {
        let copied = match written {
            Some(written) => JsFuture::from(written).await.is_ok(),
            None => false,
        };
        done(copied);
    });
}

/// It is missing on pages that are not served securely.
fn has_clipboard() -> bool {
    !window().navigator().clipboard().is_undefined()
}
