use super::MenuButton;
use crate::routes::href;
use crate::sync::use_rows;
use crate::workspaces::slug_of;
use leptos::prelude::*;
use leptos_meta::Title;

/// What all pages of a workspace's settings have around them.
#[component]
pub fn SettingsLayout(
    /// The page's name.
    title: &'static str,
    /// Where it is.
    current: fn(&str) -> String,
    /// Its sections.
    children: Children,
) -> impl IntoView {
    let slug = slug_of(use_rows());
    let here = current(&slug);
    let link = |address: String, text: &'static str| {
        let is_here = address == here;
        view! { <a href=address aria-current=is_here.then_some("page")>{text}</a> }
    };
    view! {
        <Title text=title/>
        <header class="topbar">
            <MenuButton/>
            <h1 class="topbar__title">"Settings"</h1>
        </header>
        <main class="page" id="main" tabindex="-1">
            <div class="settings">
                <nav class="settings__nav" aria-label="Settings">
                    {link(href::settings(&slug), "Workspace")}
                    {link(href::members(&slug), "Members")}
                    {link(href::ACCOUNT.to_owned(), "Your account")}
                </nav>
                <div class="settings__main">{children()}</div>
            </div>
        </main>
    }
}
