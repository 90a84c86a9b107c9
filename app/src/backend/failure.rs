//! What a server function answers when it did not do what was asked.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use shared::codes::{Code, Rejected};
use std::fmt;

/// Why something was not done, for people; the shape of every refusal. A plain form carries it in the address it comes
/// back to, so that it is shown without JavaScript too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failure(pub Rejected);

impl Failure {
    /// What happened and what to do next.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The field at fault, where there is one.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        Self(rejected)
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Rejected::new(
                Code::Unavailable,
                "The server could not be reached. Check the connection and try again.",
            )
            .into(),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Code::InvalidRequest.into()
            }
            _ => Code::Internal.into(),
        }
    }
}
