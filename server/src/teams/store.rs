//! All SQL of teams.

use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, text, version};
use shared::ids::{UserId, WorkspaceId};
use shared::teams::Team;
use shared::values::Time;
use sqlx::types::Json;
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, name, lead, members, created_at
      from teams
     where workspace_id = $1 and id = $2";

const LIST: &str = "
    select id, v, name, lead, members, created_at
      from teams
     where workspace_id = $1
     order by id";

const UPSERT: &str = "
    insert into teams (workspace_id, id, v, name, lead, members, created_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (workspace_id, id) do update
    set v = excluded.v, name = excluded.name, lead = excluded.lead,
        members = excluded.members, created_at = excluded.created_at";

const DELETE: &str = "delete from teams where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    name: String,
    lead: Option<Uuid>,
    members: Json<Vec<UserId>>,
    created_at: i64,
}

fn row(r: Record) -> anyhow::Result<Stored<Team>> {
    let row = Team {
        id: r.id.into(),
        name: text(r.name)?,
        lead: r.lead.map(UserId::from),
        members: r.members.0,
        created_at: Time(r.created_at),
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
) -> anyhow::Result<Option<Stored<Team>>> {
    let found: Option<Record> = on_engine!(conn, |c| {
        query_as(FIND)
            .bind(workspace.uuid())
            .bind(id)
            .fetch_optional(c)
            .await?
    });
    found.map(row).transpose()
}

/// Every one of the workspace.
pub async fn list(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<Vec<Stored<Team>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST).bind(workspace.uuid()).fetch_all(c).await?
    });
    rows.into_iter().map(row).collect()
}

/// Writes the row as of change `v`.
pub async fn upsert(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    v: i64,
    row: &Team,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.name.as_str())
            .bind(row.lead.map(UserId::uuid))
            .bind(Json(&row.members))
            .bind(row.created_at.0)
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
