use super::Answer;
use crate::invitations::{Invitation, NewInvitation, ShownInvitation};
use shared::access::Role;
use shared::ids::{InvitationId, UserId, WorkspaceId};

/// The part of the backend that is about who comes into a workspace, and as whom.
pub trait InvitationsBackend {
    /// What an invitation is to, for whoever has its secret.
    fn find_invitation(&self, token: String) -> Answer<ShownInvitation>;
    /// Takes who asks into a workspace, and leads there.
    fn accept_invitation(&self, token: String) -> Answer<()>;
    /// A workspace's open invitations, newest first.
    fn list_invitations(&self, workspace: WorkspaceId) -> Answer<Vec<Invitation>>;
    /// Makes an invitation, good for so many days; for an address, or for everybody who has it; into projects, too; and in
    /// the place of a placeholder, whose id it is then.
    fn create_invitation(
        &self,
        workspace: WorkspaceId,
        role: Role,
        email: Option<String>,
        days: u32,
        projects: Vec<String>,
        placeholder: String,
    ) -> Answer<NewInvitation>;
    /// Revokes an invitation of a workspace.
    fn revoke_invitation(&self, workspace: WorkspaceId, id: InvitationId) -> Answer<()>;
    /// Gives what was imported for a placeholder to a member.
    fn claim_placeholder(&self, workspace: WorkspaceId, id: UserId, user: String) -> Answer<()>;
}
