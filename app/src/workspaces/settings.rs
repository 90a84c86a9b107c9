use leptos::prelude::*;

/// The workspace's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {}
