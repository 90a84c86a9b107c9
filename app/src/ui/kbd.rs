use leptos::prelude::*;

/// Keys to press, drawn as keys.
#[component]
pub fn Kbd(
    /// One key a word: `Ctrl K`.
    #[prop(into)]
    keys: String,
) -> impl IntoView {
    let keys = keys
        .split(' ')
        .map(|key| view! { <kbd>{key.to_owned()}</kbd> })
        .collect_view();
    view! { <span class="kbd">{keys}</span> }
}
