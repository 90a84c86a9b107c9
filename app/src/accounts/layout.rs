use super::sign_out::SignOutButton;
use crate::layout::Unsent;
use crate::routes::href;
use leptos::prelude::*;
use leptos_meta::Title;

/// What all pages of an account's settings have around them.
#[component]
pub fn AccountLayout(
    /// The page's name.
    title: &'static str,
    /// Where it is.
    current: &'static str,
    /// Its sections.
    children: Children,
) -> impl IntoView {
    let link = |address: &'static str, text: &'static str| {
        let is_here = address == current;
        view! { <a href=address aria-current=is_here.then_some("page")>{text}</a> }
    };
    view! {
        <Title text=title/>
        <main class="settings" id="main" tabindex="-1">
            <nav class="settings__nav" aria-label="Account">
                <a href=href::ROOT rel="external">"Back to work"</a>
                {link(href::ACCOUNT, "Account")}
                {link(href::PROFILE, "Profile")}
                {link(href::WORKSPACES, "Workspaces")}
                {link(href::TWO_STEP, "Two-step sign-in")}
                {link(href::SESSIONS, "Sessions")}
                {link(href::TOKENS, "Access tokens")}
                <SignOutButton/>
            </nav>
            <div class="settings__main">
                <Unsent/>
                {children()}
            </div>
        </main>
    }
}
