use super::drawer::Drawer;
use super::help::HelpDialog;
use super::sidebar::Sidebar;
use super::toaster::{ToastHost, Toaster};
use crate::chunks::{self, Part, Tool};
use crate::dom::html;
use crate::presence::Here;
use crate::sync::{Away, NoticeBanner, use_rows};
use crate::time::Now;
use crate::ui::{Button, EmptyState, IconName};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The frame around a workspace's pages: the sidebar, the page, and what is said about both.
#[component]
pub fn Frame() -> impl IntoView {
    let rows = use_rows();
    let drawer = Drawer::new();
    let help = RwSignal::new(false);
    provide_context(drawer);
    provide_context(Away::new(rows));
    provide_context(Toaster::new(rows));
    provide_context(Here::new(rows));
    provide_context(Now::ticking(rows));
    let on_keydown = move |event: KeyboardEvent| {
        chunks::preload(Part::Tool(Tool::Workspaces));
        if event.key() == "Escape" && drawer.close() {
            event.stop_propagation();
        }
    };
    view! {
        <div
            class="frame"
            data-drawer=move || drawer.is_open().then_some("open")
            on:keydown=on_keydown
            on:pointerover=move |event| {
                chunks::preload(Part::Tool(Tool::Workspaces));
                if html::is_in(&event, ".card") {
                    chunks::preload(Part::Task);
                }
            }
        >
            <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
            <Sidebar on_help=move |()| help.set(true)/>
            <div class="scrim" on:click=move |_| { drawer.close(); }></div>
            <div class="frame__main" inert=move || drawer.is_open()>
                <NoticeBanner/>
                <ErrorBoundary fallback=|errors| view! { <Broken errors=errors/> }>
                    <Outlet/>
                </ErrorBoundary>
            </div>
        </div>
        <HelpDialog open=help/>
        <ToastHost/>
    }
}

/// What stands where a page failed. Nothing of what was written is lost by that: it is in the rows.
#[component]
fn Broken(errors: ArcRwSignal<Errors>) -> impl IntoView {
    let what = move || {
        let errors = errors.read();
        let first = errors.iter().next().map(|(_, error)| error.to_string());
        first.unwrap_or_default()
    };
    view! {
        <main class="page" id="main" tabindex="-1">
            <EmptyState
                title="This page could not be shown"
                text=Signal::derive(what)
                icon=IconName::Danger
            >
                <Button on_click=|_| crate::dom::page_load::again()>"Load it again"</Button>
            </EmptyState>
        </main>
    }
}
