//! The routes, and where a page begins.

use crate::accounts::{SetupPage, SignInPage, SignUpPage, TokensPage};
use crate::boards::{ArchivePage, BoardPage};
use crate::imports::ImportPage;
use crate::layout::Failed;
use crate::members::MembersPage;
use crate::start::{FirstPath, Start, StartContext, use_start};
use crate::sync::{Notices, Rows};
use crate::tasks::TaskPanel;
use crate::workspaces::{Elsewhere, HomePage, NewWorkspacePage, SettingsPage, WorkspaceGate};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::Lazy;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;
use shared::ids::ReplicaId;
use shared::sync::Settings;
use uuid::Uuid;

/// Everything below the document's body.
#[component]
pub fn App(
    /// What the server tells the page.
    start: Start,
) -> impl IntoView {
    provide_meta_context();
    provide_context(StartContext {
        person: start.person,
        new_token: start.new_token,
        failure: start.failure,
    });
    let notices = Notices::new();
    provide_context(notices);
    if let Some(seed) = &start.seed {
        // The driver takes an identity of its own before anything is written.
        let settings = Settings {
            workspace: seed.workspace,
            replica: ReplicaId::from_uuid(Uuid::nil()),
        };
        let rows = Rows::seeded(settings, seed);
        provide_context(rows);
        #[cfg(feature = "hydrate")]
        Effect::new(move |_| crate::sync::driver::start(rows, notices));
    }
    #[cfg(feature = "hydrate")]
    Effect::new(|_| crate::dom::page_state::set("data-hydrated", "true"));

    view! {
        <Title formatter=|title: String| format!("{title} · TeamFlow")/>
        <Router>
            <Pages/>
        </Router>
    }
}

/// Every route.
#[component]
fn Pages() -> impl IntoView {
    provide_context(FirstPath(use_location().pathname.get_untracked()));
    if let Some(failure) = use_start().failure {
        return view! { <Failed failure=failure/> }.into_any();
    }
    view! {
        <Routes fallback=Elsewhere>
            <Route path=path!("/") view=Elsewhere/>
            <Route path=path!("/setup") view=SetupPage/>
            <Route path=path!("/sign-in") view=SignInPage/>
            <Route path=path!("/sign-up") view=SignUpPage/>
            <Route path=path!("/new-workspace") view=NewWorkspacePage/>
            <Route path=path!("/settings/tokens") view=TokensPage/>
            <ParentRoute path=path!("/w/:slug") view=WorkspaceGate>
                <Route path=path!("/") view=HomePage/>
                <ParentRoute path=path!("/:key/board") view=BoardPage>
                    <Route path=path!("/") view=|| ()/>
                    <Route path=path!("/:number") view=TaskPanel/>
                </ParentRoute>
                <Route path=path!("/:key/archive") view=ArchivePage/>
                <Route path=path!("/import") view={Lazy::<ImportPage>::new()}/>
                <Route path=path!("/settings") view=SettingsPage/>
                <Route path=path!("/settings/members") view=MembersPage/>
            </ParentRoute>
        </Routes>
    }
    .into_any()
}

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    use crate::dom::{page_load, page_state};
    use crate::routes::Page;
    use leptos::server_fn::redirect::set_redirect_hook;

    // Where a server function leads is another page with another seed. Only a second hook would be refused.
    let _first = set_redirect_hook(page_load::to);
    let start = page_state::start();
    let app = move || view! { <App start=start/> };
    let page = Page::parse(&page_load::path());
    if page.has_panel() {
        // The server drew the panel, so its code must be here first. Without it the page stays as it was drawn.
        wasm_bindgen_futures::spawn_local(async move {
            if crate::tasks::chunk::load().await {
                leptos::mount::hydrate_body(app);
            }
        });
    } else if page.is_lazy() {
        leptos::mount::hydrate_lazy(app);
    } else {
        leptos::mount::hydrate_body(app);
    }
}
