//! The parser as a chunk of its own: a board that nobody opens a task on does not pay for it.
#![cfg_attr(
    feature = "hydrate",
    expect(
        clippy::unnecessary_wraps,
        reason = "what could not be fetched is the error"
    )
)]

use super::TaskLinks;
use super::render::to_html;

#[cfg(feature = "hydrate")]
use leptos::wasm_split::SplitLoaderError;

/// The HTML of a text; nothing where the chunk could not be fetched, as when the browser is offline.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(clippy::unused_async, reason = "only the browser waits for the code")
)]
pub async fn html_of(source: String, tasks: TaskLinks) -> Option<String> {
    #[cfg(feature = "hydrate")]
    return parse(source, tasks).await.ok();
    #[cfg(not(feature = "hydrate"))]
    return Some(to_html(&source, &tasks));
}

/// The HTML that the server writes into the page. In the browser it is there already, or follows from [`html_of`].
pub fn html_at_first(source: &str, tasks: &TaskLinks) -> String {
    if cfg!(feature = "ssr") {
        to_html(source, tasks)
    } else {
        String::new()
    }
}

// By hand and not with `#[lazy]`: a chunk that cannot be fetched must not end the page.
#[cfg(feature = "hydrate")]
#[leptos::wasm_split::wasm_split(markdown, wasm_split_path = leptos::wasm_split, fallible)]
fn parse(source: String, tasks: TaskLinks) -> Result<String, SplitLoaderError> {
    Ok(to_html(&source, &tasks))
}
