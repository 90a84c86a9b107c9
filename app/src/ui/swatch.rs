use leptos::prelude::*;

/// A dot in one of the palette's colours, beside the name of what has it.
#[component]
pub fn Swatch(
    /// A colour of the palette, such as `teal`.
    #[prop(into)]
    color: Signal<String>,
) -> impl IntoView {
    view! { <span class="swatch" data-color=color aria-hidden="true"></span> }
}

/// The name of one of the palette's colours, to be read: `Teal`.
pub fn color_name(color: &str) -> String {
    let mut letters = color.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
