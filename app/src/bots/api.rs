//! The server functions of bots and programs.

use super::{Bot, Program};
use crate::accounts::NewToken;
use crate::backend::Failure;
use leptos::prelude::*;
use shared::access::Role;
use shared::ids::{TokenId, UserId, WorkspaceId};

/// See [`super::BotsBackend::list_bots`].
#[server(prefix = "/sf", endpoint = "list-bots")]
pub async fn list_bots(workspace: WorkspaceId) -> Result<Vec<Bot>, Failure> {
    crate::backend::backend()?.list_bots(workspace).await
}

/// See [`super::BotsBackend::create_bot`].
#[server(prefix = "/sf", endpoint = "create-bot")]
pub async fn create_bot(workspace: WorkspaceId, name: String, role: Role) -> Result<(), Failure> {
    crate::backend::backend()?
        .create_bot(workspace, name, role)
        .await
}

/// See [`super::BotsBackend::end_bot`].
#[server(prefix = "/sf", endpoint = "end-bot")]
pub async fn end_bot(workspace: WorkspaceId, id: UserId) -> Result<(), Failure> {
    crate::backend::backend()?.end_bot(workspace, id).await
}

/// See [`super::BotsBackend::create_bot_token`]. A box that is not ticked is not sent at all.
#[server(prefix = "/sf", endpoint = "create-bot-token")]
pub async fn create_bot_token(
    workspace: WorkspaceId,
    bot: UserId,
    name: String,
    days: String,
    comment: Option<String>,
    write: Option<String>,
    admin: Option<String>,
) -> Result<NewToken, Failure> {
    let ticked = crate::accounts::ticked(comment.is_some(), write.is_some(), admin.is_some());
    let wish = super::KeyWish {
        name,
        life: crate::accounts::Life::parse(&days),
        scopes: ticked,
    };
    crate::backend::backend()?
        .create_bot_token(workspace, bot, wish)
        .await
}

/// See [`super::BotsBackend::delete_bot_token`].
#[server(prefix = "/sf", endpoint = "delete-bot-token")]
pub async fn delete_bot_token(
    workspace: WorkspaceId,
    bot: UserId,
    id: TokenId,
) -> Result<(), Failure> {
    crate::backend::backend()?
        .delete_bot_token(workspace, bot, id)
        .await
}

/// See [`super::BotsBackend::list_programs`].
#[server(prefix = "/sf", endpoint = "list-programs")]
pub async fn list_programs(workspace: WorkspaceId) -> Result<Vec<Program>, Failure> {
    crate::backend::backend()?.list_programs(workspace).await
}

/// See [`super::BotsBackend::create_program`].
#[server(prefix = "/sf", endpoint = "create-program")]
pub async fn create_program(
    workspace: WorkspaceId,
    name: String,
    redirects: String,
) -> Result<Program, Failure> {
    crate::backend::backend()?
        .create_program(workspace, name, redirects)
        .await
}

/// See [`super::BotsBackend::delete_program`].
#[server(prefix = "/sf", endpoint = "delete-program")]
pub async fn delete_program(workspace: WorkspaceId, id: String) -> Result<(), Failure> {
    crate::backend::backend()?
        .delete_program(workspace, id)
        .await
}
