use super::api::SignOut;
use crate::ui::{Button, ButtonKind, ButtonVariant, Icon, IconName};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Ends the session, also without JavaScript.
#[component]
pub fn SignOutButton(
    /// Whether it is only an icon.
    #[prop(optional)]
    compact: bool,
) -> impl IntoView {
    let button = if compact {
        view! {
            <button
                class="icon-button"
                type="submit"
                aria-label="Sign out"
                data-tooltip="Sign out"
                data-tooltip-side="end"
            >
                <Icon name=IconName::SignOut/>
            </button>
        }
        .into_any()
    } else {
        view! {
            <Button variant=ButtonVariant::Ghost kind=ButtonKind::Submit>
                "Sign out"
            </Button>
        }
        .into_any()
    };
    // Plain and not an `<ActionForm>`: it leads to another page either way, and is on every page.
    view! { <form method="post" action=SignOut::url() on:submit=asked_first>{button}</form> }
}

/// What waits in this browser is named before its person is gone.
#[cfg(feature = "hydrate")]
fn asked_first(event: SubmitEvent) {
    event.prevent_default();
    crate::sync::driver::sign_out(event_target(&event));
}

/// On the server nothing is sent.
#[cfg(not(feature = "hydrate"))]
fn asked_first(_event: SubmitEvent) {}
