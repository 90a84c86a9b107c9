//! What is kept, as pages show it: without anything secret.

use crate::{invitations, tokens};
use ::app::accounts::Token;
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

pub(super) fn token(token: tokens::ApiToken) -> Token {
    Token {
        id: token.id,
        name: token.name.to_string(),
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
    }
}
