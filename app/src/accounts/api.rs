//! The server functions of accounts.

use super::{Account, Entrances, NewToken, Session, Token, TwoStep};
use crate::backend::Failure;
use leptos::prelude::*;
use shared::ids::{SessionId, TokenId};

/// See [`crate::backend::Backend::sign_in`].
#[server(prefix = "/sf", endpoint = "sign-in")]
pub async fn sign_in(
    email: String,
    password: String,
    // An unticked box is not sent at all, a ticked one as "on".
    remember: Option<String>,
    next: Option<String>,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .sign_in(email, password, remember.is_some(), next)
        .await
}

/// See [`crate::backend::Backend::sign_up`].
#[server(prefix = "/sf", endpoint = "sign-up")]
pub async fn sign_up(
    name: String,
    email: String,
    password: String,
    next: Option<String>,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .sign_up(
            super::NewAccount {
                name,
                email,
                password,
            },
            next,
        )
        .await
}

/// See [`crate::backend::Backend::ask_sign_up`].
#[server(prefix = "/sf", endpoint = "ask-sign-up")]
pub async fn ask_sign_up(email: String, next: Option<String>) -> Result<(), Failure> {
    crate::backend::backend()?.ask_sign_up(email, next).await
}

/// See [`crate::backend::Backend::finish_sign_up`].
#[server(prefix = "/sf", endpoint = "finish-sign-up")]
pub async fn finish_sign_up(
    token: String,
    name: String,
    password: String,
    next: Option<String>,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .finish_sign_up(token, name, password, next)
        .await
}

/// See [`crate::backend::Backend::set_up`].
#[server(prefix = "/sf", endpoint = "set-up")]
pub async fn set_up(
    name: String,
    email: String,
    password: String,
    workspace: String,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .set_up(
            super::NewAccount {
                name,
                email,
                password,
            },
            workspace,
        )
        .await
}

/// See [`crate::backend::Backend::try_demo`].
#[server(prefix = "/sf", endpoint = "try-demo")]
pub async fn try_demo() -> Result<(), Failure> {
    crate::backend::backend()?.try_demo().await
}

/// See [`crate::backend::Backend::sign_out`].
#[server(prefix = "/sf", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), Failure> {
    crate::backend::backend()?.sign_out().await
}

/// See [`crate::backend::Backend::list_tokens`].
#[server(prefix = "/sf", endpoint = "list-tokens")]
pub async fn list_tokens() -> Result<Vec<Token>, Failure> {
    crate::backend::backend()?.list_tokens().await
}

/// See [`crate::backend::Backend::create_token`]. A box that is not ticked is not sent at all.
#[server(prefix = "/sf", endpoint = "create-token")]
pub async fn create_token(
    name: String,
    days: String,
    comment: Option<String>,
    write: Option<String>,
    admin: Option<String>,
    workspace: Option<String>,
    projects: Option<String>,
) -> Result<NewToken, Failure> {
    let ticked = super::ticked(comment.is_some(), write.is_some(), admin.is_some());
    let wish = super::TokenWish {
        name,
        life: super::Life::parse(&days),
        scopes: ticked,
        workspace,
        projects,
    };
    crate::backend::backend()?.create_token(wish).await
}

/// See [`crate::backend::Backend::delete_token`].
#[server(prefix = "/sf", endpoint = "delete-token")]
pub async fn delete_token(id: TokenId) -> Result<(), Failure> {
    crate::backend::backend()?.delete_token(id).await
}

/// See [`crate::backend::Backend::list_sessions`].
#[server(prefix = "/sf", endpoint = "list-sessions")]
pub async fn list_sessions() -> Result<Vec<Session>, Failure> {
    crate::backend::backend()?.list_sessions().await
}

/// See [`crate::backend::Backend::end_session`].
#[server(prefix = "/sf", endpoint = "end-session")]
pub async fn end_session(id: SessionId) -> Result<(), Failure> {
    crate::backend::backend()?.end_session(id).await
}

/// See [`crate::backend::Backend::end_other_sessions`].
#[server(prefix = "/sf", endpoint = "end-other-sessions")]
pub async fn end_other_sessions() -> Result<(), Failure> {
    crate::backend::backend()?.end_other_sessions().await
}

/// See [`crate::backend::Backend::change_password`].
#[server(prefix = "/sf", endpoint = "change-password")]
pub async fn change_password(current: String, password: String) -> Result<(), Failure> {
    crate::backend::backend()?
        .change_password(current, password)
        .await
}

/// See [`crate::backend::Backend::rename_account`].
#[server(prefix = "/sf", endpoint = "rename-account")]
pub async fn rename_account(name: String) -> Result<(), Failure> {
    crate::backend::backend()?.rename_account(name).await
}

/// See [`crate::backend::Backend::forgot_password`].
#[server(prefix = "/sf", endpoint = "forgot-password")]
pub async fn forgot_password(email: String) -> Result<(), Failure> {
    crate::backend::backend()?.forgot_password(email).await
}

/// See [`crate::backend::Backend::reset_password`].
#[server(prefix = "/sf", endpoint = "reset-password")]
pub async fn reset_password(token: String, password: String) -> Result<(), Failure> {
    crate::backend::backend()?
        .reset_password(token, password)
        .await
}

/// See [`crate::backend::Backend::confirm_email`].
#[server(prefix = "/sf", endpoint = "confirm-email")]
pub async fn confirm_email(token: String) -> Result<(), Failure> {
    crate::backend::backend()?.confirm_email(token).await
}

/// See [`crate::backend::Backend::find_entrances`].
#[server(prefix = "/sf", endpoint = "find-entrances")]
pub async fn find_entrances() -> Result<Entrances, Failure> {
    crate::backend::backend()?.find_entrances().await
}

/// See [`crate::backend::Backend::unlink_provider`].
#[server(prefix = "/sf", endpoint = "unlink-provider")]
pub async fn unlink_provider(issuer: String) -> Result<(), Failure> {
    crate::backend::backend()?.unlink_provider(issuer).await
}

/// See [`crate::backend::Backend::find_account`].
#[server(prefix = "/sf", endpoint = "find-account")]
pub async fn find_account() -> Result<Account, Failure> {
    crate::backend::backend()?.find_account().await
}

/// See [`crate::backend::Backend::send_confirmation`].
#[server(prefix = "/sf", endpoint = "send-confirmation")]
pub async fn send_confirmation() -> Result<(), Failure> {
    crate::backend::backend()?.send_confirmation().await
}

/// See [`crate::backend::Backend::enter_code`].
#[server(prefix = "/sf", endpoint = "enter-code")]
pub async fn enter_code(code: String, next: Option<String>) -> Result<(), Failure> {
    crate::backend::backend()?.enter_code(code, next).await
}

/// See [`crate::backend::Backend::find_two_step`].
#[server(prefix = "/sf", endpoint = "find-two-step")]
pub async fn find_two_step() -> Result<TwoStep, Failure> {
    crate::backend::backend()?.find_two_step().await
}

/// See [`crate::backend::Backend::begin_two_step`].
#[server(prefix = "/sf", endpoint = "begin-two-step")]
pub async fn begin_two_step() -> Result<(), Failure> {
    crate::backend::backend()?.begin_two_step().await
}

/// See [`crate::backend::Backend::confirm_two_step`].
#[server(prefix = "/sf", endpoint = "confirm-two-step")]
pub async fn confirm_two_step(code: String) -> Result<(), Failure> {
    crate::backend::backend()?.confirm_two_step(code).await
}

/// See [`crate::backend::Backend::note_codes`].
#[server(prefix = "/sf", endpoint = "note-codes")]
pub async fn note_codes() -> Result<(), Failure> {
    crate::backend::backend()?.note_codes().await
}

/// See [`crate::backend::Backend::end_two_step`].
#[server(prefix = "/sf", endpoint = "end-two-step")]
pub async fn end_two_step(password: String) -> Result<(), Failure> {
    crate::backend::backend()?.end_two_step(password).await
}
