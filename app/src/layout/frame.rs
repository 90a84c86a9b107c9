use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The frame around a workspace's pages.
#[component]
pub fn Frame() -> impl IntoView {
    view! { <Outlet/> }
}

/// The burger of a page's top bar.
#[component]
pub fn MenuButton() -> impl IntoView {}

/// What stands where nothing was found.
#[component]
pub fn NotFound() -> impl IntoView {}
