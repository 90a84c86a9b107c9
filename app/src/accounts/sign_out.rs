use super::api::SignOut;
use crate::ui::{Button, ButtonKind, ButtonVariant};
use leptos::form::ActionForm;
use leptos::prelude::*;

/// Ends the session, also without JavaScript.
#[component]
pub fn SignOutButton() -> impl IntoView {
    let action = ServerAction::<SignOut>::new();
    view! {
        <ActionForm action=action>
            <Button variant=ButtonVariant::Ghost kind=ButtonKind::Submit busy=action.pending()>
                "Sign out"
            </Button>
        </ActionForm>
    }
}
