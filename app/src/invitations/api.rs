//! The server functions of invitations.

use super::{Invitation, NewInvitation, ShownInvitation};
use crate::backend::Failure;
use leptos::prelude::*;
use shared::access::Role;
use shared::ids::{InvitationId, UserId, WorkspaceId};

/// See [`crate::backend::InvitationsBackend::list_invitations`].
#[server(prefix = "/sf", endpoint = "list-invitations")]
pub async fn list_invitations(workspace: WorkspaceId) -> Result<Vec<Invitation>, Failure> {
    crate::backend::backend()?.list_invitations(workspace).await
}

/// See [`crate::backend::InvitationsBackend::create_invitation`].
#[server(prefix = "/sf", endpoint = "create-invitation")]
pub async fn create_invitation(
    workspace: WorkspaceId,
    role: Role,
    email: Option<String>,
    days: u32,
    // Unticked boxes are not sent, and a choice of none is an empty text.
    #[server(default)] projects: Vec<String>,
    #[server(default)] placeholder: String,
) -> Result<NewInvitation, Failure> {
    crate::backend::backend()?
        .create_invitation(workspace, role, email, days, projects, placeholder)
        .await
}

/// See [`crate::backend::InvitationsBackend::revoke_invitation`].
#[server(prefix = "/sf", endpoint = "revoke-invitation")]
pub async fn revoke_invitation(workspace: WorkspaceId, id: InvitationId) -> Result<(), Failure> {
    crate::backend::backend()?
        .revoke_invitation(workspace, id)
        .await
}

/// See [`crate::backend::InvitationsBackend::find_invitation`].
#[server(prefix = "/sf", endpoint = "find-invitation")]
pub async fn find_invitation(token: String) -> Result<ShownInvitation, Failure> {
    crate::backend::backend()?.find_invitation(token).await
}

/// See [`crate::backend::InvitationsBackend::accept_invitation`].
#[server(prefix = "/sf", endpoint = "accept-invitation")]
pub async fn accept_invitation(token: String) -> Result<(), Failure> {
    crate::backend::backend()?.accept_invitation(token).await
}

/// See [`crate::backend::InvitationsBackend::claim_placeholder`].
#[server(prefix = "/sf", endpoint = "claim-placeholder")]
pub async fn claim_placeholder(
    workspace: WorkspaceId,
    id: UserId,
    // The choice of none is an empty text.
    user: String,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .claim_placeholder(workspace, id, user)
        .await
}
