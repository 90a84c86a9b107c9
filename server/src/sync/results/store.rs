//! All SQL of what became of commands.

use super::Judged;
use crate::db::{Conn, many};
use crate::on_engine;
use crate::sync::store::signed;
use shared::ids::{CommandId, ReplicaId, UserId, WorkspaceId};
use shared::values::Time;
use sqlx::{query, query_as};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct JudgedRecord {
    cid: Uuid,
    workspace_id: Uuid,
    user_id: Uuid,
    outcome: String,
}

/// Served by `command_results_cid_idx`.
const LIST_JUDGED: &str = "
    select r.cid, s.workspace_id, s.user_id, r.outcome
      from command_results r
      join sync_replicas s on s.id = r.replica_id
     where r.cid in ($1)";

/// What became of these commands of a workspace, and whose they were, as many as one run holds.
pub(super) async fn list_judged(
    conn: Conn<'_>,
    ws: WorkspaceId,
    run: &[CommandId],
) -> sqlx::Result<Vec<((UserId, CommandId), String)>> {
    let sql = many::among(LIST_JUDGED, run.len());
    let found: Vec<JudgedRecord> = on_engine!(conn, |c| {
        let mut statement = query_as(sql);
        for cid in run {
            statement = statement.bind(cid.uuid());
        }
        statement.fetch_all(c).await?
    });
    let here = found.into_iter().filter(|it| it.workspace_id == ws.uuid());
    let judged = |it: JudgedRecord| ((it.user_id.into(), it.cid.into()), it.outcome);
    Ok(here.map(judged).collect())
}

const FIND_RESULT: &str = "
    select cid, outcome from command_results where replica_id = $1 and mid = $2";

/// What became of a command: its id and the outcome's JSON.
pub(in crate::sync) async fn find_result(
    conn: Conn<'_>,
    replica: ReplicaId,
    mid: u64,
) -> sqlx::Result<Option<(CommandId, String)>> {
    let found: Option<(Uuid, String)> = on_engine!(conn, |c| {
        query_as(FIND_RESULT)
            .bind(replica.uuid())
            .bind(signed(mid))
            .fetch_optional(c)
            .await?
    });
    Ok(found.map(|(cid, outcome)| (cid.into(), outcome)))
}

const INSERT_RESULT: &str = "
    insert into command_results (replica_id, mid, cid, outcome, at)
    values ($1, $2, $3, $4, $5)";

/// Keeps what became of commands, as many as one run holds.
pub(in crate::sync) async fn insert_results(
    conn: Conn<'_>,
    run: &[Judged],
    now: Time,
) -> sqlx::Result<()> {
    let sql = many::insert(INSERT_RESULT, run.len());
    on_engine!(conn, |c| {
        let mut statement = query(sql);
        for (replica, mid, cid, outcome) in run {
            statement = statement
                .bind(replica.uuid())
                .bind(signed(*mid))
                .bind(cid.uuid())
                .bind(outcome.as_str())
                .bind(now.0);
        }
        statement.execute(c).await?;
    });
    Ok(())
}

const DELETE_RESULTS: &str = "
    delete from command_results
     where (replica_id, mid) in (
           select replica_id, mid from command_results where at < $1 order by at limit $2)";

/// Forgets what became of commands before a time, the oldest first; answers of how many.
pub(in crate::sync) async fn delete_results(
    conn: Conn<'_>,
    time: Time,
    count_max: u32,
) -> sqlx::Result<u64> {
    Ok(on_engine!(conn, |c| {
        query(DELETE_RESULTS)
            .bind(time.0)
            .bind(i64::from(count_max))
            .execute(c)
            .await?
            .rows_affected()
    }))
}
