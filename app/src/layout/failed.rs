use crate::backend::Failure;
use crate::ui::{EmptyState, Icon, IconName};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page that stands where the server could not make one: what happened, and trying again.
#[component]
pub fn Failed(
    /// Why.
    failure: Failure,
) -> impl IntoView {
    view! {
        <Title text="Something went wrong"/>
        <main class="page" id="main" tabindex="-1">
            <h1 class="visually-hidden">"Something went wrong"</h1>
            <EmptyState
                title="This page could not be made"
                text=failure.message().to_owned()
                icon=IconName::Danger
            >
                <a class="button" data-variant="secondary" data-size="medium" href="" rel="external">
                    <Icon name=IconName::Restore/>
                    <span class="button__text">"Try again"</span>
                </a>
            </EmptyState>
        </main>
    }
}
