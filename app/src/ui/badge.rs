use leptos::prelude::*;

use super::Tone;

/// A word about the thing it stands beside: "Archived", "Beta".
#[component]
pub fn Badge(
    /// What the word means.
    #[prop(optional)]
    tone: Tone,
    children: Children,
) -> impl IntoView {
    view! { <span class="badge" data-tone=tone.as_str()>{children()}</span> }
}
