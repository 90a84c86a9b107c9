//! By what somebody came in: it stands beside a session, so that its owner can tell theirs from another's.

use super::Entrance;

/// How somebody shows who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// By the password.
    Password,
    /// By a code of the second step, after the password or a provider's word.
    Code,
    /// By a provider's word.
    Provider,
    /// By a passkey.
    Passkey,
}

impl Means {
    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Means::Password => "password",
            Means::Code => "code",
            Means::Provider => "provider",
            Means::Passkey => "passkey",
        }
    }

    /// The means of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Means::Password,
            Means::Code,
            Means::Provider,
            Means::Passkey,
        ]
        .into_iter()
        .find(|means| means.as_str() == name)
    }

    /// What people read after "signed in".
    pub const fn text(self) -> &'static str {
        match self {
            Means::Password => "with the password",
            Means::Code => "with a code",
            Means::Provider => "through a provider",
            Means::Passkey => "with a passkey",
        }
    }
}

impl Entrance {
    /// Of somebody who has shown who they are.
    pub(crate) fn by(self, means: Means) -> Self {
        Self {
            means: Some(means),
            ..self
        }
    }
}
