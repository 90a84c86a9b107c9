//! The service worker: it keeps the application itself, so that it opens without a network.
//!
//! It draws no page. For a workspace that is marked ready it answers a navigation with an empty document, and the app draws
//! the page from the rows that are kept.

use super::outbox;
use crate::dom::page_load;
use js_sys::{Function, Promise, Reflect};
use leptos::prelude::window;
use shared::ids::UserId;
use std::cell::Cell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Cache, CacheStorage, Response, ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration,
};

const SCRIPT: &str = "/sw.js";
/// What the service worker looks up; `server/src/http/service_worker.js` knows the name.
const MARKS: &str = "teamflow-marks";
/// Makes a waiting service worker take over.
const ACTIVATE: &str = "activate";

thread_local! {
    /// Whether whoever is here signs out: from then on this page marks nothing.
    static IS_LEFT: Cell<bool> = const { Cell::new(false) };
}

/// Installs the service worker, and calls `newer` when a newer version waits. Nothing where the browser has none, as on pages
/// that are not served securely.
pub(super) async fn install(newer: fn()) {
    let Some(container) = container() else { return };
    // A server that is being developed has none.
    let Some(registration) = registered(container.register(SCRIPT)).await else {
        return;
    };
    if registration.waiting().is_some() {
        newer();
    }
    let found = registration.clone();
    let on_found = Closure::<dyn Fn()>::new(move || {
        if let Some(installing) = found.installing() {
            tell_when_installed(&installing, newer);
        }
    });
    registration.set_onupdatefound(Some(on_found.as_ref().unchecked_ref()));
    on_found.forget();
}

/// The first worker of all is no newer version.
fn tell_when_installed(worker: &ServiceWorker, newer: fn()) {
    let watched = worker.clone();
    let on_change = Closure::<dyn Fn()>::new(move || {
        let is_installed = watched.state() == web_sys::ServiceWorkerState::Installed;
        if is_installed && container().is_some_and(|it| it.controller().is_some()) {
            newer();
        }
    });
    worker.set_onstatechange(Some(on_change.as_ref().unchecked_ref()));
    on_change.forget();
}

/// Loads the newest version, by a page load.
pub(super) async fn renew() {
    let Some(container) = container() else {
        return page_load::again();
    };
    let current = registered(container.get_registration()).await;
    if let Some(registration) = &current
        && registration.waiting().is_none()
        && let Ok(update) = registration.update()
    {
        let _looked = JsFuture::from(update).await;
    }
    let waiting = current.and_then(|it| it.waiting().or_else(|| it.installing()));
    let Some(waiting) = waiting else {
        return page_load::again();
    };
    let on_taken = Closure::once_into_js(page_load::again);
    container.set_oncontrollerchange(Some(on_taken.unchecked_ref()));
    let _gone = waiting.post_message(&JsValue::from_str(ACTIVATE));
}

/// Marks a workspace whose rows are kept: its pages open without the server from now on.
pub(super) async fn mark_ready(slug: &str) {
    if let (Some(marks), Ok(mark)) = (marks().await, Response::new())
        && !IS_LEFT.get()
    {
        let _no_room = JsFuture::from(marks.put_with_str(&address(slug), &mark)).await;
    }
}

/// Takes a workspace's mark away. Answers whether there was one.
pub(super) async fn unmark(slug: &str) -> bool {
    let Some(marks) = marks().await else {
        return false;
    };
    let gone = JsFuture::from(marks.delete_with_str(&address(slug))).await;
    gone.is_ok_and(|gone| gone.is_truthy())
}

/// Takes all marks away, for somebody who signs out: every page is the server's to make from now on.
pub(super) async fn unmark_all() {
    IS_LEFT.set(true);
    if let Some(caches) = caches() {
        let _had_none = JsFuture::from(caches.delete(MARKS)).await;
    }
}

/// Asks the browser to keep what is kept here also when it runs out of room.
pub(super) async fn persist() {
    if let Ok(asked) = window().navigator().storage().persist() {
        let _may_be_refused = JsFuture::from(asked).await;
    }
}

/// Asks the browser to wake the service worker once there is a network, though all pages may be closed by then: it sends
/// what is kept. Only some browsers can, and the next page sends it in any case.
pub(super) async fn send_later(user: UserId) {
    let Some(container) = container() else { return };
    let Some(registration) = registered(container.get_registration()).await else {
        return;
    };
    // By name, because there are no bindings to what few browsers have.
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into());
    let asked = (|| {
        let sync = get(&registration, "sync")?;
        let register: Function = get(&sync, "register")?.dyn_into()?;
        register.call1(&sync, &outbox::name(user).into())
    })();
    if let Ok(asked) = asked {
        let _may_be_refused = JsFuture::from(asked.unchecked_into::<Promise>()).await;
    }
}

fn address(slug: &str) -> String {
    format!("/ready/{slug}")
}

async fn marks() -> Option<Cache> {
    let opened = JsFuture::from(caches()?.open(MARKS)).await.ok()?;
    opened.dyn_into().ok()
}

fn caches() -> Option<CacheStorage> {
    let caches: CacheStorage = window().caches().ok()?;
    (!caches.is_undefined()).then_some(caches)
}

fn container() -> Option<ServiceWorkerContainer> {
    let container = window().navigator().service_worker();
    (!container.is_undefined()).then_some(container)
}

async fn registered(asked: Promise) -> Option<ServiceWorkerRegistration> {
    JsFuture::from(asked).await.ok()?.dyn_into().ok()
}
