use leptos::prelude::*;

/// Who is in the workspace.
#[component]
pub fn MembersPage() -> impl IntoView {}
