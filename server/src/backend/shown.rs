//! What is kept, as pages show it: without anything secret.

use crate::second_steps::State;
use ::app::accounts::TwoStep;

/// How far somebody is with the second step.
pub(super) fn two_step(state: State) -> TwoStep {
    match state {
        State::Off => TwoStep::Off,
        State::Pending { seed, picture } => TwoStep::Pending { seed, picture },
        State::On { codes, left } => TwoStep::On { codes, left },
    }
}
