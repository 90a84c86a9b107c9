//! Parts of the app whose code is fetched when it is needed: a first visit to a board does not pay for them.
//!
//! By hand and not with lazy routes, because there a chunk that cannot be fetched ends the page. Here it is said, and
//! tried again. To move a part into a chunk: a variant of [`Part`], the line that names its chunk, and the line that
//! draws it.

use crate::accounts::{SetupPage, SignInPage, SignUpPage, TokensPage};
use crate::boards::{ArchivePage, ColumnDialog, Facet, FacetPicker, Field, FieldPicker, NewColumn};
use crate::imports::ImportPage;
#[cfg(feature = "hydrate")]
use crate::layout::use_toaster;
use crate::layout::{Keys, OtherWorkspaces, ParkedChanges};
use crate::members::MembersPage;
use crate::tasks::Panel;
#[cfg(feature = "hydrate")]
use crate::tasks::{PanelFailed, PanelWaiting};
#[cfg(feature = "hydrate")]
use crate::ui::{Button, EmptyState, IconName};
use crate::workspaces::{HomePage, NewWorkspacePage, SettingsPage};
use leptos::prelude::*;
use shared::ids::{StatusId, TaskId};

/// What is drawn by a chunk's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first account and workspace.
    Setup,
    /// Signing in.
    SignIn,
    /// Signing up.
    SignUp,
    /// Founding a workspace.
    NewWorkspace,
    /// Personal access tokens.
    Tokens,
    /// A workspace's projects.
    Home,
    /// A project's archive.
    Archive,
    /// A workspace's settings.
    Settings,
    /// Its members.
    Members,
    /// Moving in from another tool.
    Import,
    /// A task beside its board.
    Task,
    /// Every key that does something.
    Keys(RwSignal<bool>),
    /// Refused changes, to decide about them.
    Parked(RwSignal<bool>),
    /// The person's other workspaces, in a menu.
    Workspaces,
    /// What a column is like, to change it.
    Column(StatusId),
    /// The choices for a field of the card that has the focus.
    Choices(Field, TaskId),
    /// The choices for a part of a board's filter.
    Facet(Facet, RwSignal<bool>),
    /// Where a new column is named.
    NewColumn,
}

/// What is fetched at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    Accounts,
    Workspace,
    Import,
    Task,
    Tools,
}

#[cfg(feature = "hydrate")]
const CHUNKS: usize = 5;

impl Part {
    fn chunk(self) -> Chunk {
        match self {
            Self::Setup | Self::SignIn | Self::SignUp | Self::NewWorkspace | Self::Tokens => {
                Chunk::Accounts
            }
            Self::Home | Self::Archive | Self::Settings | Self::Members => Chunk::Workspace,
            Self::Import => Chunk::Import,
            Self::Task => Chunk::Task,
            Self::Keys(_)
            | Self::Parked(_)
            | Self::Workspaces
            | Self::Column(_)
            | Self::Choices(..)
            | Self::Facet(..)
            | Self::NewColumn => Chunk::Tools,
        }
    }
}

fn account(part: Part) -> AnyView {
    match part {
        Part::Setup => view! { <SetupPage/> }.into_any(),
        Part::SignIn => view! { <SignInPage/> }.into_any(),
        Part::SignUp => view! { <SignUpPage/> }.into_any(),
        Part::NewWorkspace => view! { <NewWorkspacePage/> }.into_any(),
        _ => view! { <TokensPage/> }.into_any(),
    }
}

fn workspace(part: Part) -> AnyView {
    match part {
        Part::Home => view! { <HomePage/> }.into_any(),
        Part::Archive => view! { <ArchivePage/> }.into_any(),
        Part::Settings => view! { <SettingsPage/> }.into_any(),
        _ => view! { <MembersPage/> }.into_any(),
    }
}

fn import() -> AnyView {
    view! { <ImportPage/> }.into_any()
}

fn tool(part: Part) -> AnyView {
    match part {
        Part::Keys(open) => view! { <Keys open=open/> }.into_any(),
        Part::Parked(open) => view! { <ParkedChanges open=open/> }.into_any(),
        Part::Column(status) => view! { <ColumnDialog status=status/> }.into_any(),
        Part::Choices(field, task) => view! { <FieldPicker field=field task=task/> }.into_any(),
        Part::Facet(facet, open) => view! { <FacetPicker facet=facet open=open/> }.into_any(),
        Part::NewColumn => view! { <NewColumn/> }.into_any(),
        _ => view! { <OtherWorkspaces/> }.into_any(),
    }
}

fn task() -> AnyView {
    view! { <Panel/> }.into_any()
}

/// Shows a part, once its code is here.
#[component]
pub fn Fetched(
    /// Which.
    part: Part,
) -> impl IntoView {
    #[cfg(not(feature = "hydrate"))]
    return on_server::drawn(part);
    #[cfg(feature = "hydrate")]
    return in_browser::drawn(part).unwrap_or_else(|| view! { <Fetching part=part/> }.into_any());
}

/// On the server all code is there.
#[cfg(not(feature = "hydrate"))]
pub fn preload(_part: Part) {}

#[cfg(feature = "hydrate")]
pub use in_browser::{load, preload};

/// What stands in a part's place until its code is here, and where it cannot be fetched.
#[cfg(feature = "hydrate")]
#[component]
fn Fetching(part: Part) -> impl IntoView {
    let is_here = RwSignal::new(None::<bool>);
    let fetch = move || {
        is_here.set(None);
        leptos::task::spawn_local(async move {
            let loaded = load(part).await;
            let _left_meanwhile = is_here.try_set(Some(loaded));
        });
    };
    fetch();
    move || match (is_here.get(), part.chunk()) {
        (Some(true), _) => in_browser::drawn(part).unwrap_or_else(|| ().into_any()),
        (None, Chunk::Task) => view! { <PanelWaiting/> }.into_any(),
        (None, Chunk::Tools) => ().into_any(),
        (None, _) => {
            view! { <main class="page" id="main" tabindex="-1" aria-busy="true"></main> }.into_any()
        }
        (Some(false), Chunk::Task) => {
            view! { <PanelFailed on_retry=move |()| fetch()/> }.into_any()
        }
        (Some(false), Chunk::Tools) => {
            use_toaster().warn("This needs the server, which could not be reached. Try again.");
            ().into_any()
        }
        (Some(false), _) => view! { <PageFailed on_retry=move |()| fetch()/> }.into_any(),
    }
}

#[cfg(feature = "hydrate")]
#[component]
fn PageFailed(#[prop(into)] on_retry: Callback<()>) -> impl IntoView {
    view! {
        <main class="page" id="main" tabindex="-1">
            <EmptyState
                title="This page could not be opened"
                text="The server could not be reached. Your changes are kept."
                icon=IconName::Offline
            >
                <Button on_click=move |_| on_retry.run(())>"Try again"</Button>
            </EmptyState>
        </main>
    }
}

#[cfg(not(feature = "hydrate"))]
mod on_server {
    use super::{Chunk, Part, account, import, task, tool, workspace};
    use leptos::prelude::AnyView;

    pub(super) fn drawn(part: Part) -> AnyView {
        // Names the chunk in the page's head, so that the browser asks for it at once.
        #[cfg(feature = "ssr")]
        leptos::prefetch_lazy_fn_on_server(match part.chunk() {
            Chunk::Accounts => "accounts",
            Chunk::Workspace => "workspace",
            Chunk::Import => "import",
            Chunk::Task => "task",
            Chunk::Tools => "tools",
        });
        match part.chunk() {
            Chunk::Accounts => account(part),
            Chunk::Workspace => workspace(part),
            Chunk::Import => import(),
            Chunk::Task => task(),
            Chunk::Tools => tool(part),
        }
    }
}

#[cfg(feature = "hydrate")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "what could not be fetched is the error"
)]
mod in_browser {
    use super::{CHUNKS, Chunk, Part, account, import, task, tool, workspace};
    use futures::FutureExt;
    use leptos::prelude::AnyView;
    use leptos::wasm_split::{SplitLoaderError, wasm_split};
    use std::cell::Cell;

    thread_local! {
        static LOADED: [Cell<bool>; CHUNKS] = const { [const { Cell::new(false) }; CHUNKS] };
        static ASKED: [Cell<bool>; CHUNKS] = const { [const { Cell::new(false) }; CHUNKS] };
    }

    /// Fetches a part's code, if it is not here. Answers whether it is.
    pub async fn load(part: Part) -> bool {
        let chunk = part.chunk();
        let fetched = match chunk {
            Chunk::Accounts => fetch_accounts().await,
            Chunk::Workspace => fetch_workspace().await,
            Chunk::Import => fetch_import().await,
            Chunk::Task => fetch_task().await,
            Chunk::Tools => fetch_tools().await,
        };
        LOADED.with(|loaded| loaded[chunk as usize].set(fetched.is_ok()));
        fetched.is_ok()
    }

    /// Fetches the code of a part that will probably be needed.
    pub fn preload(part: Part) {
        if !ASKED.with(|asked| asked[part.chunk() as usize].replace(true)) {
            leptos::task::spawn_local(async move {
                // A failure is told when the part is opened, after another attempt.
                let _is_loaded = load(part).await;
            });
        }
    }

    /// The part, if its code is here.
    pub(super) fn drawn(part: Part) -> Option<AnyView> {
        let chunk = part.chunk();
        if !LOADED.with(|loaded| loaded[chunk as usize].get()) {
            return None;
        }
        let drawn = match chunk {
            Chunk::Accounts => draw_account(part).now_or_never(),
            Chunk::Workspace => draw_workspace(part).now_or_never(),
            Chunk::Import => draw_import().now_or_never(),
            Chunk::Task => draw_task().now_or_never(),
            Chunk::Tools => draw_tool(part).now_or_never(),
        };
        drawn?.ok()
    }

    #[wasm_split(accounts, wasm_split_path = leptos::wasm_split, preload(fetch_accounts), fallible)]
    fn draw_account(part: Part) -> Result<AnyView, SplitLoaderError> {
        Ok(account(part))
    }

    #[wasm_split(workspace, wasm_split_path = leptos::wasm_split, preload(fetch_workspace), fallible)]
    fn draw_workspace(part: Part) -> Result<AnyView, SplitLoaderError> {
        Ok(workspace(part))
    }

    #[wasm_split(import, wasm_split_path = leptos::wasm_split, preload(fetch_import), fallible)]
    fn draw_import() -> Result<AnyView, SplitLoaderError> {
        Ok(import())
    }

    #[wasm_split(tools, wasm_split_path = leptos::wasm_split, preload(fetch_tools), fallible)]
    fn draw_tool(part: Part) -> Result<AnyView, SplitLoaderError> {
        Ok(tool(part))
    }

    #[wasm_split(task, wasm_split_path = leptos::wasm_split, preload(fetch_task), fallible)]
    fn draw_task() -> Result<AnyView, SplitLoaderError> {
        Ok(task())
    }
}
