//! All SQL of the log: heads, numbered commands, changes, replicas, results, access marks.

use crate::db::{Conn, WriteTx, many};
use crate::on_engine;
use crate::sync::columns::version;
use crate::tasks::store::former::Former;
use shared::ids::{CommandId, Epoch, ReplicaId, UserId, WorkspaceId};
use shared::sync::Scope;
use shared::sync::protocol::Own;
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Where a workspace's order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The newest number.
    pub seq: u64,
    /// The lowest number from which the log can be followed.
    pub floor: u64,
    /// The life of the log.
    pub epoch: Epoch,
}

#[derive(sqlx::FromRow)]
struct HeadRecord {
    seq: i64,
    floor: i64,
    epoch: Uuid,
}

impl HeadRecord {
    fn head(self) -> anyhow::Result<Head> {
        Ok(Head {
            seq: version(self.seq)?,
            floor: version(self.floor)?,
            epoch: self.epoch.into(),
        })
    }
}

const FIND_HEAD: &str = "select seq, floor, epoch from workspace_heads where workspace_id = $1";

/// Where the order stands.
pub async fn find_head(conn: Conn<'_>, ws: WorkspaceId) -> anyhow::Result<Option<Head>> {
    let found: Option<HeadRecord> = on_engine!(conn, |c| {
        query_as(FIND_HEAD)
            .bind(ws.uuid())
            .fetch_optional(c)
            .await?
    });
    found.map(HeadRecord::head).transpose()
}

const LIST_HEADS: &str = "
    select workspace_id, seq from workspace_heads where workspace_id in ($1)";

/// Where the order of these workspaces stands, as many as one run holds.
pub async fn list_heads(
    conn: Conn<'_>,
    run: &[WorkspaceId],
) -> anyhow::Result<Vec<(WorkspaceId, u64)>> {
    let sql = many::among(LIST_HEADS, run.len());
    let found: Vec<(Uuid, i64)> = on_engine!(conn, |c| {
        let mut statement = query_as(sql);
        for workspace in run {
            statement = statement.bind(workspace.uuid());
        }
        statement.fetch_all(c).await?
    });
    let head = |(workspace, seq): (Uuid, i64)| Ok((workspace.into(), version(seq)?));
    found.into_iter().map(head).collect()
}

const LOCK_HEAD: &str = "
    select seq, floor, epoch
      from workspace_heads
     where workspace_id = $1
       for update";

/// Where the order stands, with the right to continue it until the transaction ends.
///
/// SQLite's one writer holds that right already; PostgreSQL gives it by the row's lock, across all nodes.
pub async fn lock_head(conn: Conn<'_>, ws: WorkspaceId) -> anyhow::Result<Option<Head>> {
    let found: Option<HeadRecord> = match conn {
        Conn::Sqlite(c) => {
            query_as(FIND_HEAD)
                .bind(ws.uuid())
                .fetch_optional(c)
                .await?
        }
        Conn::Postgres(c) => {
            query_as(LOCK_HEAD)
                .bind(ws.uuid())
                .fetch_optional(c)
                .await?
        }
    };
    found.map(HeadRecord::head).transpose()
}

const INSERT_HEAD: &str = "
    insert into workspace_heads (workspace_id, seq, floor, epoch)
    values ($1, 0, 0, $2)";

/// Begins a workspace's order.
pub async fn insert_head(conn: Conn<'_>, ws: WorkspaceId, epoch: Epoch) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_HEAD)
            .bind(ws.uuid())
            .bind(epoch.uuid())
            .execute(c)
            .await?;
    });
    Ok(())
}

const UPDATE_HEAD: &str = "update workspace_heads set seq = $2 where workspace_id = $1";

/// Says where the order stands now.
pub async fn update_head(conn: Conn<'_>, ws: WorkspaceId, seq: u64) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_HEAD)
            .bind(ws.uuid())
            .bind(signed(seq))
            .execute(c)
            .await?;
    });
    Ok(())
}

const UPDATE_EPOCH: &str = "update workspace_heads set epoch = $2 where workspace_id = $1";

/// Begins another life of a workspace's log.
pub async fn update_epoch(conn: Conn<'_>, ws: WorkspaceId, epoch: Epoch) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_EPOCH)
            .bind(ws.uuid())
            .bind(epoch.uuid())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// One command in the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the order.
    pub seq: u64,
    /// Who sent it, and its number there; nobody for the server's own.
    pub sender: Option<(ReplicaId, u64)>,
    /// The command's id.
    pub cid: CommandId,
    /// Whose command it is.
    pub actor: UserId,
    /// What it is called.
    pub name: &'static str,
    /// When it was carried out.
    pub at: Time,
    /// The numbers that tasks had in the projects that they left.
    pub left: Vec<Former>,
}

const INSERT_ENTRY: &str = "
    insert into tx_log (workspace_id, seq, replica_id, mid, cid, actor_id, name, at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Adds commands to the log, as many as one run holds.
pub async fn insert_entries(conn: Conn<'_>, ws: WorkspaceId, run: &[Entry]) -> sqlx::Result<()> {
    let sql = many::insert(INSERT_ENTRY, run.len());
    on_engine!(conn, |c| {
        let mut statement = query(sql);
        for entry in run {
            let (replica, mid) = entry.sender.unzip();
            statement = statement
                .bind(ws.uuid())
                .bind(signed(entry.seq))
                .bind(replica.map(ReplicaId::uuid))
                .bind(mid.map(signed))
                .bind(entry.cid.uuid())
                .bind(entry.actor.uuid())
                .bind(entry.name)
                .bind(entry.at.0);
        }
        statement.execute(c).await?;
    });
    Ok(())
}

const INSERT_PART: &str = "
    insert into change_log (workspace_id, seq, scope, part)
    values ($1, $2, $3, $4)";

/// Adds what commands did, each part for the viewers of one scope, as many as one run holds.
pub async fn insert_parts(
    conn: Conn<'_>,
    ws: WorkspaceId,
    run: &[(u64, Scope, &str)],
) -> sqlx::Result<()> {
    let sql = many::insert(INSERT_PART, run.len());
    on_engine!(conn, |c| {
        let mut statement = query(sql);
        for (seq, scope, part) in run {
            statement = statement
                .bind(ws.uuid())
                .bind(signed(*seq))
                .bind(scope.to_string())
                .bind(*part);
        }
        statement.execute(c).await?;
    });
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LoggedRecord {
    seq: i64,
    replica_id: Option<Uuid>,
    mid: Option<i64>,
    cid: Uuid,
    scope: Option<String>,
    part: Option<String>,
}

/// A part of a logged command.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Its place in the order.
    pub seq: u64,
    /// Who sent it, and what it is called there.
    pub sender: Option<(ReplicaId, Own)>,
    /// Whose viewers see it, and its bytes.
    pub part: Option<(Scope, String)>,
}

const LIST_LOG: &str = "
    select t.seq, t.replica_id, t.mid, t.cid, c.scope, c.part
      from tx_log t
      left join change_log c on c.workspace_id = t.workspace_id and c.seq = t.seq
     where t.workspace_id = $1 and t.seq > $2 and t.seq <= $3
     order by t.seq, c.scope";

/// What happened in `(from, to]`, in order. The caller keeps the range small.
pub async fn list_log(
    conn: Conn<'_>,
    ws: WorkspaceId,
    from: u64,
    to: u64,
) -> anyhow::Result<Vec<Logged>> {
    let rows: Vec<LoggedRecord> = on_engine!(conn, |c| {
        query_as(LIST_LOG)
            .bind(ws.uuid())
            .bind(signed(from))
            .bind(signed(to))
            .fetch_all(c)
            .await?
    });
    let logged = |row: LoggedRecord| {
        let own = row.mid.map(version).transpose()?;
        let own = own.map(|mid| Own(mid, CommandId::from(row.cid)));
        let sender = row.replica_id.map(ReplicaId::from).zip(own);
        let part = match row.scope.zip(row.part) {
            Some((scope, part)) => {
                Some((scope.parse().map_err(|e: String| anyhow::anyhow!(e))?, part))
            }
            None => None,
        };
        Ok(Logged {
            seq: version(row.seq)?,
            sender,
            part,
        })
    };
    rows.into_iter().map(logged).collect()
}

const LIST_LONG: &str = "
    select h.workspace_id
      from workspace_heads h
      join tx_log t on t.workspace_id = h.workspace_id and t.seq = h.floor + 1
     where t.seq < h.seq and (t.at < $1 or h.seq - h.floor > $2)
     order by h.workspace_id";

/// The workspaces whose log begins before a time or is longer than that, and holds more than the newest change.
pub async fn list_long(
    conn: Conn<'_>,
    time: Time,
    changes_max: u64,
) -> sqlx::Result<Vec<WorkspaceId>> {
    let found: Vec<Uuid> = on_engine!(conn, |c| {
        query_scalar(LIST_LONG)
            .bind(time.0)
            .bind(signed(changes_max))
            .fetch_all(c)
            .await?
    });
    Ok(found.into_iter().map(WorkspaceId::from).collect())
}

const LOG_SIZE: &str = "
    select cast(coalesce(sum(seq - floor), 0) as bigint), cast(coalesce(sum(floor), 0) as bigint)
      from workspace_heads";

/// How many changes the logs of all workspaces hold, and how many they have lost to their floors.
pub async fn log_size(conn: Conn<'_>) -> sqlx::Result<(i64, i64)> {
    on_engine!(conn, |c| query_as(LOG_SIZE).fetch_one(c).await)
}

const FIRST_SINCE: &str = "
    select min(seq) from tx_log
     where workspace_id = $1 and seq > $2 and seq <= $3 and at >= $4";

/// The first command in `(from, to]` that was carried out at a time or later.
pub async fn first_since(
    conn: Conn<'_>,
    ws: WorkspaceId,
    (from, to): (u64, u64),
    time: Time,
) -> anyhow::Result<Option<u64>> {
    let found: Option<i64> = on_engine!(conn, |c| {
        query_scalar(FIRST_SINCE)
            .bind(ws.uuid())
            .bind(signed(from))
            .bind(signed(to))
            .bind(time.0)
            .fetch_one(c)
            .await?
    });
    found.map(version).transpose()
}

const DELETE_PARTS: &str = "delete from change_log where workspace_id = $1 and seq <= $2";
const DELETE_ENTRIES: &str = "delete from tx_log where workspace_id = $1 and seq <= $2";
const UPDATE_FLOOR: &str = "update workspace_heads set floor = $2 where workspace_id = $1";

/// Deletes the log up to a number, which becomes its floor.
pub async fn delete_log(tx: &mut WriteTx, ws: WorkspaceId, floor: u64) -> sqlx::Result<()> {
    for sql in [DELETE_PARTS, DELETE_ENTRIES, UPDATE_FLOOR] {
        on_engine!(tx.conn(), |c| {
            query(sql)
                .bind(ws.uuid())
                .bind(signed(floor))
                .execute(c)
                .await?;
        });
    }
    Ok(())
}

/// A writer of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Whose it is.
    pub user: UserId,
    /// The workspace that it writes to.
    pub workspace: WorkspaceId,
    /// The number of its last command that was judged.
    pub last_mid: u64,
}

#[derive(sqlx::FromRow)]
struct ReplicaRecord {
    user_id: Uuid,
    workspace_id: Uuid,
    last_mid: i64,
}

const FIND_REPLICA: &str = "
    select user_id, workspace_id, last_mid from sync_replicas where id = $1";

/// The writer with that id.
pub async fn find_replica(conn: Conn<'_>, id: ReplicaId) -> anyhow::Result<Option<Replica>> {
    let found: Option<ReplicaRecord> = on_engine!(conn, |c| {
        query_as(FIND_REPLICA)
            .bind(id.uuid())
            .fetch_optional(c)
            .await?
    });
    found
        .map(|row| {
            Ok(Replica {
                user: row.user_id.into(),
                workspace: row.workspace_id.into(),
                last_mid: version(row.last_mid)?,
            })
        })
        .transpose()
}

const INSERT_REPLICA: &str = "
    insert into sync_replicas (id, user_id, workspace_id, last_mid, seen_at)
    values ($1, $2, $3, $4, $5)
    on conflict (id) do nothing";

/// Begins a writer; answers whether its id was free. It is not where it writes to another workspace, which cannot be seen
/// from this one.
pub async fn insert_replica(
    conn: Conn<'_>,
    id: ReplicaId,
    replica: &Replica,
    now: Time,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(INSERT_REPLICA)
            .bind(id.uuid())
            .bind(replica.user.uuid())
            .bind(replica.workspace.uuid())
            .bind(signed(replica.last_mid))
            .bind(now.0)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

const UPSERT_REPLICA: &str = "
    insert into sync_replicas (id, user_id, workspace_id, last_mid, seen_at)
    values ($1, $2, $3, $4, $5)
    on conflict (id) do update
    set last_mid = excluded.last_mid, seen_at = excluded.seen_at";

/// Notes the number of a writer's last command.
pub async fn upsert_replica(
    conn: Conn<'_>,
    id: ReplicaId,
    replica: &Replica,
    now: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT_REPLICA)
            .bind(id.uuid())
            .bind(replica.user.uuid())
            .bind(replica.workspace.uuid())
            .bind(signed(replica.last_mid))
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

const UPSERT_MARK: &str = "
    insert into access_marks (workspace_id, subject, seq)
    values ($1, $2, $3)
    on conflict (workspace_id, subject) do update set seq = excluded.seq";

/// Notes the change that last touched who may see a subject.
pub async fn upsert_mark(
    conn: Conn<'_>,
    ws: WorkspaceId,
    subject: &str,
    seq: u64,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT_MARK)
            .bind(ws.uuid())
            .bind(subject)
            .bind(signed(seq))
            .execute(c)
            .await?;
    });
    Ok(())
}

const LIST_MARKS: &str = "select subject, seq from access_marks where workspace_id = $1";

/// The changes that last touched who may see what.
pub async fn list_marks(conn: Conn<'_>, ws: WorkspaceId) -> sqlx::Result<Vec<(String, u64)>> {
    let marks: Vec<(String, i64)> = on_engine!(conn, |c| query_as(LIST_MARKS)
        .bind(ws.uuid())
        .fetch_all(c)
        .await)?;
    let marks = marks.into_iter();
    let unsigned = |(subject, seq)| (subject, u64::try_from(seq).unwrap_or_default());
    Ok(marks.map(unsigned).collect())
}

const RANKS_OF_STATUSES: &str = "
    select rank, id from statuses
     where workspace_id = $1 and project_id = $2 and archived_at is null";

const RANKS_OF_TASKS: &str = "
    select rank, id from tasks
     where workspace_id = $1 and status_id = $2 and archived_at is null and trashed_at is null";

const RANKS_OF_CHECKLIST: &str = "
    select rank, id from checklist_items
     where workspace_id = $1 and task_id = $2";

/// The order of a list, without its rows.
pub async fn list_ranks(
    conn: Conn<'_>,
    ws: WorkspaceId,
    list: shared::sync::List,
) -> sqlx::Result<Vec<(String, Uuid)>> {
    use shared::sync::List;
    let (sql, of) = match list {
        List::Statuses(project) => (RANKS_OF_STATUSES, project.uuid()),
        List::Tasks(status) => (RANKS_OF_TASKS, status.uuid()),
        List::Checklist(task) => (RANKS_OF_CHECKLIST, task.uuid()),
    };
    on_engine!(conn, |c| query_as(sql)
        .bind(ws.uuid())
        .bind(of)
        .fetch_all(c)
        .await)
}

/// Served by `workspace_slugs_pkey`.
const FIND_BY_SLUG: &str = "select workspace_id from workspace_slugs where slug = $1";

/// The workspace that has or had that address.
pub async fn find_by_slug(conn: Conn<'_>, slug: &str) -> sqlx::Result<Option<WorkspaceId>> {
    let id: Option<Uuid> = on_engine!(conn, |c| {
        query_scalar(FIND_BY_SLUG)
            .bind(slug)
            .fetch_optional(c)
            .await?
    });
    Ok(id.map(WorkspaceId::from))
}

/// A number as the databases have it.
pub fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
