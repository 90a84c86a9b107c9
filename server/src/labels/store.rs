//! All SQL of labels.

use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, text, version, word};
use shared::ids::{ProjectId, WorkspaceId};
use shared::labels::Label;
use shared::values::Color;
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, project_id, name, color
      from labels
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into labels (
        workspace_id, id, v, project_id, name, color)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (workspace_id, id) do update
    set v = excluded.v, project_id = excluded.project_id, name = excluded.name,
        color = excluded.color";

const DELETE: &str = "delete from labels where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    project_id: Uuid,
    name: String,
    color: String,
}

fn row(r: Record) -> anyhow::Result<Stored<Label>> {
    let row = Label {
        id: r.id.into(),
        project: r.project_id.into(),
        name: text(r.name)?,
        color: word(&r.color, Color::parse)?,
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
) -> anyhow::Result<Option<Stored<Label>>> {
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
    row: &Label,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.project.uuid())
            .bind(row.name.as_str())
            .bind(row.color.as_str())
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
    select id, v, project_id, name, color
      from labels
     where workspace_id = $1
     order by id";

/// Every label of the workspace.
pub async fn list(conn: Conn<'_>, workspace: WorkspaceId) -> anyhow::Result<Vec<Stored<Label>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST).bind(workspace.uuid()).fetch_all(c).await?
    });
    rows.into_iter().map(row).collect()
}

const LIST_FOR_PROJECT: &str = "
    select id, v, project_id, name, color
      from labels
     where workspace_id = $1 and project_id = $2
     order by id";

/// The labels of a project.
pub async fn list_for_project(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
) -> anyhow::Result<Vec<Stored<Label>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_FOR_PROJECT)
            .bind(workspace.uuid())
            .bind(project.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}
