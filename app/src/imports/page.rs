use super::wizard::Wizard;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// Moving in from Trello. Its code is fetched when it is opened.
pub struct ImportPage;

#[lazy_route]
impl LazyRoute for ImportPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ImportPage = this;
        view! { <Wizard/> }.into_any()
    }
}
