use super::key_list::{KeyList, KeyRules};
use crate::erased::{Show, memo};
use crate::routes::href;
use crate::sync::use_rows;
use leptos::prelude::*;
use shared::access::Action;

/// Where programs get their keys; for admins, which there are, and which are taken.
#[component]
pub fn Keys() -> impl IntoView {
    let rows = use_rows();
    let may_look_after = memo(move || {
        rows.may_in_workspace(Action::EditMembers) && rows.may_in_workspace(Action::EditWorkspace)
    });
    view! {
        <section>
            <h2>"API keys"</h2>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"Personal access tokens"</b>
                    "A program that brings one works as you. Each has a name, an end, and its last use."
                </div>
                <a href=href::TOKENS>"Your tokens"</a>
            </div>
            <div class="settings__row">
                <div class="settings__label">
                    <b>"The API"</b>
                    "Every operation, described and to be tried."
                </div>
                <a href="/api/docs" rel="external">"Open"</a>
            </div>
        </section>
        <Show when=move || may_look_after.get()>
            <KeyRules/>
            <KeyList/>
        </Show>
    }
}
