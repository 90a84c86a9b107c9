use crate::backend::Failure;
use crate::ui::{EmptyState, Icon, IconName};
use leptos::prelude::*;
use leptos_meta::Title;
use shared::codes::Code;

/// The page that stands where the server could not make one: what happened, and trying again.
#[component]
pub fn Failed(
    /// Why.
    failure: Failure,
) -> impl IntoView {
    // Nothing is broken where there is only no server to make it.
    let (title, icon) = match failure.0.code {
        Code::Unavailable => ("This page is not available now", IconName::Offline),
        _ => ("This page could not be made", IconName::Danger),
    };
    view! {
        <Title text=title/>
        <main class="page" id="main" tabindex="-1">
            <h1 class="visually-hidden">{title}</h1>
            <EmptyState title=title text=failure.message().to_owned() icon=icon>
                <a class="button" data-variant="secondary" data-size="medium" href="" rel="external">
                    <Icon name=IconName::Restore/>
                    <span class="button__text">"Try again"</span>
                </a>
            </EmptyState>
        </main>
    }
}
