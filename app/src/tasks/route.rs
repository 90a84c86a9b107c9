use super::panel::Panel;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// A task beside its board. Its code is fetched when the first task is opened.
pub struct TaskPanel;

#[lazy_route]
impl LazyRoute for TaskPanel {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Panel/> }.into_any()
    }
}
