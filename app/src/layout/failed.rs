use crate::backend::Failure;
use crate::routes::href;
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
        Code::TwoStepRequired => ("Two-step sign-in is required here", IconName::Lock),
        _ => ("This page could not be made", IconName::Danger),
    };
    let is_two_step = failure.0.code == Code::TwoStepRequired;
    view! {
        <Title text=title/>
        <main class="page" id="main" tabindex="-1">
            <h1 class="visually-hidden">{title}</h1>
            <EmptyState title=title text=failure.message().to_owned() icon=icon>
                {is_two_step.then(|| view! {
                    <a class="button" data-variant="primary" data-size="medium" href=href::TWO_STEP rel="external">
                        <span class="button__text">"Set it up"</span>
                    </a>
                    <a class="button" data-variant="secondary" data-size="medium" href=href::WORKSPACES rel="external">
                        <span class="button__text">"Your workspaces"</span>
                    </a>
                })}
                <a class="button" data-variant="secondary" data-size="medium" href="" rel="external">
                    <Icon name=IconName::Restore/>
                    <span class="button__text">"Try again"</span>
                </a>
            </EmptyState>
        </main>
    }
}
