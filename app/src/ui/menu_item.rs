use leptos::prelude::*;

use super::menu::MenuOpen;
use super::{Icon, IconName, Kbd};

/// One thing to do in a [`super::Menu`].
#[component]
pub fn MenuItem(
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// The key that does the same.
    #[prop(optional, into)]
    kbd: Option<String>,
    /// Whether it takes something away.
    #[prop(optional)]
    danger: bool,
    /// For a choice: whether it is the chosen one.
    #[prop(optional, into)]
    checked: MaybeProp<bool>,
    /// Whether it can be chosen.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Where it leads, for an item that is a link.
    #[prop(optional, into)]
    href: Option<String>,
    /// Called when it is chosen, after the menu has begun to close.
    #[prop(optional, into)]
    on_select: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let menu = use_context::<MenuOpen>();
    let choose = move |_| {
        if let Some(MenuOpen(open)) = menu {
            open.set(false);
        }
        if let Some(on_select) = on_select {
            on_select.run(());
        }
    };
    let role = move || {
        if checked.get().is_some() {
            "menuitemradio"
        } else {
            "menuitem"
        }
    };
    let inside = view! {
        {icon.map(|name| view! { <Icon name=name/> })}
        <span class="menu__text">{children()}</span>
        {move || checked.get().unwrap_or(false).then(|| view! { <Icon name=IconName::Check/> })}
        {kbd.map(|keys| view! { <Kbd keys=keys/> })}
    };
    match href {
        Some(href) => view! {
            <a class="menu__item" role="menuitem" tabindex="-1" href=href on:click=choose>
                {inside}
            </a>
        }
        .into_any(),
        None => view! {
            <button
                class="menu__item"
                type="button"
                role=role
                tabindex="-1"
                data-danger=danger.then_some("true")
                aria-checked=move || checked.get().map(|on| on.to_string())
                disabled=disabled
                on:click=choose
            >
                {inside}
            </button>
        }
        .into_any(),
    }
}
