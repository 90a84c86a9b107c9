use leptos::prelude::*;
use leptos_router::components::Outlet;

/// A project's board.
#[component]
pub fn BoardPage() -> impl IntoView {
    view! { <Outlet/> }
}
