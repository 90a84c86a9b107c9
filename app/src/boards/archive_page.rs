use leptos::prelude::*;

/// What was taken off a project's board.
#[component]
pub fn ArchivePage() -> impl IntoView {}
