//! Requests that are neither server functions nor synced: snapshots, uploads and their progress.

use leptos::prelude::{set_timeout, window};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
pub use web_sys::File;
use web_sys::{HtmlInputElement, RequestInit, Response};

/// A status and a body; nothing where the server could not be reached.
pub type Answer = Option<(u16, String)>;

/// Asks for an address of this site.
pub async fn get(address: &str) -> Answer {
    read(JsFuture::from(window().fetch_with_str(address)).await).await
}

/// Sends a file to an address of this site, or nothing.
pub async fn post(address: &str, file: Option<&File>) -> Answer {
    let request = RequestInit::new();
    request.set_method("POST");
    if let Some(file) = file {
        request.set_body(file);
    }
    let sent = window().fetch_with_str_and_init(address, &request);
    read(JsFuture::from(sent).await).await
}

async fn read(response: Result<JsValue, JsValue>) -> Answer {
    let response: Response = response.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    Some((response.status(), text.as_string().unwrap_or_default()))
}

/// The file that was chosen or dropped, if there is one.
pub fn chosen_file(input: &HtmlInputElement) -> Option<File> {
    input.files()?.get(0)
}

/// Waits.
pub async fn wait(duration: Duration) {
    let (done, waiting) = futures::channel::oneshot::channel::<()>();
    set_timeout(move || drop(done), duration);
    // The other end is dropped when the time is over.
    let _over = waiting.await;
}
