//! How many changes wait in this browser, of all the person's workspaces: for pages without rows, and before signing out.

use super::known::Known;
use super::outbox;
use leptos::prelude::{RwSignal, Set as _, set_timeout, window};
use leptos::web_sys::HtmlFormElement;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// How often it is looked again: another page, or the service worker, may have sent something.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Tells the number, until nobody listens any more.
pub(super) async fn count(email: String, told: RwSignal<usize>) {
    if told.try_set(waiting(Some(&email)).await).is_none() {
        set_timeout(move || spawn_local(count(email, told)), LOOK_EVERY);
    }
}

/// Sends the form, unless something waits and the person stays.
pub(super) async fn sign_out(form: HtmlFormElement) {
    let stays = match waiting(None).await {
        0 => false,
        count => {
            let what = match count {
                1 => "1 change has".to_owned(),
                count => format!("{count} changes have"),
            };
            let asked = format!(
                "{what} not reached the server yet. They stay in this browser until you sign in here again, and are sent \
                 then. Sign out now?"
            );
            window().confirm_with_message(&asked) == Ok(false)
        }
    };
    if !stays {
        // It goes where the browser goes in any case.
        let _refused = form.submit();
    }
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
