use super::drawer::Drawer;
use super::parked::ParkedButton;
use super::sidebar_link::SidebarLink;
use super::theme::ThemeMenu;
use super::words;
use super::workspace_menu::WorkspaceMenu;
use crate::accounts::SignOutButton;
use crate::dom::local_time;
use crate::dom::network::use_online;
use crate::erased::{For, Show, memo};
use crate::members::MemberAvatar;
use crate::routes::href;
use crate::sync::{use_away, use_rows};
use crate::ui::{Icon, IconButton, IconName, Swatch};
use crate::workspaces::slug_of;
use leptos::html::Nav;
use leptos::prelude::*;
use shared::access::Action;
use shared::ids::ProjectId;
use shared::projects::Project;
use shared::sorted::sorted_by_key;

/// Where one can go in this workspace, and how the connection is.
#[component]
pub(super) fn Sidebar(
    /// Called to show the keys.
    #[prop(into)]
    on_help: Callback<()>,
) -> impl IntoView {
    let rows = use_rows();
    let drawer = expect_context::<Drawer>();
    let sidebar = NodeRef::<Nav>::new();
    drawer.focus_inside(sidebar);
    let slug = slug_of(rows);
    let import = href::import(&slug);
    let may_import = memo(move || rows.may_in_workspace(Action::RunImports));
    view! {
        <nav class="sidebar" aria-label="Workspace" node_ref=sidebar>
            <WorkspaceMenu/>
            <div class="sidebar__section">
                <SidebarLink href=href::workspace(&slug) exact=true name="Home">
                    <Icon name=IconName::Folder/>
                </SidebarLink>
                <Show when=move || may_import.get()>
                    <SidebarLink href=import.clone() name="Import">
                        <Icon name=IconName::Import/>
                    </SidebarLink>
                </Show>
                <SidebarLink href=href::settings(&slug) name="Settings">
                    <Icon name=IconName::Settings/>
                </SidebarLink>
            </div>
            <Projects slug=slug/>
            <Me on_help=on_help/>
            <ParkedButton/>
            <div class="sidebar__foot">
                <LinkWords/>
            </div>
        </nav>
    }
}

/// The projects that the person sees.
#[component]
fn Projects(slug: String) -> impl IntoView {
    let rows = use_rows();
    let projects = memo(move || {
        let mut live: Vec<_> = rows.all::<Project>();
        live.retain(|project| project.is_live());
        let live = sorted_by_key(live, |project| (project.created_at, project.id));
        live.iter().map(|project| project.id).collect::<Vec<_>>()
    });
    let slug = StoredValue::new(slug);
    view! {
        <Show when=move || !projects.read().is_empty()>
            <div class="sidebar__section">
                <h2 class="sidebar__heading">"Projects"</h2>
                <For each=move || projects.get() let:id>
                    <ProjectLink id=id slug=slug/>
                </For>
            </div>
        </Show>
    }
}

#[component]
fn ProjectLink(id: ProjectId, slug: StoredValue<String>) -> impl IntoView {
    let rows = use_rows();
    let key = rows.text(id, |project: &Project| project.key.to_string());
    let name = rows.text(id, |project: &Project| project.name.to_string());
    let color = rows.text(id, |project: &Project| project.color.to_string());
    let board = move || slug.with_value(|slug| href::board(slug, &key.read()));
    view! {
        <SidebarLink href=Signal::derive(board) name=name>
            <Swatch color=color/>
        </SidebarLink>
    }
    .into_any()
}

/// The person who looks.
#[component]
fn Me(on_help: Callback<()>) -> impl IntoView {
    let rows = use_rows();
    let name = move || {
        let member = rows.member();
        member.map(|member| member.name.to_string())
    };
    view! {
        <div class="sidebar__person">
            <MemberAvatar id=rows.me() decorative=true/>
            <span class="sidebar__name">{name}</span>
            <ThemeMenu/>
            <IconButton
                icon=IconName::Info
                label="Keys"
                kbd="?"
                on_click=move |_| on_help.run(())
            />
            <SignOutButton compact=true/>
        </div>
    }
}

/// The connection, in words.
#[component]
fn LinkWords() -> impl IntoView {
    let rows = use_rows();
    let link = rows.link();
    let online = use_online();
    let keeping = rows.keeping();
    let away = use_away();
    let since = RwSignal::new(None::<String>);
    Effect::new(move |was_away: Option<bool>| {
        let away = away.get();
        if away != was_away.unwrap_or(false) {
            since.set(away.then(|| local_time::time_of_day(rows.now())));
        }
        away
    });
    let told = memo(move || {
        let since = since.get();
        words::link(link.get(), online.get(), since.as_deref(), keeping.get())
    });
    view! {
        <p class="link-state" role="status" data-state=move || told.read().0>
            {move || told.read().1.clone()}
        </p>
    }
}
