//! All SQL of bots: their accounts, which nobody signs in to. What others see of them are `members` rows.

use crate::db::Conn;
use crate::on_engine;
use shared::ids::{UserId, WorkspaceId};
use shared::values::{Name, Time};
use sqlx::{query, query_scalar};
use uuid::Uuid;

/// An address that no mail reaches, and a hash that no password has.
const INSERT: &str = "
    insert into users (id, email, name, password_hash, created_at, is_site_admin, bot_of)
    values ($1, $2, $3, '', $4, false, $5)";

const FIND_HOME: &str = "select bot_of from users where id = $1";

/// Served by `users_bot_of_idx`.
const LIST_OF_WORKSPACE: &str = "select id from users where bot_of = $1";

const DELETE: &str = "delete from users where id = $1 and bot_of is not null";

/// Served by `users_bot_of_idx`.
const DELETE_OF_WORKSPACE: &str = "delete from users where bot_of = $1";

/// Adds the account of a bot.
pub(super) async fn insert(
    conn: Conn<'_>,
    id: UserId,
    name: &Name,
    workspace: WorkspaceId,
    now: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(id.uuid())
            .bind(format!("bot-{id}@bots.invalid"))
            .bind(name.as_str())
            .bind(now.0)
            .bind(workspace.uuid())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// The workspace that a bot is of.
pub(super) async fn find_home(conn: Conn<'_>, id: UserId) -> sqlx::Result<Option<WorkspaceId>> {
    let found: Option<Option<Uuid>> = on_engine!(conn, |c| query_scalar(FIND_HOME)
        .bind(id.uuid())
        .fetch_optional(c)
        .await?);
    Ok(found.flatten().map(WorkspaceId::from))
}

/// The accounts of a workspace's bots.
pub(super) async fn list_of_workspace(
    conn: Conn<'_>,
    workspace: WorkspaceId,
) -> sqlx::Result<Vec<UserId>> {
    let ids: Vec<Uuid> = on_engine!(conn, |c| query_scalar(LIST_OF_WORKSPACE)
        .bind(workspace.uuid())
        .fetch_all(c)
        .await?);
    Ok(ids.into_iter().map(UserId::from).collect())
}

/// Deletes the account of a bot.
pub(super) async fn delete(conn: Conn<'_>, id: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE).bind(id.uuid()).execute(c).await?;
    });
    Ok(())
}

/// Deletes the accounts of a workspace's bots, with their keys.
pub(super) async fn delete_of_workspace(
    conn: Conn<'_>,
    workspace: WorkspaceId,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_OF_WORKSPACE)
            .bind(workspace.uuid())
            .execute(c)
            .await?;
    });
    Ok(())
}
