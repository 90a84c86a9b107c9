use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::popover::press_to_toggle;
use super::{ButtonSize, Icon, IconName, Popover};
use crate::dom::focus::{self, Step};

/// How an item of a [`Menu`] closes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct MenuOpen(pub(super) RwSignal<bool>);

/// Closes the menu around what is drawn.
pub fn close_menu() {
    if let Some(MenuOpen(open)) = use_context() {
        open.set(false);
    }
}

/// A button that opens a list of things to do. Arrows move in the list, `Esc` closes it.
#[component]
pub fn Menu(
    /// What the things are about: "Column actions".
    #[prop(into)]
    label: Signal<String>,
    /// The icon on the button.
    #[prop(default = IconName::More)]
    icon: IconName,
    /// What is inside the button instead of the icon.
    #[prop(optional, into)]
    trigger: Option<ViewFn>,
    /// How tall the button is.
    #[prop(optional)]
    size: ButtonSize,
    /// Aligns the tooltip with the far edge, for a button at the edge of the window.
    #[prop(optional)]
    tooltip_end: bool,
    /// [`super::MenuItem`]s, `<hr/>`s and `<h3>`s.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    provide_context(MenuOpen(open));
    let (on_pointerdown, on_click) = press_to_toggle(open);
    let on_keydown = move |event: KeyboardEvent| {
        if let Some(step) = Step::from_key(&event.key()) {
            event.prevent_default();
            event.stop_propagation();
            if let Some(menu) = event.current_target() {
                focus::step(
                    menu.unchecked_ref(),
                    "[role^=menuitem]:not([disabled])",
                    step,
                );
            }
        } else if event.key() == "Tab" {
            open.set(false);
        }
    };
    let has_words = trigger.is_some();
    view! {
        <span class="menu">
            <button
                class=if has_words { "menu__trigger" } else { "icon-button" }
                type="button"
                data-size=size.as_str()
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                aria-label=label
                data-tooltip=move || (!has_words).then(|| label.get())
                data-tooltip-side=tooltip_end.then_some("end")
                on:pointerdown=on_pointerdown
                on:click=on_click
            >
                {match trigger {
                    Some(trigger) => trigger.run(),
                    None => view! { <Icon name=icon/> }.into_any(),
                }}
            </button>
            <Popover open=open label=label role="menu" on:keydown=on_keydown>
                {children()}
            </Popover>
        </span>
    }
}
