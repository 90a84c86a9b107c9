//! The browser's local storage: small texts under names. A full or forbidden storage keeps nothing.

use leptos::prelude::window;
use web_sys::Storage;

/// Under which name it is known who was here.
pub const KNOWN: &str = "teamflow_known";

/// Under which name it is known which board was looked at last.
pub const LAST_BOARD: &str = "teamflow_last_board";

/// The text under a name.
pub fn read(name: &str) -> Option<String> {
    storage()?.get_item(name).ok()?
}

/// Keeps a text.
pub fn keep(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _full = storage.set_item(name, text);
    }
}

/// Forgets a text.
pub fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _forbidden = storage.remove_item(name);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
