use leptos::prelude::*;

/// The bars that show a priority, or the filled square of an urgent one.
#[component]
pub fn PriorityGlyph(
    /// `none`, `low`, `medium`, `high` or `urgent`.
    #[prop(into)]
    priority: Signal<String>,
    /// Said by screen readers and shown on hover; leave out where the name stands beside it.
    #[prop(optional, into)]
    label: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <span
            class="priority"
            data-priority=priority
            role=move || label.read().as_ref().map(|_| "img")
            aria-hidden=move || label.read().is_none().then_some("true")
            aria-label=label
            title=label
        ></span>
    }
}
