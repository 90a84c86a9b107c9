//! What is kept, as pages show it: without anything secret.

use crate::invitations;
use ::app::invitations::Invitation;

pub(super) fn invitation(made: invitations::Invitation) -> Invitation {
    Invitation {
        id: made.id,
        email: made.email.map(|email| email.to_string()),
        role: made.role,
        projects: made.projects,
        expires_at: made.expires_at,
    }
}
