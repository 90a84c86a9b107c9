//! All SQL of exports, and of which rows a workspace has.

use super::Export;
use crate::db::Conn;
use crate::on_engine;
use anyhow::Context as _;
use shared::ids::WorkspaceId;
use shared::sync::Table;
use shared::values::Time;
use sqlx::{AssertSqlSafe, query, query_as, query_scalar};
use uuid::Uuid;

const INSERT: &str = "
    insert into exports (
        id, workspace_id, created_by, created_at, expires_at, row_count, byte_count)
    values ($1, $2, $3, $4, $5, 0, 0)";

const FINISH: &str = "
    update exports
       set finished_at = $2, row_count = $3, byte_count = $4, problem = $5
     where id = $1";

/// Served by `exports_workspace_idx`.
const LIST: &str = "
    select id, workspace_id, created_at, expires_at, finished_at, row_count, byte_count, problem
      from exports
     where workspace_id = $1 and expires_at > $2
     order by created_at desc
     limit 50";

/// Those that have ended, too.
const LIST_ALL: &str = "select id from exports where workspace_id = $1 limit 1000";

const FIND: &str = "
    select id, workspace_id, created_at, expires_at, finished_at, row_count, byte_count, problem
      from exports
     where id = $1";

/// As many as were made within some days.
const LIST_OVER: &str = "select id from exports where expires_at <= $1 limit 1000";

const COUNT_OVER: &str = "select count(*) from exports where expires_at <= $1";

const DELETE: &str = "delete from exports where id = $1";

/// Of any table of synced rows: they all have these columns.
const IDS_OF_TASKS: &str = "
    select id from tasks where workspace_id = $1 and id > $2 order by id limit $3";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    workspace_id: Uuid,
    created_at: i64,
    expires_at: i64,
    finished_at: Option<i64>,
    row_count: i64,
    byte_count: i64,
    problem: Option<String>,
}

fn row(r: Record) -> Export {
    Export {
        id: r.id,
        workspace: r.workspace_id.into(),
        created_at: Time(r.created_at),
        expires_at: Time(r.expires_at),
        finished_at: r.finished_at.map(Time),
        rows: r.row_count.unsigned_abs(),
        bytes: r.byte_count.unsigned_abs(),
        problem: r.problem,
    }
}

/// Adds an export that is about to be written.
pub(super) async fn insert(
    conn: Conn<'_>,
    export: &Export,
    by: shared::ids::UserId,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(export.id)
            .bind(export.workspace.uuid())
            .bind(by.uuid())
            .bind(export.created_at.0)
            .bind(export.expires_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Notes what became of an export.
pub(super) async fn finish(
    conn: Conn<'_>,
    id: Uuid,
    now: Time,
    (rows, bytes): (u64, u64),
    problem: Option<&str>,
) -> anyhow::Result<()> {
    let (rows, bytes) = (i64::try_from(rows)?, i64::try_from(bytes)?);
    on_engine!(conn, |c| {
        query(FINISH)
            .bind(id)
            .bind(now.0)
            .bind(rows)
            .bind(bytes)
            .bind(problem)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// A workspace's exports, the newest first.
pub(super) async fn list(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    now: Time,
) -> sqlx::Result<Vec<Export>> {
    let rows: Vec<Record> = on_engine!(conn, |c| query_as(LIST)
        .bind(workspace.uuid())
        .bind(now.0)
        .fetch_all(c)
        .await?);
    Ok(rows.into_iter().map(row).collect())
}

/// Some of a workspace's exports, be they over or not.
pub(super) async fn list_all(conn: Conn<'_>, workspace: WorkspaceId) -> sqlx::Result<Vec<Uuid>> {
    on_engine!(conn, |c| query_scalar(LIST_ALL)
        .bind(workspace.uuid())
        .fetch_all(c)
        .await)
}

/// The export with that id.
pub(super) async fn find(conn: Conn<'_>, id: Uuid) -> sqlx::Result<Option<Export>> {
    let found: Option<Record> =
        on_engine!(conn, |c| query_as(FIND).bind(id).fetch_optional(c).await?);
    Ok(found.map(row))
}

/// Exports that have ended.
pub(super) async fn list_over(conn: Conn<'_>, now: Time) -> sqlx::Result<Vec<Uuid>> {
    on_engine!(conn, |c| query_scalar(LIST_OVER)
        .bind(now.0)
        .fetch_all(c)
        .await)
}

/// How many exports have ended.
pub(super) async fn count_over(conn: Conn<'_>, now: Time) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT_OVER)
        .bind(now.0)
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting exports")
}

/// Deletes an export.
pub(super) async fn delete(conn: Conn<'_>, id: Uuid) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE).bind(id).execute(c).await?;
    });
    Ok(())
}

/// Some ids of a workspace's table, after one, in order.
pub(super) async fn ids(
    conn: Conn<'_>,
    table: Table,
    workspace: WorkspaceId,
    after: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    let sql = || {
        // Made of a constant and the name of a table.
        AssertSqlSafe(IDS_OF_TASKS.replace("tasks", table.as_str()))
    };
    on_engine!(conn, |c| query_scalar(sql())
        .bind(workspace.uuid())
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)
}
