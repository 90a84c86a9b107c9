//! All SQL of members.

use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, optional, text, version, word};
use shared::access::Role;
use shared::ids::WorkspaceId;
use shared::members::Member;
use shared::values::{Color, Name, PictureHash, Time};
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, name, handle, color, avatar, role, active, placeholder, bot, joined_at
      from members
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into members (
        workspace_id, id, v, name, handle, color, avatar, role, active, placeholder, bot, joined_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    on conflict (workspace_id, id) do update
    set v = excluded.v, name = excluded.name, handle = excluded.handle,
        color = excluded.color, avatar = excluded.avatar, role = excluded.role,
        active = excluded.active, placeholder = excluded.placeholder, bot = excluded.bot,
        joined_at = excluded.joined_at";

const DELETE: &str = "delete from members where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    name: String,
    handle: Option<String>,
    color: String,
    avatar: Option<String>,
    role: String,
    active: bool,
    placeholder: bool,
    bot: bool,
    joined_at: i64,
}

fn row(r: Record) -> anyhow::Result<Stored<Member>> {
    let row = Member {
        id: r.id.into(),
        name: text(r.name)?,
        handle: optional(r.handle, text)?,
        color: word(&r.color, Color::parse)?,
        avatar: optional(r.avatar, text)?,
        role: word(&r.role, Role::parse)?,
        active: r.active,
        placeholder: r.placeholder,
        bot: r.bot,
        joined_at: Time(r.joined_at),
    };
    Ok(Stored {
        v: version(r.v)?,
        row,
    })
}

/// The row with that id.
pub async fn find(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    id: Uuid,
) -> anyhow::Result<Option<Stored<Member>>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND)
            .bind(workspace.uuid())
            .bind(id)
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// Writes the row as of change `v`.
pub async fn upsert(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    v: i64,
    row: &Member,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.name.as_str())
            .bind(row.handle.as_ref().map(Name::as_str))
            .bind(row.color.as_str())
            .bind(row.avatar.as_ref().map(PictureHash::as_str))
            .bind(row.role.as_str())
            .bind(row.active)
            .bind(row.placeholder)
            .bind(row.bot)
            .bind(row.joined_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes the row.
pub async fn delete(conn: Conn<'_>, workspace: WorkspaceId, id: Uuid) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE)
            .bind(workspace.uuid())
            .bind(id)
            .execute(c)
            .await?;
    });
    Ok(())
}

const LIST: &str = "
    select id, v, name, handle, color, avatar, role, active, placeholder, bot, joined_at
      from members
     where workspace_id = $1
     order by id";

/// Every member of the workspace.
pub async fn list(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<Vec<Stored<Member>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST).bind(workspace.uuid()).fetch_all(c).await?
    });
    rows.into_iter().map(row).collect()
}
