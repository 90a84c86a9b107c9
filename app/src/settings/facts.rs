use super::api::list_facts;
use crate::backend::Failure;
use crate::ui::{Badge, Banner, Skeleton, Tone};
use leptos::prelude::*;
use shared::ids::WorkspaceId;
use shared::settings::{Fact, Facts};

/// Figures and states, as of when the page was opened.
#[component]
pub fn FactList(
    /// What about.
    about: Facts,
    /// Of which workspace; of the server, without one.
    #[prop(optional, into)]
    workspace: Option<WorkspaceId>,
) -> impl IntoView {
    let facts = Resource::new(move || about, move |about| list_facts(about, workspace));
    view! {
        <Transition fallback=|| view! { <Skeleton count=3/> }>
            {move || Suspend::new(async move { rows(facts.await) })}
        </Transition>
    }
}

fn rows(facts: Result<Vec<Fact>, Failure>) -> AnyView {
    let row = |fact: Fact| {
        view! {
            <li class="settings__row">
                <span>{fact.name}</span>
                <span class="settings__value">
                    {fact.value}
                    {fact.is_bad.then(|| view! { " " <Badge tone=Tone::Warning>"Look at this"</Badge> })}
                </span>
            </li>
        }
    };
    match facts {
        Err(failure) => view! { <Banner tone=Tone::Danger>{failure.0.message}</Banner> }.into_any(),
        Ok(facts) => view! { <ul>{facts.into_iter().map(row).collect_view()}</ul> }.into_any(),
    }
}
