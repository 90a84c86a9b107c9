//! What somebody wrote and has not saved, kept in this browser.

use leptos::prelude::window;
use web_sys::Storage;

const PREFIX: &str = "teamflow_draft:";

/// What was written at a place.
pub fn read(place: &str) -> Option<String> {
    let draft = storage()?.get_item(&name(place)).ok()??;
    (!draft.trim().is_empty()).then_some(draft)
}

/// Keeps what is written at a place.
pub fn keep(place: &str, draft: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage keeps nothing; the text is still on the screen.
        let _ = storage.set_item(&name(place), draft);
    }
}

/// Forgets what was written at a place.
pub fn forget(place: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&name(place));
    }
}

fn name(place: &str) -> String {
    format!("{PREFIX}{place}")
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
