use leptos::prelude::*;

use super::{Icon, IconName, IconSize};

/// A name with a dot in its colour.
#[component]
pub fn LabelChip(
    /// The colour of the palette.
    #[prop(into)]
    color: Signal<String>,
    /// Called when it is taken away; without it there is no button.
    #[prop(optional, into)]
    on_remove: Option<Callback<()>>,
    /// What that button says to screen readers, such as "Remove label bug".
    #[prop(optional, into)]
    remove_label: Option<String>,
    children: Children,
) -> impl IntoView {
    let remove = on_remove.map(|on_remove| {
        view! {
            <button
                class="label-chip__remove"
                type="button"
                aria-label=remove_label
                on:click=move |_| on_remove.run(())
            >
                <Icon name=IconName::Close size=IconSize::Small/>
            </button>
        }
    });
    view! { <span class="label-chip" data-color=color>
        <span class="label-chip__text">{children()}</span>
        {remove}
    </span> }
}
