//! What somebody wrote and has not saved, kept in this browser.

use super::local;

const PREFIX: &str = "teamflow_draft:";

/// What was written at a place.
pub fn read(place: &str) -> Option<String> {
    local::read(&name(place)).filter(|draft| !draft.trim().is_empty())
}

/// Keeps what is written at a place.
pub fn keep(place: &str, draft: &str) {
    local::keep(&name(place), draft);
}

/// Forgets what was written at a place.
pub fn forget(place: &str) {
    local::forget(&name(place));
}

fn name(place: &str) -> String {
    format!("{PREFIX}{place}")
}
