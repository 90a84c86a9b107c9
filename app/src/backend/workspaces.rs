use super::Answer;
use crate::workspaces::WorkspaceLink;
use shared::ids::{UserId, WorkspaceId};

/// The part of the backend that is about workspaces as a whole.
pub trait WorkspacesBackend {
    /// The workspaces of who asks, by name.
    fn list_workspaces(&self) -> Answer<Vec<WorkspaceLink>>;
    /// Founds a workspace and leads there; without an address, one is made from the name.
    fn create_workspace(&self, name: String, slug: Option<String>) -> Answer<()>;
    /// Gives a workspace another address, and leads to its settings there.
    fn readdress_workspace(&self, workspace: WorkspaceId, slug: String) -> Answer<()>;
    /// Asks all members of a workspace for a second step of signing in, or none any more, and leads to its sign-in policy.
    fn require_two_step(&self, workspace: WorkspaceId, required: bool) -> Answer<()>;
    /// Deletes a workspace for whoever types its name, and leads to the list of them.
    fn delete_workspace(&self, workspace: WorkspaceId, name: String) -> Answer<()>;
    /// Opens a deleted workspace again, and leads there.
    fn restore_workspace(&self, workspace: WorkspaceId) -> Answer<()>;
    /// Takes who asks out of a workspace, and leads to the list of the others.
    fn leave_workspace(&self, workspace: WorkspaceId) -> Answer<()>;
    /// Makes another member owner in the place of who asks.
    fn hand_over_workspace(&self, workspace: WorkspaceId, to: UserId) -> Answer<()>;
}
