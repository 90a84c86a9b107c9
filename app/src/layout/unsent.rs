use super::words;
use crate::dom::network::use_online;
use crate::erased::memo;
use crate::start::use_start;
use crate::sync::Rows;
use leptos::prelude::*;

/// How many changes wait to be sent, on pages that are not in the frame of a workspace: nothing while there are none.
#[component]
pub fn Unsent() -> impl IntoView {
    use_start().person.map(|person| {
        let kept = RwSignal::new(0_usize);
        let email = StoredValue::new(person.email);
        Effect::new(move |_| follow(email.get_value(), kept));
        // Whoever came from a workspace has its rows still, and what they changed may be kept nowhere else.
        let rows = use_context::<Rows>();
        let online = use_online();
        let told = memo(move || {
            let here = rows.map_or(0, |rows| rows.link().read().unsent);
            words::waiting(kept.get().max(here), online.get())
        });
        view! {
            <p
                class="link-state"
                role="status"
                data-state=move || told.read().0
                hidden=move || told.read().1.is_empty()
            >
                {move || told.read().1.clone()}
            </p>
        }
    })
}

#[cfg(feature = "hydrate")]
fn follow(email: String, kept: RwSignal<usize>) {
    crate::sync::driver::count(email, kept);
}

/// On the server no effect runs.
#[cfg(not(feature = "hydrate"))]
fn follow(_email: String, _kept: RwSignal<usize>) {}
