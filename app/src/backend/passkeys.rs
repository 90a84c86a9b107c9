use super::Answer;
use crate::passkeys::Passkeys;
use shared::ids::PasskeyId;

/// The part of the backend that is about passkeys.
pub trait PasskeysBackend {
    /// The passkeys of who asks.
    fn list_passkeys(&self) -> Answer<Passkeys>;
    /// Begins adding one, for who shows once more that it is them: what the browser is to ask an authenticator for, in JSON.
    fn begin_passkey(&self, name: String, password: String) -> Answer<String>;
    /// Adds the one that the browser brings.
    fn add_passkey(&self, answer: String) -> Answer<()>;
    /// Gives one another name.
    fn rename_passkey(&self, id: PasskeyId, name: String) -> Answer<()>;
    /// Removes one, for who shows once more that it is them.
    fn remove_passkey(&self, id: PasskeyId, password: String) -> Answer<()>;
    /// Begins signing in: what the browser is to ask authenticators for, in JSON.
    fn begin_passkey_sign_in(&self) -> Answer<String>;
    /// Begins a session of whose passkey the browser brings the word of, then leads to `next`.
    fn sign_in_with_passkey(&self, answer: String, next: Option<String>) -> Answer<()>;
}
