use leptos::prelude::*;

/// One place a [`Tabs`] leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TabLink {
    /// Where it leads.
    pub href: String,
    /// Its name.
    pub text: String,
    /// Whether it is where we are.
    pub current: bool,
    /// How many things are there.
    pub count: Option<String>,
}

/// Links to the pages of one thing, of which one is open.
#[component]
pub fn Tabs(
    /// What the pages are of.
    #[prop(into)]
    label: String,
    /// The pages.
    #[prop(into)]
    items: Signal<Vec<TabLink>>,
) -> impl IntoView {
    let tab = |tab: TabLink| {
        view! {
            <a class="tabs__tab" href=tab.href aria-current=tab.current.then_some("page")>
                {tab.text}
                {tab.count.map(|count| view! { <span class="tabs__count">{count}</span> })}
            </a>
        }
    };
    view! {
        <nav class="tabs" aria-label=label>
            {move || items.get().into_iter().map(tab).collect_view()}
        </nav>
    }
}
