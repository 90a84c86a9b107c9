use leptos::ev::{change, on};
use leptos::prelude::*;
use leptos::tachys::html::property::prop;

/// A box to tick, with its label.
#[component]
pub fn Checkbox(
    /// What ticking it means.
    #[prop(into)]
    label: Signal<String>,
    /// The field's name in a form.
    #[prop(optional, into)]
    name: Option<String>,
    /// Whether it is ticked. With `on_change` it follows this, without it only starts with it.
    #[prop(optional, into)]
    checked: Signal<bool>,
    /// Hides the label from sight, not from screen readers.
    #[prop(optional)]
    label_hidden: bool,
    /// Whether it can be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Called with the new state.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let input = view! {
        <input
            class="checkbox__input"
            type="checkbox"
            name=name
            checked=checked.get_untracked()
            disabled=disabled
        />
    };
    let input = match on_change {
        Some(on_change) => input
            .add_any_attr(prop("checked", checked))
            .add_any_attr(on(change, move |event| {
                on_change.run(event_target_checked(&event));
            }))
            .into_any(),
        None => input.into_any(),
    };
    view! {
        <label class="checkbox">
            {input}
            <span class="checkbox__label" class:visually-hidden=label_hidden>{label}</span>
        </label>
    }
}
