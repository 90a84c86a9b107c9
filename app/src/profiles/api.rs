//! The server functions of profiles.

use super::Profile;
use crate::backend::Failure;
use leptos::prelude::*;

/// See [`crate::backend::ProfilesBackend::find_profile`].
#[server(prefix = "/sf", endpoint = "find-profile")]
pub async fn find_profile() -> Result<Profile, Failure> {
    crate::backend::backend()?.find_profile().await
}

/// See [`crate::backend::ProfilesBackend::save_profile`].
#[server(prefix = "/sf", endpoint = "save-profile")]
pub async fn save_profile(time_zone: String, theme: String) -> Result<(), Failure> {
    crate::backend::backend()?
        .save_profile(time_zone, theme)
        .await
}

/// See [`crate::backend::ProfilesBackend::save_theme`].
#[server(prefix = "/sf", endpoint = "save-theme")]
pub async fn save_theme(theme: String) -> Result<(), Failure> {
    crate::backend::backend()?.save_theme(theme).await
}

/// See [`crate::backend::ProfilesBackend::save_notices`].
#[server(prefix = "/sf", endpoint = "save-notices")]
pub async fn save_notices(
    // Unticked boxes are not sent.
    #[server(default)] on: Vec<String>,
) -> Result<(), Failure> {
    crate::backend::backend()?.save_notices(on).await
}

/// See [`crate::backend::ProfilesBackend::remove_avatar`].
#[server(prefix = "/sf", endpoint = "remove-avatar")]
pub async fn remove_avatar() -> Result<(), Failure> {
    crate::backend::backend()?.remove_avatar().await
}
