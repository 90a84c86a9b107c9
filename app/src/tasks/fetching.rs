use super::chunk;
use super::panel::{Waiting, use_close};
use crate::ui::{Button, EmptyState, IconName};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What stands in the panel's place until its code is here, and where it cannot be fetched.
#[component]
pub(super) fn Fetching() -> impl IntoView {
    let is_here = RwSignal::new(None::<bool>);
    let fetch = move || {
        is_here.set(None);
        spawn_local(async move {
            let loaded = chunk::load().await;
            let _left_meanwhile = is_here.try_set(Some(loaded));
        });
    };
    fetch();
    move || match is_here.get() {
        None => view! { <aside class="panel" aria-label="Task"><Waiting/></aside> }.into_any(),
        Some(true) => chunk::drawn().unwrap_or_else(|| ().into_any()),
        Some(false) => {
            let close = use_close(Memo::new(|_| None));
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
                            <Button on_click=move |_| fetch()>"Try again"</Button>
                        </EmptyState>
                    </div>
                </aside>
            }
            .into_any()
        }
    }
}
