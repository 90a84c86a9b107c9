use crate::sync::use_away;
use crate::ui::{EmptyState, IconName, Skeleton, SkeletonShape};
use leptos::prelude::*;

/// Says of a page's subject that it is not kept in this browser, and comes with the server.
#[component]
pub fn NotHere(
    /// What it is: `board`.
    what: &'static str,
) -> impl IntoView {
    view! {
        <EmptyState
            title=format!("This {what} is not on this device yet")
            text="The server cannot be reached now. As soon as it can, it is shown here."
            icon=IconName::Offline
        />
    }
}

/// What stands in the place of something that is on its way: its shape, or a word about where it is while the server cannot
/// be reached.
#[component]
pub fn OnItsWay(
    /// What it stands for.
    #[prop(optional)]
    shape: SkeletonShape,
    /// How many.
    count: usize,
) -> impl IntoView {
    let away = use_away();
    move || {
        if away.get() {
            view! { <p class="not-here">"Not on this device yet"</p> }.into_any()
        } else {
            view! { <Skeleton shape=shape count=count/> }.into_any()
        }
    }
}
