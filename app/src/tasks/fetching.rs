use super::panel::{Waiting, use_close};
use crate::erased::memo;
use crate::ui::{Button, EmptyState, IconName};
use leptos::prelude::*;

/// What stands in the panel's place until its code is here.
#[component]
pub fn PanelWaiting() -> impl IntoView {
    view! { <aside class="panel" aria-label="Task"><Waiting/></aside> }
}

/// What stands in the panel's place where its code cannot be fetched.
#[component]
pub fn PanelFailed(
    /// Called to fetch it again.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    let close = use_close(memo(|| None));
    view! {
        <aside class="panel" aria-label="Task">
            <header class="panel__head"></header>
            <div class="panel__body">
                <EmptyState
                    title="The task could not be opened"
                    text="The server could not be reached. The board still works, and your changes are kept."
                    icon=IconName::Offline
                >
                    <Button on_click=move |_| close.run()>"Back to the board"</Button>
                    <Button on_click=move |_| on_retry.run(())>"Try again"</Button>
                </EmptyState>
            </div>
        </aside>
    }
}
