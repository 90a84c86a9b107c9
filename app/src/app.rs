//! The routes, and where a page begins.

use crate::boards::BoardPage;
use crate::chunks::{AccountPage, Fetched, Part, WorkspacePage};
use crate::dom::html;
use crate::layout::Failed;
use crate::start::{FirstPath, Start, StartContext, use_start};
use crate::sync::{Notices, Rows};
use crate::workspaces::{Elsewhere, WorkspaceGate};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
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
        flags: start.flags,
        refusal: start.refusal,
        typed_email: start.typed_email,
        failure: start.failure,
    });
    let notices = Notices::new();
    provide_context(notices);
    // The driver takes an identity before anything is sent.
    let settings = |workspace, me| Settings {
        workspace,
        replica: ReplicaId::from_uuid(Uuid::nil()),
        me,
    };
    let is_kept = start.kept.is_some();
    let rows = match (start.seed, start.kept) {
        (Some(seed), _) => Some(Rows::seeded(settings(seed.workspace, seed.me), &seed)),
        (None, Some(kept)) => Some(Rows::kept(settings(kept.workspace, kept.me), kept)),
        (None, None) => None,
    };
    if let Some(rows) = rows {
        provide_context(rows);
        #[cfg(feature = "hydrate")]
        Effect::new(move |_| {
            crate::sync::driver::start(rows, notices, use_start().person, is_kept);
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = is_kept;
    #[cfg(feature = "hydrate")]
    Effect::new(|_| crate::dom::page_state::set("data-hydrated", "true"));

    view! {
        <Title formatter=page_title/>
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
            <Route path=path!("/setup") view=part(Part::Account(AccountPage::Setup))/>
            <Route path=path!("/sign-in") view=part(Part::Account(AccountPage::SignIn))/>
            <Route path=path!("/sign-up") view=part(Part::Account(AccountPage::SignUp))/>
            <Route path=path!("/finish-sign-up") view=part(Part::Account(AccountPage::FinishSignUp))/>
            <Route path=path!("/new-workspace") view=part(Part::Account(AccountPage::NewWorkspace))/>
            <Route path=path!("/second-step") view=part(Part::Account(AccountPage::SecondStep))/>
            <Route path=path!("/settings/two-step") view=part(Part::Account(AccountPage::TwoStep))/>
            <Route path=path!("/forgot-password") view=part(Part::Account(AccountPage::Forgot))/>
            <Route path=path!("/reset-password") view=part(Part::Account(AccountPage::Reset))/>
            <Route path=path!("/confirm-email") view=part(Part::Account(AccountPage::Confirm))/>
            <Route path=path!("/invite/:token") view=part(Part::Account(AccountPage::Invitation))/>
            <Route path=path!("/settings/account") view=part(Part::Account(AccountPage::Account))/>
            <Route path=path!("/settings/sessions") view=part(Part::Account(AccountPage::Sessions))/>
            <Route path=path!("/settings/tokens") view=part(Part::Account(AccountPage::Tokens))/>
            <Route path=path!("/settings/profile") view=part(Part::Account(AccountPage::Profile))/>
            <Route path=path!("/settings/workspaces") view=part(Part::Account(AccountPage::Workspaces))/>
            <ParentRoute path=path!("/w/:slug") view=WorkspaceGate>
                <Route path=path!("/") view=part(Part::Workspace(WorkspacePage::Home))/>
                <ParentRoute path=path!("/:key/board") view=BoardPage>
                    <Route path=path!("/") view=|| ()/>
                    <Route path=path!("/:number") view=part(Part::Task)/>
                </ParentRoute>
                <Route path=path!("/:key/archive") view=part(Part::Workspace(WorkspacePage::Archive))/>
                <Route path=path!("/:key/people") view=part(Part::Workspace(WorkspacePage::People))/>
                <Route path=path!("/:key/settings") view=part(Part::Workspace(WorkspacePage::ProjectSettings))/>
                <Route path=path!("/import") view=part(Part::Import)/>
                <Route path=path!("/settings") view=part(Part::Settings)/>
                <Route path=path!("/settings/:section") view=part(Part::Settings)/>
            </ParentRoute>
        </Routes>
    }
    .into_any()
}

/// A route's view whose code is fetched when it is opened.
fn part(part: Part) -> impl Fn() -> AnyView + Clone + Send + Sync + 'static {
    move || view! { <Fetched part=part/> }.into_any()
}

/// Takes over the page that the server rendered; where none did, draws it from what this browser has kept.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    use crate::dom::{page_load, page_state};
    use crate::routes::Page;
    use leptos::server_fn::redirect::set_redirect_hook;

    // Where a server function leads is another page with another seed. Only a second hook would be refused.
    let _first = set_redirect_hook(page_load::to);
    let Some(start) = page_state::start() else {
        return crate::sync::driver::open(draw);
    };
    crate::sync::driver::check(start.person.as_ref());
    let app = move || view! { <App start=start/> };
    let parts = crate::chunks::on_page(&Page::parse(&page_load::path()));
    if parts.is_empty() {
        return leptos::mount::hydrate_body(app);
    }
    // The server drew the parts, so their code must be here first. Without it the page stays as it was drawn.
    wasm_bindgen_futures::spawn_local(async move {
        for part in parts {
            if !crate::chunks::load(part).await {
                return;
            }
        }
        leptos::mount::hydrate_body(app);
    });
}

#[cfg(feature = "hydrate")]
fn draw(start: Start) {
    if let Some(body) = document().body() {
        let mounted = leptos::mount::mount_to_renderer(&body, move || view! { <App start=start/> });
        mounted.forget();
    }
}

fn page_title(title: String) -> String {
    html::text(format!("{title} · TeamFlow"))
}
