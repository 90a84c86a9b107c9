//! Parts of the app whose code is fetched when it is needed: a first visit to a board does not pay for them.
//!
//! By hand and not with lazy routes, because there a chunk that cannot be fetched ends the page. Here it is said, and
//! tried again. To move a part into a chunk: a variant of [`Part`], the line that names its chunk, and the line that
//! draws it.

use crate::accounts::{
    self, ConfirmPage, FinishSignUpPage, ForgotPage, ResetPage, SessionsPage, SetupPage,
    SignInPage, SignUpPage, TokensPage,
};
use crate::boards::{
    ArchivePage, ColumnActions, ColumnDialog, Facet, FacetPicker, Field, FieldPicker, NewColumn,
};
#[cfg(feature = "hydrate")]
use crate::dom::focus;
use crate::imports::ImportPage;
use crate::invitations::InvitationPage;
use crate::layout::{Keys, OtherWorkspaces, ParkedChanges};
#[cfg(feature = "hydrate")]
use crate::layout::{OnItsWay, use_toaster};
use crate::profiles::ProfilePage;
use crate::projects::{ArchivedBanner, PeoplePage, ProjectSettingsPage};
#[cfg(feature = "hydrate")]
use crate::routes::Page;
use crate::settings::SettingsPage;
use crate::tasks::Panel;
#[cfg(feature = "hydrate")]
use crate::tasks::{PanelFailed, PanelWaiting};
#[cfg(feature = "hydrate")]
use crate::ui::{Button, EmptyState, IconName, close_menu};
use crate::workspaces::{HomePage, NewWorkspacePage, WorkspacesPage};
use leptos::prelude::*;
use shared::ids::{ProjectId, StatusId, TaskId};

/// What is drawn by a chunk's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A page of an account's.
    Account(AccountPage),
    /// A page of a workspace's.
    Workspace(WorkspacePage),
    /// A workspace's settings.
    Settings,
    /// Moving in from another tool.
    Import,
    /// A task beside its board.
    Task,
    /// What opens above a page.
    Tool(Tool),
}

/// A page of the chunk `accounts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountPage {
    /// The first account and workspace.
    Setup,
    /// Signing in.
    SignIn,
    /// Signing up.
    SignUp,
    /// The account of who has opened the link in a mail.
    FinishSignUp,
    /// Founding a workspace.
    NewWorkspace,
    /// Asking for a link to choose another password.
    Forgot,
    /// Choosing another password.
    Reset,
    /// Confirming an address.
    Confirm,
    /// Joining a workspace.
    Invitation,
    /// The second step of signing in.
    SecondStep,
    /// Turning it on and off.
    TwoStep,
    /// An account's name and password.
    Account,
    /// Where somebody is signed in.
    Sessions,
    /// Personal access tokens.
    Tokens,
    /// What somebody is like, and how they see things.
    Profile,
    /// The workspaces that somebody is in.
    Workspaces,
}

/// A page of the chunk `workspace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkspacePage {
    /// A workspace's projects.
    Home,
    /// A project's archive.
    Archive,
    /// A project's people.
    People,
    /// What a project is like.
    ProjectSettings,
}

/// A dialog or a list of choices of the chunk `tools`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Every key that does something.
    Keys(RwSignal<bool>),
    /// Refused changes, to decide about them.
    Parked(RwSignal<bool>),
    /// The person's other workspaces, in a menu.
    Workspaces,
    /// What a column is like, to change it.
    Column(StatusId),
    /// What can be done with a column, in its menu; and whether its name is being changed.
    ColumnActions(StatusId, RwSignal<bool>),
    /// The choices for a field of the card that has the focus.
    Choices(Field, TaskId),
    /// The choices for a part of a board's filter.
    Facet(Facet, RwSignal<bool>),
    /// Where a new column is named.
    NewColumn,
    /// What an archived project's board says, and how it is restored.
    Archived(ProjectId),
}

/// What is fetched at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    Accounts,
    Workspace,
    Settings,
    Import,
    Task,
    Tools,
}

#[cfg(feature = "hydrate")]
const CHUNKS: usize = 6;

impl Part {
    fn chunk(self) -> Chunk {
        match self {
            Self::Account(_) => Chunk::Accounts,
            Self::Workspace(_) => Chunk::Workspace,
            Self::Settings => Chunk::Settings,
            Self::Import => Chunk::Import,
            Self::Task => Chunk::Task,
            Self::Tool(_) => Chunk::Tools,
        }
    }
}

fn account(page: AccountPage) -> AnyView {
    match page {
        AccountPage::Setup => view! { <SetupPage/> }.into_any(),
        AccountPage::SignIn => view! { <SignInPage/> }.into_any(),
        AccountPage::SignUp => view! { <SignUpPage/> }.into_any(),
        AccountPage::FinishSignUp => view! { <FinishSignUpPage/> }.into_any(),
        AccountPage::NewWorkspace => view! { <NewWorkspacePage/> }.into_any(),
        AccountPage::SecondStep => view! { <accounts::SecondStepPage/> }.into_any(),
        AccountPage::TwoStep => view! { <accounts::TwoStepPage/> }.into_any(),
        AccountPage::Forgot => view! { <ForgotPage/> }.into_any(),
        AccountPage::Reset => view! { <ResetPage/> }.into_any(),
        AccountPage::Confirm => view! { <ConfirmPage/> }.into_any(),
        AccountPage::Invitation => view! { <InvitationPage/> }.into_any(),
        AccountPage::Account => view! { <accounts::AccountPage/> }.into_any(),
        AccountPage::Sessions => view! { <SessionsPage/> }.into_any(),
        AccountPage::Tokens => view! { <TokensPage/> }.into_any(),
        AccountPage::Profile => view! { <ProfilePage/> }.into_any(),
        AccountPage::Workspaces => view! { <WorkspacesPage/> }.into_any(),
    }
}

fn workspace(page: WorkspacePage) -> AnyView {
    match page {
        WorkspacePage::Home => view! { <HomePage/> }.into_any(),
        WorkspacePage::Archive => view! { <ArchivePage/> }.into_any(),
        WorkspacePage::People => view! { <PeoplePage/> }.into_any(),
        WorkspacePage::ProjectSettings => view! { <ProjectSettingsPage/> }.into_any(),
    }
}

fn settings() -> AnyView {
    view! { <SettingsPage/> }.into_any()
}

fn import() -> AnyView {
    view! { <ImportPage/> }.into_any()
}

fn tool(tool: Tool) -> AnyView {
    match tool {
        Tool::Keys(open) => view! { <Keys open=open/> }.into_any(),
        Tool::Parked(open) => view! { <ParkedChanges open=open/> }.into_any(),
        Tool::Workspaces => view! { <OtherWorkspaces/> }.into_any(),
        Tool::Column(status) => view! { <ColumnDialog status=status/> }.into_any(),
        Tool::ColumnActions(status, renaming) => {
            view! { <ColumnActions status=status renaming=renaming/> }.into_any()
        }
        Tool::Choices(field, task) => view! { <FieldPicker field=field task=task/> }.into_any(),
        Tool::Facet(facet, open) => view! { <FacetPicker facet=facet open=open/> }.into_any(),
        Tool::NewColumn => view! { <NewColumn/> }.into_any(),
        Tool::Archived(project) => view! { <ArchivedBanner project=project/> }.into_any(),
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

/// Shows a tool once it was opened. Then it stays: what is taken away cannot give the focus back.
#[component]
pub fn FetchedOnce(
    /// Which.
    tool: Tool,
    /// Whether it is open, both ways.
    open: RwSignal<bool>,
) -> impl IntoView {
    let part = Part::Tool(tool);
    // It is drawn anew only where its code could not be fetched, and so there is nothing to keep.
    let drawn = Memo::new(move |before: Option<&u32>| {
        let before = before.copied().unwrap_or(0);
        before + u32::from(open.get() && (before == 0 || !is_here(part)))
    });
    move || (drawn.get() > 0).then(|| view! { <Fetched part=part/> })
}

/// What of a page the server has drawn with the code of chunks.
#[cfg(feature = "hydrate")]
pub fn on_page(page: &Page) -> Vec<Part> {
    // Any tool: they are one chunk. A board has a banner where its project is archived.
    let tool = focus::matches(".page[data-kind] > .banner").then_some(Part::Tool(Tool::NewColumn));
    page.part().into_iter().chain(tool).collect()
}

/// On the server all code is there.
#[cfg(not(feature = "hydrate"))]
pub fn preload(_part: Part) {}

#[cfg(not(feature = "hydrate"))]
fn is_here(_part: Part) -> bool {
    true
}

#[cfg(feature = "hydrate")]
use in_browser::is_here;
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
    move || match (is_here.get(), part) {
        (Some(true), _) => in_browser::drawn(part).unwrap_or_else(|| ().into_any()),
        (None, Part::Task) => view! { <PanelWaiting/> }.into_any(),
        (None, Part::Tool(Tool::ColumnActions(..))) => view! { <OnItsWay count=1/> }.into_any(),
        (None, Part::Tool(_)) => ().into_any(),
        (None, _) => {
            view! { <main class="page" id="main" tabindex="-1" aria-busy="true"></main> }.into_any()
        }
        (Some(false), Part::Task) => view! { <PanelFailed on_retry=move |()| fetch()/> }.into_any(),
        (Some(false), Part::Tool(tool)) => {
            match tool {
                Tool::Keys(open) | Tool::Facet(_, open) => open.set(false),
                Tool::ColumnActions(..) => close_menu(),
                _ => {}
            }
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
    use super::{Chunk, Part, account, import, settings, task, tool, workspace};
    use leptos::prelude::AnyView;

    pub(super) fn drawn(part: Part) -> AnyView {
        // Names the chunk in the page's head, so that the browser asks for it at once.
        #[cfg(feature = "ssr")]
        leptos::prefetch_lazy_fn_on_server(match part.chunk() {
            Chunk::Accounts => "accounts",
            Chunk::Workspace => "workspace",
            Chunk::Settings => "settings",
            Chunk::Import => "import",
            Chunk::Task => "task",
            Chunk::Tools => "tools",
        });
        match part {
            Part::Account(page) => account(page),
            Part::Workspace(page) => workspace(page),
            Part::Settings => settings(),
            Part::Import => import(),
            Part::Task => task(),
            Part::Tool(of) => tool(of),
        }
    }
}

#[cfg(feature = "hydrate")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "what could not be fetched is the error"
)]
mod in_browser {
    use super::{AccountPage, CHUNKS, Chunk, Part, Tool, WorkspacePage};
    use super::{account, import, settings, task, tool, workspace};
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
            Chunk::Settings => fetch_settings().await,
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

    /// Whether a part's code is here.
    pub(super) fn is_here(part: Part) -> bool {
        LOADED.with(|loaded| loaded[part.chunk() as usize].get())
    }

    /// The part, if its code is here.
    pub(super) fn drawn(part: Part) -> Option<AnyView> {
        if !is_here(part) {
            return None;
        }
        let drawn = match part {
            Part::Account(page) => draw_account(page).now_or_never(),
            Part::Workspace(page) => draw_workspace(page).now_or_never(),
            Part::Settings => draw_settings().now_or_never(),
            Part::Import => draw_import().now_or_never(),
            Part::Task => draw_task().now_or_never(),
            Part::Tool(tool) => draw_tool(tool).now_or_never(),
        };
        drawn?.ok()
    }

    #[wasm_split(accounts, wasm_split_path = leptos::wasm_split, preload(fetch_accounts), fallible)]
    fn draw_account(page: AccountPage) -> Result<AnyView, SplitLoaderError> {
        Ok(account(page))
    }

    #[wasm_split(workspace, wasm_split_path = leptos::wasm_split, preload(fetch_workspace), fallible)]
    fn draw_workspace(page: WorkspacePage) -> Result<AnyView, SplitLoaderError> {
        Ok(workspace(page))
    }

    #[wasm_split(settings, wasm_split_path = leptos::wasm_split, preload(fetch_settings), fallible)]
    fn draw_settings() -> Result<AnyView, SplitLoaderError> {
        Ok(settings())
    }

    #[wasm_split(import, wasm_split_path = leptos::wasm_split, preload(fetch_import), fallible)]
    fn draw_import() -> Result<AnyView, SplitLoaderError> {
        Ok(import())
    }

    #[wasm_split(tools, wasm_split_path = leptos::wasm_split, preload(fetch_tools), fallible)]
    fn draw_tool(of: Tool) -> Result<AnyView, SplitLoaderError> {
        Ok(tool(of))
    }

    #[wasm_split(task, wasm_split_path = leptos::wasm_split, preload(fetch_task), fallible)]
    fn draw_task() -> Result<AnyView, SplitLoaderError> {
        Ok(task())
    }
}
