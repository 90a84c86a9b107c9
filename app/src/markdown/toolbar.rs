use super::editing::Mark;
use crate::ui::{ButtonSize, IconButton, IconName};
use leptos::prelude::*;

/// The buttons that write Markdown for those who do not know it by heart.
#[component]
pub fn Toolbar(
    /// Whether they can be pressed.
    #[prop(into)]
    disabled: Signal<bool>,
    /// Called with what was pressed.
    on_mark: Callback<Mark>,
) -> impl IntoView {
    let letter = move |mark: Mark, label: &'static str, kbd: &'static str, letter: AnyView| {
        view! {
            <button
                class="icon-button"
                type="button"
                data-size="small"
                aria-label=label
                data-tooltip=label
                data-tooltip-key=kbd
                disabled=disabled
                on:click=move |_| on_mark.run(mark)
            >
                {letter}
            </button>
        }
    };
    let icon = move |mark: Mark, label: &'static str, icon: IconName| {
        view! {
            <IconButton
                icon=icon
                label=label
                size=ButtonSize::Small
                disabled=disabled
                tooltip_end=true
                on_click=move |_| on_mark.run(mark)
            />
        }
    };
    view! {
        <div class="editor__tools" role="toolbar" aria-label="Formatting">
            {letter(Mark::Bold, "Bold", "Ctrl B", view! { <b>"B"</b> }.into_any())}
            {letter(Mark::Italic, "Italic", "Ctrl I", view! { <i>"I"</i> }.into_any())}
            {icon(Mark::List, "List", IconName::List)} {icon(Mark::Code, "Code", IconName::Code)}
            {icon(Mark::Link, "Link", IconName::Link)}
        </div>
    }
}
