//! The panel's code as a chunk of its own: a board that nobody opens a task on does not pay for it.
//!
//! Not a lazy route, because a chunk that cannot be fetched ends the page there. Here it is said, and tried again.

#[cfg(feature = "hydrate")]
use super::fetching::Fetching;
use super::panel::Panel;
use leptos::prelude::*;

#[cfg(feature = "hydrate")]
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// The chunk's name in the build's manifest.
#[cfg(feature = "ssr")]
const NAME: &str = "task_panel";

/// A task beside its board.
#[component]
pub fn TaskPanel() -> impl IntoView {
    #[cfg(feature = "ssr")]
    leptos::prefetch_lazy_fn_on_server(NAME);
    #[cfg(not(feature = "hydrate"))]
    return view! { <Panel/> }.into_any();
    #[cfg(feature = "hydrate")]
    return drawn().unwrap_or_else(|| view! { <Fetching/> }.into_any());
}

/// Fetches the chunk, if it is not here. Answers whether it is.
#[cfg(feature = "hydrate")]
pub async fn load() -> bool {
    let is_loaded = fetch().await.is_ok();
    LOADED.set(is_loaded);
    is_loaded
}

/// Fetches the chunk when it will probably be needed.
pub fn preload() {
    #[cfg(feature = "hydrate")]
    if !ASKED.replace(true) {
        leptos::task::spawn_local(async {
            // A failure is told when the panel is opened, after another attempt.
            let _is_loaded = load().await;
        });
    }
}

/// The panel, if its code is here.
#[cfg(feature = "hydrate")]
pub(super) fn drawn() -> Option<AnyView> {
    use futures::FutureExt;

    LOADED.get().then(|| panel().now_or_never()?.ok()).flatten()
}

#[cfg(feature = "hydrate")]
thread_local! {
    static LOADED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    static ASKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(feature = "hydrate")]
#[wasm_split(task_panel, wasm_split_path = leptos::wasm_split, preload(fetch), fallible)]
fn panel() -> Result<AnyView, SplitLoaderError> {
    Ok(view! { <Panel/> }.into_any())
}
