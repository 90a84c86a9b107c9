use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::{ButtonSize, Icon, IconName};

/// A button that is only an icon. Its label is its name for screen readers and its tooltip.
#[component]
pub fn IconButton(
    /// What is drawn.
    icon: IconName,
    /// What it does, as a verb.
    #[prop(into)]
    label: Signal<String>,
    /// The key that does the same, shown in the tooltip.
    #[prop(optional, into)]
    kbd: Option<String>,
    /// How tall it is.
    #[prop(optional)]
    size: ButtonSize,
    /// For a switch: whether it is on.
    #[prop(optional, into)]
    pressed: MaybeProp<bool>,
    /// For a button that opens something: whether that is open.
    #[prop(optional, into)]
    expanded: MaybeProp<bool>,
    /// Whether it can be pressed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Aligns the tooltip with the far edge, for a button at the edge of the window.
    #[prop(optional)]
    tooltip_end: bool,
    /// Called when it is pressed.
    #[prop(optional, into)]
    on_click: Option<Callback<MouseEvent>>,
) -> impl IntoView {
    view! {
        <button
            class="icon-button"
            type="button"
            data-size=size.as_str()
            aria-label=label
            aria-pressed=move || pressed.get().map(|on| on.to_string())
            aria-expanded=move || expanded.get().map(|on| on.to_string())
            data-tooltip=label
            data-tooltip-key=kbd
            data-tooltip-side=tooltip_end.then_some("end")
            disabled=disabled
            on:click=move |event| {
                if let Some(on_click) = on_click {
                    on_click.run(event);
                }
            }
        >
            <Icon name=icon/>
        </button>
    }
}
