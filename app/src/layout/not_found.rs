use super::MenuButton;
use super::drawer::Drawer;
use crate::routes::href;
use crate::ui::{EmptyState, Icon, IconName};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page that stands where nothing is, or nothing that this person may see.
#[component]
pub fn NotFound() -> impl IntoView {
    // Within a workspace the frame's bar stands above it; elsewhere it is all there is.
    let is_framed = use_context::<Drawer>().is_some();
    let bar = is_framed.then(|| {
        view! {
            <header class="topbar">
                <MenuButton/>
                <h1 class="topbar__title">"Not found"</h1>
            </header>
        }
    });
    let heading = (!is_framed).then(|| view! { <h1 class="visually-hidden">"Not found"</h1> });
    view! {
        <Title text="Not found"/>
        {bar}
        <main class="page" id="main" tabindex="-1">
            {heading}
            <EmptyState
                title="There is nothing here"
                text="It was deleted, or moved, or it is not yours to see. If somebody sent you the link, ask them."
                icon=IconName::Search
            >
                <a class="button" data-variant="secondary" data-size="medium" href=href::ROOT>
                    <Icon name=IconName::ArrowLeft/>
                    <span class="button__text">"Go to the start"</span>
                </a>
            </EmptyState>
        </main>
    }
}
