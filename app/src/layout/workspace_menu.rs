use crate::chunks::{Fetched, Part, Tool};
use crate::routes::href;
use crate::sync::use_rows;
use crate::ui::{IconName, Menu, MenuItem};
use crate::workspaces::api::list_workspaces;
use crate::workspaces::{WorkspaceLink, slug_of};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::workspaces::Workspace;

/// The workspace's name, and the way to the others.
#[component]
pub(super) fn WorkspaceMenu() -> impl IntoView {
    let rows = use_rows();
    let name = rows.map::<Workspace, _>(rows.workspace(), |workspace| {
        workspace.map(|it| it.name.to_string()).unwrap_or_default()
    });
    // Drawn by the stylesheet: the name beside it says all that there is to read.
    let letter = move || {
        name.read()
            .chars()
            .next()
            .map(|it| it.to_uppercase().to_string())
    };
    let trigger = move || {
        view! {
            <span class="workspace-switch__mark" data-letter=letter></span>
            <span class="workspace-switch__name">{name}</span>
        }
    };
    view! {
        <div class="workspace-switch">
            <Menu
                label=Signal::derive(move || format!("Workspace {}", name.read()))
                trigger=trigger
            >
                <Fetched part=Part::Tool(Tool::Workspaces)/>
                <hr/>
                <MenuItem icon=IconName::Plus href=href::NEW_WORKSPACE>
                    "New workspace"
                </MenuItem>
                <MenuItem icon=IconName::Folder href=href::WORKSPACES>
                    "Your workspaces"
                </MenuItem>
                <MenuItem icon=IconName::Key href=href::TOKENS>
                    "Access tokens"
                </MenuItem>
            </Menu>
        </div>
    }
}

/// The workspaces of the person, asked for when the menu opens.
#[component]
pub fn OtherWorkspaces() -> impl IntoView {
    let here = slug_of(use_rows());
    let found = RwSignal::new(Vec::<WorkspaceLink>::new());
    spawn_local(async move {
        // Without an answer, as when there is no network, the menu shows what it has.
        if let Ok(links) = list_workspaces().await {
            let open = links.into_iter().filter(|it| it.restorable_until.is_none());
            let _closed_meanwhile = found.try_set(open.collect());
        }
    });
    let item = move |link: WorkspaceLink| {
        let is_here = link.slug == here;
        view! {
            <MenuItem checked=is_here href=href::workspace(&link.slug)>
                {link.name}
            </MenuItem>
        }
    };
    move || found.get().into_iter().map(item.clone()).collect_view()
}
