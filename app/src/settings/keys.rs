use crate::routes::href;
use leptos::prelude::*;

/// Where programs get their keys.
#[component]
pub fn Keys() -> impl IntoView {
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
    }
}
