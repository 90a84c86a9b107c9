//! Invitations: making them in a workspace's settings, and accepting one. Nothing of it is synced.

pub mod accept;
pub mod api;
pub mod invite;
pub mod list;

pub use accept::InvitationPage;
pub use invite::{Invitations, InviteInto};

use serde::{Deserialize, Serialize};
use shared::access::Role;
use shared::ids::{InvitationId, ProjectId, UserId};
use shared::values::Time;

/// An open invitation, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Whom it is for; everybody who has the link, where it is for nobody by name.
    pub email: Option<String>,
    /// What they will be.
    pub role: Role,
    /// The projects that they will be in.
    pub projects: Vec<ProjectId>,
    /// The placeholder whose work becomes theirs.
    pub placeholder: Option<UserId>,
    /// Until when it is good.
    pub expires_at: Time,
}

/// An invitation just made: the only time its address is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// Where it is accepted.
    pub address: String,
    /// Whether it was sent to whom it is for.
    pub is_sent: bool,
}

/// What whoever has an invitation's address may know before they accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownInvitation {
    /// The workspace's name.
    pub workspace: String,
    /// Who invites.
    pub inviter: String,
    /// What they would be.
    pub role: Role,
    /// The projects that they would be in.
    pub projects: Vec<String>,
    /// For whom that was imported which they would take over.
    pub placeholder: Option<String>,
    /// Whom it is for.
    pub email: Option<String>,
}
