use super::api::SignOut;
use crate::ui::{Button, ButtonKind, ButtonVariant, Icon, IconName};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Ends the session, also without JavaScript.
#[component]
pub fn SignOutButton(
    /// Whether it is only an icon.
    #[prop(optional)]
    compact: bool,
) -> impl IntoView {
    let action = ServerAction::<SignOut>::new();
    let button = if compact {
        view! {
            <button
                class="icon-button"
                type="submit"
                aria-label="Sign out"
                data-tooltip="Sign out"
                data-tooltip-side="end"
                disabled=action.pending()
            >
                <Icon name=IconName::SignOut/>
            </button>
        }
        .into_any()
    } else {
        view! {
            <Button variant=ButtonVariant::Ghost kind=ButtonKind::Submit busy=action.pending()>
                "Sign out"
            </Button>
        }
        .into_any()
    };
    view! { <ActionForm action=action>{button}</ActionForm> }
}
