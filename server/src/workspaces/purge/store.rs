//! All SQL of a workspace's end.
//!
//! Tables are deleted from in runs, each in a transaction of its own: a large workspace keeps nobody waiting.

use crate::db::Conn;
use crate::on_engine;
use shared::ids::WorkspaceId;
use shared::values::Time;
use sqlx::{AssertSqlSafe, query, query_scalar};
use uuid::Uuid;

/// How many rows go at once, or what belongs to so many numbers of the log.
pub const RUN: i64 = 1_000;

/// Everything of a workspace, with the column by which runs are cut. What is found by another row goes before it; the
/// workspace's own row goes last, in [`delete_rest`], so that a purge that was interrupted is taken up again.
pub const OWNED: &[(&str, &str)] = &[
    ("attachments", "id"),
    ("comments", "id"),
    ("checklist_items", "id"),
    ("descriptions", "id"),
    ("former_numbers", "task_id"),
    ("tasks", "id"),
    ("labels", "id"),
    ("statuses", "id"),
    ("imports", "id"),
    ("teams", "id"),
    ("exports", "id"),
    ("oauth_clients", "id"),
    ("shut_out_keys", "sign_in_id"),
    ("key_policies", "workspace_id"),
    ("projects", "id"),
    ("invitations", "id"),
    ("change_log", "seq"),
    ("tx_log", "seq"),
    ("access_marks", "subject"),
    ("sync_replicas", "id"),
    ("members", "id"),
];

/// What goes in the end, together.
pub const LAST: &[&str] = &["workspace_slugs", "workspaces", "workspace_heads"];

/// Served by `workspaces_deleted_idx`.
const LIST_DELETED_BEFORE: &str = "
    select workspace_id from workspaces where deleted_at < $1 order by deleted_at limit 100";

/// The workspaces that were deleted before a time.
pub async fn list_deleted_before(conn: Conn<'_>, time: Time) -> sqlx::Result<Vec<WorkspaceId>> {
    let found: Vec<Uuid> = on_engine!(conn, |c| {
        query_scalar(LIST_DELETED_BEFORE)
            .bind(time.0)
            .fetch_all(c)
            .await?
    });
    Ok(found.into_iter().map(WorkspaceId::from).collect())
}

/// Served by `sync_replicas_workspace_idx`.
const DELETE_RESULTS: &str = "
    delete from command_results
     where (replica_id, mid) in (
           select r.replica_id, r.mid
             from sync_replicas s
             join command_results r on r.replica_id = s.id
            where s.workspace_id = $1
            limit $2)";

/// Deletes what became of a run of a workspace's commands; answers of how many.
pub async fn delete_results(conn: Conn<'_>, ws: WorkspaceId) -> sqlx::Result<u64> {
    on_engine!(conn, |c| Ok(query(DELETE_RESULTS)
        .bind(ws.uuid())
        .bind(RUN)
        .execute(c)
        .await?
        .rows_affected()))
}

/// Deletes a run of one of the [`OWNED`] tables; answers how many rows went.
pub async fn delete_run(
    conn: Conn<'_>,
    (table, column): (&'static str, &'static str),
    ws: WorkspaceId,
) -> sqlx::Result<u64> {
    // Made of constants alone.
    let sql = AssertSqlSafe(format!(
        "delete from {table} where workspace_id = $1 and {column} in (\
         select {column} from {table} where workspace_id = $1 order by {column} limit $2)"
    ));
    on_engine!(conn, |c| Ok(query(sql)
        .bind(ws.uuid())
        .bind(RUN)
        .execute(c)
        .await?
        .rows_affected()))
}

/// Deletes one of the [`LAST`] tables' rows.
pub async fn delete_rest(conn: Conn<'_>, table: &'static str, ws: WorkspaceId) -> sqlx::Result<()> {
    // Made of constants alone.
    let sql = AssertSqlSafe(format!("delete from {table} where workspace_id = $1"));
    on_engine!(conn, |c| {
        query(sql).bind(ws.uuid()).execute(c).await?;
    });
    Ok(())
}
