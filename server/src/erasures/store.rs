//! The SQL of erasing a person, across the tables of those that keep something of them.

use crate::accounts::identity::SecretHash;
use crate::db::Conn;
use crate::on_engine;
use anyhow::Context as _;
use shared::ids::{UserId, WorkspaceId};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// With an owner who is somebody else, who it is done for there.
const LIST_MEMBERSHIPS: &str = "
    select m.workspace_id,
           (select o.id from members o
             where o.workspace_id = m.workspace_id and o.role = 'owner' and o.active
               and o.id <> m.id
             order by o.joined_at, o.id limit 1) as owner_id,
           coalesce((select w.name from workspaces w
                      where w.workspace_id = m.workspace_id and w.id = m.workspace_id), '') as name,
           (select w.deleted_at from workspaces w
             where w.workspace_id = m.workspace_id and w.id = m.workspace_id) as deleted_at
      from members m
     where m.id = $1
     order by m.workspace_id";

const COUNT_SESSIONS: &str = "select count(*) from sessions where user_id = $1";

const COUNT_TOKENS: &str = "select count(*) from api_tokens where user_id = $1";

const COUNT_COMMENTS: &str = "select count(*) from comments where author_id = $1";

const COUNT_TASKS: &str = "select count(*) from tasks where created_by = $1";

const DELETE_INVITATIONS: &str = "delete from invitations where email = $1";

const DELETE_ATTEMPTS: &str = "delete from sign_in_attempts where address_hash = $1";

/// What belongs to the account goes with it, by its foreign keys.
const DELETE_USER: &str = "delete from users where id = $1";

#[derive(sqlx::FromRow)]
struct MembershipRecord {
    workspace_id: Uuid,
    owner_id: Option<Uuid>,
    name: String,
    deleted_at: Option<i64>,
}

/// A workspace that somebody is in.
pub(super) struct Membership {
    pub(super) workspace: WorkspaceId,
    /// An owner who is somebody else.
    pub(super) owner: Option<UserId>,
    pub(super) name: String,
    /// Whether it is deleted, and will go for good.
    pub(super) deleted: bool,
}

/// The workspaces that somebody is or was in, deleted ones too.
pub(super) async fn list_memberships(
    conn: Conn<'_>,
    user: UserId,
) -> sqlx::Result<Vec<Membership>> {
    let rows: Vec<MembershipRecord> = on_engine!(conn, |c| query_as(LIST_MEMBERSHIPS)
        .bind(user.uuid())
        .fetch_all(c)
        .await?);
    let row = |r: MembershipRecord| Membership {
        workspace: r.workspace_id.into(),
        owner: r.owner_id.map(UserId::from),
        name: r.name,
        deleted: r.deleted_at.is_some(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// What is counted before somebody is erased.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Sessions,
    Tokens,
    Comments,
    Tasks,
}

/// How many there are of somebody.
pub(super) async fn count(conn: Conn<'_>, user: UserId, what: Count) -> anyhow::Result<u64> {
    let sql = match what {
        Count::Sessions => COUNT_SESSIONS,
        Count::Tokens => COUNT_TOKENS,
        Count::Comments => COUNT_COMMENTS,
        Count::Tasks => COUNT_TASKS,
    };
    let count: i64 = on_engine!(conn, |c| query_scalar(sql)
        .bind(user.uuid())
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting what is somebody's")
}

/// Deletes invitations that were sent to an address.
pub(super) async fn delete_invitations(conn: Conn<'_>, email: &str) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_INVITATIONS).bind(email).execute(c).await?;
    });
    Ok(())
}

/// Forgets attempts to sign in with an address.
pub(super) async fn delete_attempts(conn: Conn<'_>, address: &SecretHash) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_ATTEMPTS)
            .bind(address.as_slice())
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes an account with what belongs to it.
pub(super) async fn delete_user(conn: Conn<'_>, user: UserId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_USER).bind(user.uuid()).execute(c).await?;
    });
    Ok(())
}
