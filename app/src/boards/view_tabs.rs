use crate::erased::memo;
use crate::routes::href;
use crate::sync::use_rows;
use crate::workspaces::slug_of;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The ways to look at a project.
#[component]
pub fn ViewTabs(
    /// The project's key.
    project_key: Memo<String>,
) -> impl IntoView {
    let slug = StoredValue::new(slug_of(use_rows()));
    let path = use_location().pathname;
    let tab = move |text: &'static str, href: fn(&str, &str) -> String| {
        let href = memo(move || slug.with_value(|slug| href(slug, &project_key.read())));
        let is_here = move || path.read().starts_with(href.read().as_str());
        view! {
            <a href=href aria-current=move || is_here().then_some("page")>
                {text}
            </a>
        }
    };
    view! {
        <nav class="viewtabs" aria-label="Views">
            {tab("Board", href::board)}
            {tab("Archive", href::archive)}
            {tab("People", href::people)}
            {tab("Settings", href::project_settings)}
        </nav>
    }
}
