use super::Section;
use super::administrators::AdministratorList;
use super::audit_log::AuditLog;
use super::erase::Erase;
use super::export::Export;
use super::flags::Flags;
use super::general::General;
use super::keys::Keys;
use super::mail::Mail;
use super::retention::Retention;
use super::roles::Roles;
use super::server_pages::{Health, Limits, SignIn, Usage};
use crate::bots::Bots;
use crate::erased::memo;
use crate::invitations::Invitations;
use crate::layout::SettingsLayout;
use crate::members::Members;
use crate::projects::ArchivedProjects;
use crate::teams::Teams;
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
        Section::Teams => view! { <Teams/> }.into_any(),
        Section::ArchivedProjects => view! { <ArchivedProjects/> }.into_any(),
        Section::Roles => view! { <Roles/> }.into_any(),
        Section::Invitations => view! { <Invitations/> }.into_any(),
        Section::Keys => view! { <Keys/> }.into_any(),
        Section::Bots => view! { <Bots/> }.into_any(),
        Section::AuditLog => view! { <AuditLog/> }.into_any(),
        Section::Usage => view! { <Usage/> }.into_any(),
        Section::Export => view! { <Export/> }.into_any(),
        Section::SignIn => view! { <SignIn/> }.into_any(),
        Section::Mail => view! { <Mail/> }.into_any(),
        Section::Limits => view! { <Limits/> }.into_any(),
        Section::Retention => view! { <Retention/> }.into_any(),
        Section::Flags => view! { <Flags/> }.into_any(),
        Section::Health => view! { <Health/> }.into_any(),
        Section::Administrators => view! { <AdministratorList/> }.into_any(),
        Section::Erase => view! { <Erase/> }.into_any(),
        Section::ServerLog => view! { <AuditLog of_server=true/> }.into_any(),
    }
}
