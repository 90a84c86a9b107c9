//! Requests that are neither server functions nor synced: snapshots, uploads and their progress.

use futures::future::{Either, select};
use leptos::prelude::{set_timeout, window};
use std::pin::pin;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
pub use web_sys::File;
use web_sys::{Headers, HtmlInputElement, RequestInit};

/// What a request was answered; nothing where the server could not be reached.
pub type Answer = Option<Response>;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// As of which number of the log the rows in it are true, where it carries rows.
    pub as_of: Option<u64>,
    /// The body.
    pub text: String,
}

/// Says as of which number of the log the rows in an answer are true, which may be later than when they were written down.
const AS_OF_HEADER: &str = "x-sync-seq";

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

/// Sends a JSON text to an address of this site.
pub async fn post_json(address: &str, json: &str) -> Answer {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&JsValue::from_str(json));
    let headers = Headers::new().ok()?;
    headers.set("content-type", "application/json").ok()?;
    request.set_headers(&headers);
    let sent = window().fetch_with_str_and_init(address, &request);
    read(JsFuture::from(sent).await).await
}

async fn read(response: Result<JsValue, JsValue>) -> Answer {
    let response: web_sys::Response = response.ok()?.dyn_into().ok()?;
    let as_of = response.headers().get(AS_OF_HEADER).ok().flatten();
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    Some(Response {
        status: response.status(),
        as_of: as_of.and_then(|seq| seq.parse().ok()),
        text: text.as_string().unwrap_or_default(),
    })
}

/// The file that was chosen or dropped, if there is one.
pub fn chosen_file(input: &HtmlInputElement) -> Option<File> {
    input.files()?.get(0)
}

/// What is answered within a time; nothing once that is over.
pub async fn within<T>(duration: Duration, answer: impl Future<Output = T>) -> Option<T> {
    match select(pin!(answer), pin!(wait(duration))).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}

/// Waits.
pub async fn wait(duration: Duration) {
    let (done, waiting) = futures::channel::oneshot::channel::<()>();
    set_timeout(move || drop(done), duration);
    // The other end is dropped when the time is over.
    let _over = waiting.await;
}
