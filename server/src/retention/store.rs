//! The SQL of what goes by the retention policy, across the tables of those that keep it.

use crate::db::Conn;
use crate::on_engine;
use anyhow::Context as _;
use shared::ids::{TaskId, UserId, WorkspaceId};
use shared::purges::Doomed;
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

const COUNT_SESSIONS: &str = "select count(*) from sessions where expires_at < $1";

const COUNT_TOKENS: &str = "select count(*) from api_tokens where expires_at < $1";

const COUNT_LINKS: &str = "select count(*) from account_links where expires_at < $1";

/// Served by `sign_ups_expires_idx`.
const COUNT_SIGN_UPS: &str = "select count(*) from sign_ups where expires_at < $1";

const COUNT_INVITATIONS: &str = "select count(*) from invitations where expires_at < $1";

const COUNT_ATTEMPTS: &str = "select count(*) from sign_in_attempts where last_at < $1";

/// Served by `oauth_codes_expires_idx`.
const COUNT_CODES: &str = "select count(*) from oauth_codes where expires_at < $1";

const DELETE_SESSIONS: &str = "delete from sessions where expires_at < $1";

const DELETE_TOKENS: &str = "delete from api_tokens where expires_at < $1";

const DELETE_LINKS: &str = "delete from account_links where expires_at < $1";

/// Served by `sign_ups_expires_idx`.
const DELETE_SIGN_UPS: &str = "delete from sign_ups where expires_at < $1";

const DELETE_INVITATIONS: &str = "delete from invitations where expires_at < $1";

const DELETE_ATTEMPTS: &str = "delete from sign_in_attempts where last_at < $1";

/// Served by `oauth_codes_expires_idx`.
const DELETE_CODES: &str = "delete from oauth_codes where expires_at < $1";

/// As many as [`LIST_DONE`] lists in all.
const COUNT_DONE: &str = "
    select count(*)
      from tasks t
      join projects p on p.workspace_id = t.workspace_id and p.id = t.project_id
      join workspaces w on w.id = t.workspace_id
      join members o on o.workspace_id = t.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = t.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where t.completed_at < $1 and t.archived_at is null and t.trashed_at is null
       and p.archived_at is null and p.trashed_at is null and w.deleted_at is null";

/// With an owner of the workspace, who it is done for. What is put away as a whole, or has nobody, stays as it is.
const LIST_DONE: &str = "
    select t.workspace_id, t.id, o.id
      from tasks t
      join projects p on p.workspace_id = t.workspace_id and p.id = t.project_id
      join workspaces w on w.id = t.workspace_id
      join members o on o.workspace_id = t.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = t.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where t.completed_at < $1 and t.archived_at is null and t.trashed_at is null
       and p.archived_at is null and p.trashed_at is null and w.deleted_at is null
     order by t.workspace_id, t.id
     limit $2";

/// As many as [`LIST_TRASHED_TASKS`] lists in all. Served by `tasks_trashed_idx`: by the cross join SQLite begins with the table
/// that stands before it, here and in what follows.
const COUNT_TRASHED_TASKS: &str = "
    select count(*)
      from tasks t
      cross join workspaces w
      join members o on o.workspace_id = t.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = t.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where t.trashed_at < $1 and w.workspace_id = t.workspace_id and w.deleted_at is null";

/// With an owner of the workspace, who it is done for, what has waited longest first. Of a deleted workspace all goes with it.
/// Served by `tasks_trashed_idx`.
const LIST_TRASHED_TASKS: &str = "
    select t.workspace_id, t.id, o.id
      from tasks t
      cross join workspaces w
      join members o on o.workspace_id = t.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = t.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where t.trashed_at < $1 and w.workspace_id = t.workspace_id and w.deleted_at is null
     order by t.trashed_at, t.id
     limit $2";

/// As many as [`LIST_TASKS_OF_TRASHED`] lists in all. Served by `projects_trashed_idx` and `tasks_project_number_idx`.
const COUNT_TASKS_OF_TRASHED: &str = "
    select count(*)
      from projects p
      cross join workspaces w
      join tasks t on t.workspace_id = p.workspace_id and t.project_id = p.id
      join members o on o.workspace_id = p.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = p.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where p.trashed_at < $1 and w.workspace_id = p.workspace_id and w.deleted_at is null
       and (t.trashed_at is null or t.trashed_at >= $1)";

/// Those that were not in the trash for so long themselves, but their project was. Served by `projects_trashed_idx` and
/// `tasks_project_number_idx`.
const LIST_TASKS_OF_TRASHED: &str = "
    select t.workspace_id, t.id, o.id
      from projects p
      cross join workspaces w
      join tasks t on t.workspace_id = p.workspace_id and t.project_id = p.id
      join members o on o.workspace_id = p.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = p.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where p.trashed_at < $1 and w.workspace_id = p.workspace_id and w.deleted_at is null
       and (t.trashed_at is null or t.trashed_at >= $1)
     order by p.trashed_at, p.id, t.number
     limit $2";

/// As many as [`LIST_TRASHED_PROJECTS`] lists in all, once their tasks are gone. Served by `projects_trashed_idx`.
const COUNT_TRASHED_PROJECTS: &str = "
    select count(*)
      from projects p
      cross join workspaces w
      join members o on o.workspace_id = p.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = p.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where p.trashed_at < $1 and w.workspace_id = p.workspace_id and w.deleted_at is null";

/// Served by `projects_trashed_idx`.
const LIST_TRASHED_PROJECTS: &str = "
    select p.workspace_id, p.id, o.id
      from projects p
      cross join workspaces w
      join members o on o.workspace_id = p.workspace_id
       and o.id = (select m.id from members m
                    where m.workspace_id = p.workspace_id and m.role = 'owner' and m.active
                    order by m.joined_at, m.id limit 1)
     where p.trashed_at < $1 and w.workspace_id = p.workspace_id and w.deleted_at is null
       and not exists (select 1 from tasks t
                        where t.workspace_id = p.workspace_id and t.project_id = p.id)
     order by p.trashed_at, p.id
     limit $2";

/// What has ended, and is only kept so that people see that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Sessions,
    Tokens,
    Links,
    SignUps,
    Invitations,
    Attempts,
    Codes,
}

impl Ended {
    pub(super) const ALL: [Ended; 7] = [
        Ended::Sessions,
        Ended::Tokens,
        Ended::Links,
        Ended::SignUps,
        Ended::Invitations,
        Ended::Attempts,
        Ended::Codes,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Ended::Sessions => "Sessions that have ended",
            Ended::Tokens => "Access tokens that have ended",
            Ended::Links => "Mailed links that have ended",
            Ended::SignUps => "Accounts that were never finished",
            Ended::Invitations => "Invitations that have ended",
            Ended::Attempts => "Counted attempts to sign in",
            Ended::Codes => "Codes for programs that have ended",
        }
    }
}

/// How many are older.
pub(super) async fn count(conn: Conn<'_>, what: Ended, before: Time) -> anyhow::Result<u64> {
    let sql = match what {
        Ended::Sessions => COUNT_SESSIONS,
        Ended::Tokens => COUNT_TOKENS,
        Ended::Links => COUNT_LINKS,
        Ended::SignUps => COUNT_SIGN_UPS,
        Ended::Invitations => COUNT_INVITATIONS,
        Ended::Attempts => COUNT_ATTEMPTS,
        Ended::Codes => COUNT_CODES,
    };
    let count: i64 = on_engine!(conn, |c| query_scalar(sql)
        .bind(before.0)
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting what has ended")
}

/// Deletes those that are older; answers how many.
pub(super) async fn delete(conn: Conn<'_>, what: Ended, before: Time) -> sqlx::Result<u64> {
    let sql = match what {
        Ended::Sessions => DELETE_SESSIONS,
        Ended::Tokens => DELETE_TOKENS,
        Ended::Links => DELETE_LINKS,
        Ended::SignUps => DELETE_SIGN_UPS,
        Ended::Invitations => DELETE_INVITATIONS,
        Ended::Attempts => DELETE_ATTEMPTS,
        Ended::Codes => DELETE_CODES,
    };
    Ok(on_engine!(conn, |c| query(sql)
        .bind(before.0)
        .execute(c)
        .await?
        .rows_affected()))
}

/// How many tasks were completed before, and are to be archived.
pub(super) async fn count_done(conn: Conn<'_>, before: Time) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT_DONE)
        .bind(before.0)
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting tasks")
}

/// Some of these tasks, with an owner of their workspace.
pub(super) async fn list_done(
    conn: Conn<'_>,
    before: Time,
    limit: i64,
) -> sqlx::Result<Vec<(WorkspaceId, TaskId, UserId)>> {
    let rows: Vec<(Uuid, Uuid, Uuid)> = on_engine!(conn, |c| query_as(LIST_DONE)
        .bind(before.0)
        .bind(limit)
        .fetch_all(c)
        .await?);
    let row = |(ws, task, owner): (Uuid, Uuid, Uuid)| (ws.into(), task.into(), owner.into());
    Ok(rows.into_iter().map(row).collect())
}

/// How many tasks and projects have been in the trash since before.
pub(super) async fn count_trashed(mut conn: Conn<'_>, before: Time) -> anyhow::Result<(u64, u64)> {
    let mut counts = [0; 3];
    let queries = [
        COUNT_TRASHED_TASKS,
        COUNT_TASKS_OF_TRASHED,
        COUNT_TRASHED_PROJECTS,
    ];
    for (count, sql) in counts.iter_mut().zip(queries) {
        let found: i64 = on_engine!(&mut conn, |c| query_scalar(sql)
            .bind(before.0)
            .fetch_one(&mut **c)
            .await?);
        *count = u64::try_from(found).context("counting the trash")?;
    }
    let [tasks, with_project, projects] = counts;
    Ok((tasks + with_project, projects))
}

/// Some of these tasks, and of the projects of which none is left, with an owner of their workspace.
pub(super) async fn list_trashed(
    mut conn: Conn<'_>,
    before: Time,
    limit: i64,
) -> sqlx::Result<Vec<(WorkspaceId, Doomed, UserId)>> {
    type Reading = (&'static str, fn(Uuid) -> Doomed);
    let task = |id: Uuid| Doomed::Task(id.into());
    let project = |id: Uuid| Doomed::Project(id.into());
    let queries: [Reading; 3] = [
        (LIST_TRASHED_TASKS, task),
        (LIST_TASKS_OF_TRASHED, task),
        (LIST_TRASHED_PROJECTS, project),
    ];
    let mut all = Vec::new();
    for (sql, what) in queries {
        let found: Vec<(Uuid, Uuid, Uuid)> = on_engine!(&mut conn, |c| query_as(sql)
            .bind(before.0)
            .bind(limit)
            .fetch_all(&mut **c)
            .await?);
        let row = |(ws, id, owner): (Uuid, Uuid, Uuid)| (ws.into(), what(id), owner.into());
        all.extend(found.into_iter().map(row));
    }
    Ok(all)
}
