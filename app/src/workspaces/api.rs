//! The server functions of workspaces.

use super::WorkspaceLink;
use crate::backend::Failure;
use leptos::prelude::*;
use shared::ids::{UserId, WorkspaceId};

/// See [`crate::backend::WorkspacesBackend::list_workspaces`].
#[server(prefix = "/sf", endpoint = "list-workspaces")]
pub async fn list_workspaces() -> Result<Vec<WorkspaceLink>, Failure> {
    crate::backend::backend()?.list_workspaces().await
}

/// See [`crate::backend::WorkspacesBackend::create_workspace`].
#[server(prefix = "/sf", endpoint = "create-workspace")]
pub async fn create_workspace(name: String, slug: Option<String>) -> Result<(), Failure> {
    crate::backend::backend()?
        .create_workspace(name, slug)
        .await
}

/// See [`crate::backend::WorkspacesBackend::readdress_workspace`].
#[server(prefix = "/sf", endpoint = "readdress-workspace")]
pub async fn readdress_workspace(workspace: WorkspaceId, slug: String) -> Result<(), Failure> {
    crate::backend::backend()?
        .readdress_workspace(workspace, slug)
        .await
}

/// See [`crate::backend::WorkspacesBackend::require_two_step`].
#[server(prefix = "/sf", endpoint = "require-two-step")]
pub async fn require_two_step(workspace: WorkspaceId, required: bool) -> Result<(), Failure> {
    crate::backend::backend()?
        .require_two_step(workspace, required)
        .await
}

/// See [`crate::backend::WorkspacesBackend::delete_workspace`].
#[server(prefix = "/sf", endpoint = "delete-workspace")]
pub async fn delete_workspace(workspace: WorkspaceId, name: String) -> Result<(), Failure> {
    crate::backend::backend()?
        .delete_workspace(workspace, name)
        .await
}

/// See [`crate::backend::WorkspacesBackend::restore_workspace`].
#[server(prefix = "/sf", endpoint = "restore-workspace")]
pub async fn restore_workspace(workspace: WorkspaceId) -> Result<(), Failure> {
    crate::backend::backend()?
        .restore_workspace(workspace)
        .await
}

/// See [`crate::backend::WorkspacesBackend::leave_workspace`].
#[server(prefix = "/sf", endpoint = "leave-workspace")]
pub async fn leave_workspace(workspace: WorkspaceId) -> Result<(), Failure> {
    crate::backend::backend()?.leave_workspace(workspace).await
}

/// See [`crate::backend::WorkspacesBackend::hand_over_workspace`].
#[server(prefix = "/sf", endpoint = "hand-over-workspace")]
pub async fn hand_over_workspace(workspace: WorkspaceId, to: UserId) -> Result<(), Failure> {
    crate::backend::backend()?
        .hand_over_workspace(workspace, to)
        .await
}
