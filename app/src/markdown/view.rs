use super::{TaskLinks, parser};
use crate::dom::html;
use crate::sync::use_rows;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A text as it is meant to be read.
///
/// The server writes its HTML into the page. Hydration leaves that as it is, and only a text that differs from it is
/// parsed in the browser; until the parser is there, and where it cannot be fetched, the plain text stands instead.
#[component]
pub fn Markdown(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let rows = use_rows();
    let element = NodeRef::<Div>::new();
    let html_at_first = untrack(|| parser::html_at_first(&text.read(), &TaskLinks::of(rows)));
    let last_run = StoredValue::new(0_u32);

    Effect::new(move |before: Option<()>| {
        let source = text.get();
        let Some(element) = element.get() else { return };
        if before.is_none() && html::is_filled(&element) {
            return;
        }
        if !html::is_filled(&element) {
            html::show_plain(&element, &source);
        }
        let run = last_run.get_value() + 1;
        last_run.set_value(run);
        let tasks = untrack(|| TaskLinks::of(rows));
        spawn_local(async move {
            let parsed = parser::html_of(source.clone(), tasks).await;
            // Another text may have come meanwhile, or the place may be gone.
            if last_run.try_get_value() != Some(run) {
                return;
            }
            match parsed {
                Some(parsed) => html::show(&element, &parsed),
                None => html::show_plain(&element, &source),
            }
        });
    });
    view! { <div class="markdown" node_ref=element inner_html=html_at_first></div> }
}
