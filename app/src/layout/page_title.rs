//! The page's name in the browser's tab.

use leptos::prelude::*;
use leptos_meta::Title;

/// Names the page after something that may change.
#[component]
pub fn PageTitle(
    /// The name.
    text: Memo<String>,
) -> impl IntoView {
    // The server writes the head after the page's own signals are gone: it takes the text, not the signal.
    #[cfg(feature = "ssr")]
    let text = text.get_untracked();
    #[cfg(not(feature = "ssr"))]
    let text = move || text.get();
    view! { <Title text=text/> }
}
