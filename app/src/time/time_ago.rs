use super::{use_now, words};
use crate::dom::local_time;
use leptos::prelude::*;
use shared::values::Time;

/// When something happened: "3 min ago", with the exact time as a hint. Until the page is live it is the day.
#[component]
pub fn TimeAgo(
    /// When.
    #[prop(into)]
    at: Signal<Time>,
) -> impl IntoView {
    let now = use_now();
    let text = move || match now.get() {
        Some(now) => words::ago(at.get(), now),
        None => words::day_of(at.get()),
    };
    let exact = move || {
        if now.read().is_some() {
            local_time::text(at.get())
        } else {
            words::exact(at.get())
        }
    };
    view! { <time datetime=move || words::iso(at.get()) title=exact>{text}</time> }
}
