use leptos::prelude::*;

/// The circle that shows how far along a status is. Drawn by the stylesheet, so that a thousand of
/// them cost a thousand elements and no more.
#[component]
pub fn StatusGlyph(
    /// `backlog`, `todo`, `started`, `done` or `cancelled`.
    #[prop(into)]
    category: Signal<String>,
    /// A colour of the palette, for a status that has its own.
    #[prop(optional, into)]
    color: MaybeProp<String>,
    /// Said by screen readers; leave out where the status's name stands beside it.
    #[prop(optional, into)]
    label: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <span
            class="status-glyph"
            data-category=category
            data-color=color
            role=move || label.read().as_ref().map(|_| "img")
            aria-hidden=move || label.read().is_none().then_some("true")
            aria-label=label
        ></span>
    }
}
