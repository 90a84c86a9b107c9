//! What is kept, as pages show it: without anything secret.

use crate::invitations;
use crate::second_steps::State;
use ::app::accounts::TwoStep;
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

/// How far somebody is with the second step.
pub(super) fn two_step(state: State) -> TwoStep {
    match state {
        State::Off => TwoStep::Off,
        State::Pending { seed, picture } => TwoStep::Pending { seed, picture },
        State::On { codes, left } => TwoStep::On { codes, left },
    }
}
