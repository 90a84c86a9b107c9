//! The server functions of workspaces.

use super::WorkspaceLink;
use crate::backend::Failure;
use leptos::prelude::*;

/// See [`crate::backend::Backend::list_workspaces`].
#[server(prefix = "/sf", endpoint = "list-workspaces")]
pub async fn list_workspaces() -> Result<Vec<WorkspaceLink>, Failure> {
    crate::backend::backend()?.list_workspaces().await
}

/// See [`crate::backend::Backend::create_workspace`].
#[server(prefix = "/sf", endpoint = "create-workspace")]
pub async fn create_workspace(name: String, slug: Option<String>) -> Result<(), Failure> {
    crate::backend::backend()?
        .create_workspace(name, slug)
        .await
}
