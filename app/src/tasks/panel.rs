use leptos::prelude::*;

/// A task opened beside the board.
#[component]
pub fn TaskPanel() -> impl IntoView {}
