//! One table of stable codes: what can be refused, its HTTP status, and the sentence that people read.
//!
//! A code never changes its meaning; clients may match on it. The text says what to do next.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:literal $text:literal)*) => {
        /// A stable reason, shared by REST, the socket and the pages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $text] $name),* }

        impl Code {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The stable name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code),* }
            }

            /// The HTTP status it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),* }
            }

            /// What people read when nothing more precise is known.
            pub const fn text(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// The code of that name.
            pub fn parse(name: &str) -> Option<Code> {
                match name { $($code => Some(Code::$name),)* _ => None }
            }
        }
    };
}

codes! {
    InvalidRequest = "invalid_request" 400 "The request could not be read. Check its shape against the API's description."
    InvalidValue = "invalid_value" 400 "A value is not acceptable."
    Unauthenticated = "unauthenticated" 401 "Sign in first, or send a valid access token."
    SignInFailed = "sign_in_failed" 401 "The e-mail address or the password is wrong."
    CodeRequired = "code_required" 401 "Type the code that your authenticator app shows, too."
    CrossSite = "cross_site" 403 "The request came from another site and was not carried out."
    InsufficientScope = "insufficient_scope" 403 "The key that this came with may not do this. Make one with the scope that it takes."
    TwoStepRequired = "two_step_required" 403 "This workspace asks all its members for a second step of signing in. Set yours up, and come back."
    NotAllowed = "not_allowed" 403 "Your role does not allow this. Ask an admin of the workspace."
    NotFound = "not_found" 404 "There is nothing here, or you may not see it."
    MethodNotAllowed = "method_not_allowed" 405 "This address does not take this method. See the API's description."
    AlreadyExists = "already_exists" 409 "It exists already."
    EmailTaken = "email_taken" 409 "An account with this e-mail address exists. Sign in instead."
    SlugTaken = "slug_taken" 409 "This workspace address is taken. Choose another."
    KeyTaken = "key_taken" 409 "A project with this key exists. Choose another key."
    VersionConflict = "version_conflict" 409 "It was changed in the meantime. Load it again and repeat the change."
    IdempotencyKeyReused = "idempotency_key_reused" 409 "This Idempotency-Key was used for a different request. Use a new one."
    ReplicaForked = "replica_forked" 409 "This copy of the data was duplicated. It continues under a new identity."
    Gap = "gap" 409 "An earlier change has not arrived yet. It will be sent again."
    LastStatus = "last_status" 409 "A project needs at least one status. Add another first."
    LastOwner = "last_owner" 409 "A workspace needs at least one owner. Make somebody else owner first."
    ParentCycle = "parent_cycle" 409 "A task cannot be below itself. Choose another parent."
    Archived = "archived" 409 "It is archived. Restore it first."
    Forgotten = "forgotten" 410 "It was sent so long ago that nobody knows any more whether it took effect. Look whether it is there before you repeat it."
    TooLarge = "too_large" 413 "It is larger than allowed."
    UpgradeRequired = "upgrade_required" 426 "This page is older than the server. Reload to continue; your changes are kept."
    TooManyRequests = "too_many_requests" 429 "Too many requests. Wait a moment and try again."
    ImportInvalid = "import_invalid" 422 "The file could not be imported. Nothing was changed."
    Internal = "internal" 500 "Something went wrong on the server. Nothing was lost; try again."
    Unavailable = "unavailable" 503 "The server is busy or shutting down. Try again in a moment."
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        // A newer server may know codes that we do not: they read as a plain refusal.
        Ok(Code::parse(&name).unwrap_or(Code::InvalidValue))
    }
}

/// A refusal: what a rule answers when a command may not be carried out. Shown to people, never logged as an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The stable reason.
    pub code: Code,
    /// What happened and what to do next.
    pub message: String,
    /// The field at fault, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Rejected {
    /// A refusal with a sentence of its own.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
        }
    }

    /// A refusal that is about one field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self {
            code: Code::InvalidValue,
            message: message.into(),
            field: Some(field.into()),
        }
    }
}

impl From<Code> for Rejected {
    fn from(code: Code) -> Self {
        Self::new(code, code.text())
    }
}

impl std::fmt::Display for Rejected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rejected {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_has_a_sentence() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert!(code.text().ends_with('.'), "{}", code.as_str());
            assert!((400..600).contains(&code.status()));
        }
    }
}
