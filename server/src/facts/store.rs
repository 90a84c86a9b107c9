//! The SQL of figures about a workspace and the server. It only counts, across the tables of all.

use crate::db::Conn;
use crate::on_engine;
use shared::ids::WorkspaceId;
use shared::values::Time;
use sqlx::{query_as, query_scalar};

const COUNT_MEMBERS: &str = "
    select count(*) from members where workspace_id = $1 and active and not placeholder";

const COUNT_PROJECTS: &str = "
    select count(*) from projects where workspace_id = $1 and trashed_at is null";

const COUNT_TASKS: &str = "
    select count(*) from tasks where workspace_id = $1 and trashed_at is null";

const COUNT_TRASHED: &str = "
    select count(*) from tasks where workspace_id = $1 and trashed_at is not null";

const COUNT_COMMENTS: &str = "select count(*) from comments where workspace_id = $1";

const COUNT_ATTACHMENTS: &str = "select count(*) from attachments where workspace_id = $1";

/// The log is dense, so this is its end without what was shortened; the days before are gone with it.
const COMMANDS_BY_DAY: &str = "
    select at / 86400000 as day, count(*) as commands
      from tx_log
     where workspace_id = $1 and at >= $2
     group by at / 86400000
     order by 1 desc
     limit 31";

const COUNT_USERS: &str = "select count(*) from users where bot_of is null";

const COUNT_SESSIONS: &str = "select count(*) from sessions where expires_at > $1";

/// A figure of a workspace.
#[derive(Clone, Copy)]
pub(super) enum Figure {
    Members,
    Projects,
    Tasks,
    Trashed,
    Comments,
    Attachments,
}

/// How many there are in a workspace.
pub(super) async fn count(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    figure: Figure,
) -> sqlx::Result<i64> {
    let sql = match figure {
        Figure::Members => COUNT_MEMBERS,
        Figure::Projects => COUNT_PROJECTS,
        Figure::Tasks => COUNT_TASKS,
        Figure::Trashed => COUNT_TRASHED,
        Figure::Comments => COUNT_COMMENTS,
        Figure::Attachments => COUNT_ATTACHMENTS,
    };
    on_engine!(conn, |c| query_scalar(sql)
        .bind(workspace.uuid())
        .fetch_one(c)
        .await)
}

/// How many commands a workspace carried out, by day since 1970, the newest first.
pub(super) async fn commands_by_day(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    since: Time,
) -> sqlx::Result<Vec<(i64, i64)>> {
    on_engine!(conn, |c| query_as(COMMANDS_BY_DAY)
        .bind(workspace.uuid())
        .bind(since.0)
        .fetch_all(c)
        .await)
}

/// How many accounts there are.
pub(super) async fn count_users(conn: Conn<'_>) -> sqlx::Result<i64> {
    on_engine!(conn, |c| query_scalar(COUNT_USERS).fetch_one(c).await)
}

/// How many sessions stand.
pub(super) async fn count_sessions(conn: Conn<'_>, now: Time) -> sqlx::Result<i64> {
    on_engine!(conn, |c| query_scalar(COUNT_SESSIONS)
        .bind(now.0)
        .fetch_one(c)
        .await)
}
