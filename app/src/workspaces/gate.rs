use super::slug_of;
use crate::dom::page_load;
use crate::erased::memo;
use crate::layout::{Frame, NotFound};
use crate::start::FirstPath;
use crate::sync::Rows;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

/// Shows a workspace's pages if its rows are here. If they are not, the server is asked: unless this is its answer.
#[component]
pub fn WorkspaceGate() -> impl IntoView {
    let rows = use_context::<Rows>();
    let here = rows.map(slug_of);
    let params = use_params_map();
    let asked = memo(move || params.read().get("slug"));
    let is_here = memo(move || here.is_some() && asked.get() == here);
    move || {
        if is_here.get() {
            view! { <Frame/> }.into_any()
        } else {
            view! { <Elsewhere/> }.into_any()
        }
    }
}

/// What is not on this page: the server has answered that there is nothing, or is asked now.
#[component]
pub fn Elsewhere() -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    if use_context::<FirstPath>().is_some_and(|first| first.0 == path) {
        view! { <NotFound/> }.into_any()
    } else {
        Effect::new(move |_| page_load::again());
        ().into_any()
    }
}
