use super::Section;
use super::audit_log::AuditLog;
use super::general::General;
use super::keys::Keys;
use super::roles::Roles;
use crate::bots::Bots;
use crate::erased::memo;
use crate::invitations::Invitations;
use crate::layout::SettingsLayout;
use crate::members::Members;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// A page of a workspace's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let params = use_params_map();
    let section = memo(move || {
        let path = params.read().get("section").unwrap_or_default();
        Section::parse(&path).unwrap_or(Section::General)
    });
    move || {
        let section = section.get();
        view! { <SettingsLayout section=section>{drawn(section)}</SettingsLayout> }
    }
}

fn drawn(section: Section) -> AnyView {
    match section {
        Section::General => view! { <General/> }.into_any(),
        Section::Members => view! { <Members/> }.into_any(),
        Section::Roles => view! { <Roles/> }.into_any(),
        Section::Invitations => view! { <Invitations/> }.into_any(),
        Section::Keys => view! { <Keys/> }.into_any(),
        Section::Bots => view! { <Bots/> }.into_any(),
        Section::AuditLog => view! { <AuditLog/> }.into_any(),
        Section::ServerLog => view! { <AuditLog of_server=true/> }.into_any(),
    }
}
