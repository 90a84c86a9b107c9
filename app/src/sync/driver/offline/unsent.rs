//! How many changes wait in this browser, of all the person's workspaces: for pages without rows, and before signing out.

use super::known::Known;
use super::{install, outbox};
use crate::dom::http;
use crate::sync::driver;
use crate::sync::leaving::question;
use leptos::prelude::{RwSignal, Set as _, set_timeout};
use leptos::web_sys::HtmlFormElement;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// How often it is looked again: another page, or the service worker, may have sent something.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long signing out waits for what is kept: once for the number, and once until pages are the server's to make.
const STORED_WITHIN: Duration = Duration::from_secs(3);

/// Tells the number, until nobody listens any more.
pub(super) async fn count(email: String, told: RwSignal<usize>) {
    if told.try_set(waiting(Some(&email)).await).is_none() {
        set_timeout(move || spawn_local(count(email, told)), LOOK_EVERY);
    }
}

/// Sends the form, unless something waits and the person stays.
pub(super) async fn sign_out(form: HtmlFormElement) {
    // A browser whose storage does not answer lets its person go, too.
    let kept = http::within(STORED_WITHIN, waiting(None)).await;
    let kept = kept.unwrap_or(0);
    if driver::stays(question(kept, driver::unkept()).as_deref()) {
        return;
    }
    // The service worker does so, too, but it may not have taken this page over yet.
    let _in_time = http::within(STORED_WITHIN, install::unmark_all()).await;
    driver::leave(&form);
}

/// How many changes of whoever was here wait, if they have that address. What cannot be read does not wait.
async fn waiting(email: Option<&str>) -> usize {
    let known = Known::read();
    let known = known.filter(|known| email.is_none_or(|email| known.person.email == email));
    match known {
        Some(known) => outbox::waiting(known.user).await.unwrap_or(0),
        None => 0,
    }
}
