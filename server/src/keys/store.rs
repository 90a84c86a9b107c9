//! All SQL of what a workspace takes of keys, and of the keys that reach it.

use super::Found;
use crate::db::Conn;
use crate::on_engine;
use crate::tokens::store::{projects, scopes};
use ::app::settings::KeyPolicy;
use anyhow::Context as _;
use shared::ids::WorkspaceId;
use shared::limits::Key;
use shared::values::Time;
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND_POLICY: &str = "
    select takes_personal, days_max from key_policies where workspace_id = $1";

const UPSERT_POLICY: &str = "
    insert into key_policies (workspace_id, takes_personal, days_max)
    values ($1, $2, $3)
    on conflict (workspace_id) do update
    set takes_personal = excluded.takes_personal, days_max = excluded.days_max";

/// There need be no policy. Served by `shut_out_keys_pkey`.
const FIND_STANDING: &str = "
    select p.takes_personal, p.days_max,
           (select count(*)
              from shut_out_keys s
             where s.workspace_id = $1 and s.sign_in_id = $2)
      from (select 1 as one) always
      left join key_policies p on p.workspace_id = $1";

const DELETE_SHUT_OUT: &str = "
    delete from shut_out_keys where workspace_id = $1 and sign_in_id = $2";

const INSERT_SHUT_OUT: &str = "
    insert into shut_out_keys (workspace_id, sign_in_id, at)
    values ($1, $2, $3)
    on conflict (workspace_id, sign_in_id) do nothing";

/// What has ended by itself need not be kept out. Served by `shut_out_keys_pkey`.
const DELETE_GONE: &str = "
    delete from shut_out_keys
     where workspace_id = $1
       and not exists (select 1 from api_tokens t where t.id = sign_in_id)
       and not exists (select 1 from sessions s where s.id = sign_in_id)";

/// Served by `members_pkey` and `api_tokens_user_idx`.
const LIST_TOKENS: &str = "
    select t.id, t.user_id, m.name as owner, m.bot, t.name, t.prefix, t.scopes, t.only_in,
           t.projects, t.created_at, t.expires_at, t.last_used_at,
           (select count(*)
              from shut_out_keys s
             where s.workspace_id = $1 and s.sign_in_id = t.id) as shut_out
      from members m
      join api_tokens t on t.user_id = m.id
     where m.workspace_id = $1
       and m.active
       and (t.only_in is null or t.only_in = $1)
       and (t.expires_at is null or t.expires_at > $2)
       and t.id <= $3
     order by t.id desc
     limit $4";

/// Served by `members_pkey` and `sessions_user_idx`.
const LIST_GRANTS: &str = "
    select g.id, g.user_id, m.name as owner, m.bot, g.client_id as name, '' as prefix, g.scopes,
           g.only_in, cast(null as text) as projects, g.created_at, g.expires_at,
           g.last_seen_at as last_used_at,
           (select count(*)
              from shut_out_keys s
             where s.workspace_id = $1 and s.sign_in_id = g.id) as shut_out
      from members m
      join sessions g on g.user_id = m.id
     where m.workspace_id = $1
       and m.active
       and g.kind = 'grant'
       and (g.only_in is null or g.only_in = $1)
       and g.expires_at > $2
       and g.id <= $3
     order by g.id desc
     limit $4";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    user_id: Uuid,
    owner: String,
    bot: bool,
    name: Option<String>,
    prefix: String,
    scopes: Option<String>,
    only_in: Option<Uuid>,
    projects: Option<String>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    shut_out: i64,
}

fn found(r: Record, key: Key) -> anyhow::Result<Found> {
    Ok(Found {
        key,
        user: r.user_id.into(),
        owner: r.owner,
        is_bot: r.bot,
        name: r.name.unwrap_or_default(),
        prefix: r.prefix,
        scopes: scopes(&r.scopes.context("a grant without scopes")?)?,
        is_only_here: r.only_in.is_some(),
        projects: projects(r.projects)?,
        created_at: Time(r.created_at),
        expires_at: r.expires_at.map(Time),
        last_used_at: r.last_used_at.map(Time),
        is_shut_out: r.shut_out > 0,
    })
}

/// Which keys a workspace takes; all of them where nobody said.
pub(super) async fn find_policy(
    conn: Conn<'_>,
    workspace: WorkspaceId,
) -> anyhow::Result<KeyPolicy> {
    let found: Option<(bool, Option<i64>)> = on_engine!(conn, |c| {
        query_as(FIND_POLICY)
            .bind(workspace.uuid())
            .fetch_optional(c)
            .await?
    });
    match found {
        Some((takes_personal, days_max)) => policy(takes_personal, days_max),
        None => Ok(KeyPolicy::default()),
    }
}

fn policy(takes_personal: bool, days_max: Option<i64>) -> anyhow::Result<KeyPolicy> {
    let days_max = days_max.map(u32::try_from).transpose();
    Ok(KeyPolicy {
        takes_personal,
        days_max: days_max.context("a stored number of days")?,
    })
}

/// Which keys a workspace takes, and whether this one is shut out.
pub(super) async fn find_standing(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    key: Key,
) -> anyhow::Result<(KeyPolicy, bool)> {
    let (takes_personal, days_max, count): (Option<bool>, Option<i64>, i64) =
        on_engine!(conn, |c| query_as(FIND_STANDING)
            .bind(workspace.uuid())
            .bind(key.id())
            .fetch_one(c)
            .await?);
    let policy = match takes_personal {
        Some(takes_personal) => policy(takes_personal, days_max)?,
        None => KeyPolicy::default(),
    };
    Ok((policy, count > 0))
}

/// Says which keys a workspace takes.
pub(super) async fn upsert_policy(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    policy: &KeyPolicy,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT_POLICY)
            .bind(workspace.uuid())
            .bind(policy.takes_personal)
            .bind(policy.days_max.map(i64::from))
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Shuts a key out of a workspace.
pub(super) async fn insert_shut_out(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    key: Key,
    now: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_SHUT_OUT)
            .bind(workspace.uuid())
            .bind(key.id())
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Lets a key into a workspace again; answers whether it was shut out.
pub(super) async fn delete_shut_out(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    key: Key,
) -> sqlx::Result<bool> {
    let rows = on_engine!(conn, |c| {
        query(DELETE_SHUT_OUT)
            .bind(workspace.uuid())
            .bind(key.id())
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(rows > 0)
}

/// Forgets of a workspace's keys that are shut out those that are gone.
pub(super) async fn delete_gone(conn: Conn<'_>, workspace: WorkspaceId) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_GONE).bind(workspace.uuid()).execute(c).await?;
    });
    Ok(())
}

/// Some of the access tokens that reach a workspace or are shut out of it, the newest first, beginning at an id.
pub(super) async fn list_tokens(
    conn: Conn<'_>,
    (workspace, now): (WorkspaceId, Time),
    (from, limit): (Uuid, i64),
) -> anyhow::Result<Vec<Found>> {
    let rows: Vec<Record> = on_engine!(conn, |c| query_as(LIST_TOKENS)
        .bind(workspace.uuid())
        .bind(now.0)
        .bind(from)
        .bind(limit)
        .fetch_all(c)
        .await?);
    let token = |r: Record| {
        let key = Key::Token(r.id.into());
        found(r, key)
    };
    rows.into_iter().map(token).collect()
}

/// Some of the grants that reach a workspace or are shut out of it, the newest first, beginning at an id.
pub(super) async fn list_grants(
    conn: Conn<'_>,
    (workspace, now): (WorkspaceId, Time),
    (from, limit): (Uuid, i64),
) -> anyhow::Result<Vec<Found>> {
    let rows: Vec<Record> = on_engine!(conn, |c| query_as(LIST_GRANTS)
        .bind(workspace.uuid())
        .bind(now.0)
        .bind(from)
        .bind(limit)
        .fetch_all(c)
        .await?);
    let grant = |r: Record| {
        let key = Key::Grant(r.id.into());
        found(r, key)
    };
    rows.into_iter().map(grant).collect()
}
