//! The second fence behind the permission check: PostgreSQL shows and takes no row of another workspace than the one that a
//! transaction says it is about.
//!
//! Every table with a `workspace_id`, and the audit log, which has chains, have row-level security, forced for its owner too,
//! by what [`FENCE`] does after the migrations. Every connection that the server works with comes from [`Db`](super::Db),
//! which begins a transaction and says in the same message how far it [reaches](Reach): so there is nothing to forget, and a
//! pooler that hands sessions around changes nothing. Users who could bypass all this, such as a superuser, work under a
//! role that cannot.
//!
//! **Invariant:** what crosses workspaces is a [`Reach`] with a name, and sees the tables of that name alone.
//!
//! SQLite knows nothing of the kind: there, the permission check stands alone.

use super::Postgres;
use anyhow::{Context as _, bail};
use shared::ids::{UserId, WorkspaceId};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, query_scalar, raw_sql};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far a connection reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Accounts, sessions and whatever else belongs to no workspace.
    Server,
    /// One workspace.
    Workspace(WorkspaceId),
    /// Somebody's own workspaces, for reading: where a thing is of which they bring the id.
    Person(UserId),
    /// What the server does for all workspaces.
    Errand(Errand),
}

/// What the server does for all workspaces. Each may read what the policies of its name say, and nothing else: see the
/// migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// How far each workspace has come: `workspace_heads`.
    Heads,
    /// Whose log is old or long: `workspace_heads`, `tx_log`.
    Retention,
    /// Which workspace is at an address: `workspaces`.
    Address,
    /// Where an invitation leads: `invitations`.
    Invitation,
    /// Which program asks to be let in: `oauth_clients`.
    Program,
    /// What goes by the retention policy, with a deleted workspace, or with an erased person: `workspaces`, `members`,
    /// `projects`, `tasks`, `comments`, and to delete from, `invitations` and `exports`; the audit log of all workspaces.
    Upkeep,
}

impl Errand {
    /// What the policies call it.
    const fn name(self) -> &'static str {
        match self {
            Errand::Heads => "heads",
            Errand::Retention => "retention",
            Errand::Address => "address",
            Errand::Invitation => "invitation",
            Errand::Program => "program",
            Errand::Upkeep => "upkeep",
        }
    }
}

/// Whether connections give up rights that the connecting user has.
#[derive(Clone, Default)]
pub(super) struct Fence(Arc<AtomicBool>);

impl Fence {
    /// The statements that a transaction begins with.
    pub(super) fn begin(&self, begin: &str, reach: Reach) -> AssertSqlSafe<String> {
        let mut text = begin.to_owned();
        if self.0.load(Ordering::Relaxed) {
            text.push_str("; set local role teamflow_app");
        }
        let (setting, value) = match reach {
            Reach::Server => return AssertSqlSafe(text),
            Reach::Workspace(id) => ("workspace", id.to_string()),
            Reach::Person(id) => ("person", id.to_string()),
            Reach::Errand(errand) => ("errand", errand.name().to_owned()),
        };
        // Made of constants and ids alone.
        AssertSqlSafe(format!("{text}; set local teamflow.{setting} = '{value}'"))
    }
}

static FENCE: &str = include_str!("fence.sql");

const BYPASSES: &str = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user";

const PROBE: &str = "begin; set local role teamflow_app; rollback";

/// Fences what is not fenced, and makes the role for it.
pub(super) async fn raise(postgres: &Postgres) -> anyhow::Result<()> {
    let mut connection = postgres.pool.acquire().await?;
    raw_sql(FENCE)
        .execute(&mut *connection)
        .await
        .context("fencing the workspaces: `teamflow migrate` has to run as the tables' owner")?;
    if !look(&mut connection, &postgres.fence).await? {
        bail!(
            "the user of TEAMFLOW_DATABASE_URL bypasses row-level security and may not use the role teamflow_app, which \
             does not: connect as another user, or run `create role teamflow_app nologin` and grant it to this one"
        );
    }
    Ok(())
}

/// Finds out whether there is a role to work under; answers whether the fence holds.
pub(super) async fn look(connection: &mut PgConnection, fence: &Fence) -> anyhow::Result<bool> {
    let has_role = raw_sql(PROBE).execute(&mut *connection).await.is_ok();
    if !has_role {
        // What failed has left a transaction open, where it came that far.
        raw_sql("rollback").execute(&mut *connection).await?;
    }
    fence.0.store(has_role, Ordering::Relaxed);
    if has_role {
        return Ok(true);
    }
    let bypasses: bool = query_scalar(BYPASSES).fetch_one(&mut *connection).await?;
    connection.ping().await?;
    Ok(!bypasses)
}

const ENTER: &str = "
    select set_config('teamflow.workspace', $1, true), set_config('teamflow.errand', '', true)";

/// Goes on in a workspace, with the transaction that found it.
pub(super) async fn enter(connection: &mut PgConnection, id: WorkspaceId) -> sqlx::Result<()> {
    sqlx::query(ENTER)
        .bind(id.to_string())
        .execute(connection)
        .await
        .map(drop)
}
