use super::MenuButton;
use crate::routes::href;
use crate::settings::{Group, Section};
use crate::sync::use_rows;
use crate::workspaces::slug_of;
use leptos::prelude::*;
use leptos_meta::Title;

/// What all pages of a workspace's settings have around them.
#[component]
pub fn SettingsLayout(
    /// Which of them it is.
    section: Section,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let rows = use_rows();
    let slug = slug_of(rows);
    let link = |of: Section| {
        let is_here = of == section;
        let address = href::section(&slug, of);
        view! { <a href=address aria-current=is_here.then_some("page")>{of.title()}</a> }
    };
    let group = |group: Group| {
        let found: Vec<_> = Section::ALL
            .iter()
            .filter(|of| of.group() == group && rows.may_in_workspace(of.needs()))
            .map(|of| link(*of))
            .collect();
        (!found.is_empty()).then(|| {
            view! {
                <h2 class="settings__group">{group.title()}</h2>
                {found}
            }
        })
    };
    view! {
        <Title text=section.title()/>
        <header class="topbar">
            <MenuButton/>
            <h1 class="topbar__title">"Settings"</h1>
        </header>
        <main class="page" id="main" tabindex="-1">
            <div class="settings">
                <nav class="settings__nav" aria-label="Settings">
                    {group(Group::Workspace)}
                    {group(Group::Server)}
                    <h2 class="settings__group">"You"</h2>
                    <a href=href::ACCOUNT>"Your account"</a>
                </nav>
                <div class="settings__main">{children()}</div>
            </div>
        </main>
    }
}
