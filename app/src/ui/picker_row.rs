use leptos::prelude::*;

use super::{Icon, IconName, PickerOption};

/// One choice of a picker.
#[component]
pub(super) fn PickerRow(
    id: String,
    index: usize,
    option: PickerOption,
    is_selected: Signal<bool>,
    active: RwSignal<usize>,
    #[prop(into)] on_choose: Callback<usize>,
) -> impl IntoView {
    let PickerOption {
        text, hint, glyph, ..
    } = option;
    view! {
        <li
            class="picker__option"
            id=id
            role="option"
            aria-selected=move || is_selected.get().to_string()
            data-active=move || (active.get() == index).then_some("true")
            on:pointermove=move |_| {
                if active.get_untracked() != index {
                    active.set(index);
                }
            }
            on:click=move |_| on_choose.run(index)
        >
            {glyph.map(|glyph| glyph.run())}
            <span class="picker__text">{text}</span>
            {hint.map(|hint| view! { <span class="picker__hint">{hint}</span> })}
            {move || is_selected.get().then(|| view! { <Icon name=IconName::Check/> })}
        </li>
    }
    .into_any()
}
