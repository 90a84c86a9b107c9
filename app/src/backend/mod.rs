//! What is not synced: accounts, sessions, workspaces, tokens. The server puts its [`Backend`] into the context; the
//! server functions in `<domain>/api.rs` call it, so that this crate never depends on the server.
//!
//! **Invariant:** nothing here reads or writes a synced row; those are read from [`crate::sync::Rows`] and written by
//! commands.

mod failure;
pub mod form;
mod invitations;
mod passkeys;
mod profiles;
mod workspaces;

pub use failure::Failure;
pub use form::{FormProblem, field_problem, problem};
pub use invitations::InvitationsBackend;
pub use passkeys::PasskeysBackend;
pub use profiles::ProfilesBackend;
pub use workspaces::WorkspacesBackend;

use crate::accounts::{
    Account, Entrances, NewAccount, NewToken, Session, Token, TokenWish, TwoStep,
};
use crate::bots::BotsBackend;
use leptos::prelude::use_context;
use shared::codes::Code;
use shared::ids::{SessionId, TokenId};
use std::pin::Pin;
use std::sync::Arc;

/// What a [`Backend`] answers, later.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// The server, as one request sees it: it knows who asks, and may set cookies and redirect.
pub trait Backend:
    BotsBackend + InvitationsBackend + PasskeysBackend + ProfilesBackend + WorkspacesBackend
{
    /// Begins a session, then leads to `next`. Remembered, it outlasts the browser's window.
    fn sign_in(
        &self,
        email: String,
        password: String,
        remember: bool,
        next: Option<String>,
    ) -> Answer<()>;
    /// Begins a session of who has just shown their password, by a code; then leads to `next`.
    fn enter_code(&self, code: String, next: Option<String>) -> Answer<()>;
    /// How far who asks is with the second step.
    fn find_two_step(&self) -> Answer<TwoStep>;
    /// Makes a seed for who asks, which waits for a first code.
    fn begin_two_step(&self) -> Answer<()>;
    /// Turns the second step on.
    fn confirm_two_step(&self, code: String) -> Answer<()>;
    /// Shows the recovery codes no more.
    fn note_codes(&self) -> Answer<()>;
    /// Turns the second step off, for who knows the password.
    fn end_two_step(&self, password: String) -> Answer<()>;
    /// Makes an account and begins a session, then leads to `next`.
    fn sign_up(&self, account: NewAccount, next: Option<String>) -> Answer<()>;
    /// Sends an address a link that makes an account; whether it has one is told by that mail alone.
    fn ask_sign_up(&self, email: String, next: Option<String>) -> Answer<()>;
    /// Makes the account of who has such a link, begins a session, then leads to `next`.
    fn finish_sign_up(
        &self,
        token: String,
        name: String,
        password: String,
        next: Option<String>,
    ) -> Answer<()>;
    /// Makes the first account of the server and a workspace, and leads there.
    fn set_up(&self, account: NewAccount, workspace: String) -> Answer<()>;
    /// Makes a workspace with an example project, on a fresh server with an account to look at it, and leads there.
    fn try_demo(&self) -> Answer<()>;
    /// Ends the session.
    fn sign_out(&self) -> Answer<()>;
    /// Sends whoever has an address a link to choose another password; whether anybody has it is not told.
    fn forgot_password(&self, email: String) -> Answer<()>;
    /// Gives whoever has a link another password.
    fn reset_password(&self, token: String, password: String) -> Answer<()>;
    /// Notes that an address belongs to who has a link.
    fn confirm_email(&self, token: String) -> Answer<()>;
    /// How people come in on this server.
    fn find_entrances(&self) -> Answer<Entrances>;
    /// Unlinks a provider from the account of who asks, unless it is the last way in.
    fn unlink_provider(&self, issuer: String) -> Answer<()>;
    /// What the server knows of who asks.
    fn find_account(&self) -> Answer<Account>;
    /// Sends who asks a link that confirms their address.
    fn send_confirmation(&self) -> Answer<()>;
    /// Where who asks is signed in, last seen first.
    fn list_sessions(&self) -> Answer<Vec<Session>>;
    /// Ends one of the sessions of who asks.
    fn end_session(&self, id: SessionId) -> Answer<()>;
    /// Ends all sessions of who asks but this one.
    fn end_other_sessions(&self) -> Answer<()>;
    /// Gives who asks another password, if they know the old one.
    fn change_password(&self, current: String, password: String) -> Answer<()>;
    /// Gives who asks another name.
    fn rename_account(&self, name: String) -> Answer<()>;
    /// The tokens of who asks, newest first.
    fn list_tokens(&self) -> Answer<Vec<Token>>;
    /// Makes a token for who asks.
    fn create_token(&self, wish: TokenWish) -> Answer<NewToken>;
    /// Ends a token.
    fn delete_token(&self, id: TokenId) -> Answer<()>;
}

/// The backend of this request.
pub fn backend() -> Result<Arc<dyn Backend>, Failure> {
    use_context().ok_or_else(|| Failure::from(Code::Internal))
}
