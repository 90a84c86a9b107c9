//! All SQL of comments.

use crate::access::Homes;
use crate::db::Conn;
use crate::on_engine;
use crate::sync::columns::{Stored, text, version};
use shared::comments::Comment;
use shared::ids::{CommentId, TaskId, UserId, WorkspaceId};
use shared::values::Time;
use sqlx::{query, query_as};
use uuid::Uuid;

const FIND: &str = "
    select id, v, task_id, project_id, author_id, text, created_at, edited_at
      from comments
     where workspace_id = $1 and id = $2";

const UPSERT: &str = "
    insert into comments (
        workspace_id, id, v, task_id, project_id, author_id, text, created_at, edited_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (workspace_id, id) do update
    set v = excluded.v, task_id = excluded.task_id, project_id = excluded.project_id,
        author_id = excluded.author_id, text = excluded.text,
        created_at = excluded.created_at, edited_at = excluded.edited_at";

const DELETE: &str = "delete from comments where workspace_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    v: i64,
    task_id: Uuid,
    project_id: Uuid,
    author_id: Uuid,
    text: String,
    created_at: i64,
    edited_at: Option<i64>,
}

fn row(r: Record) -> anyhow::Result<Stored<Comment>> {
    let row = Comment {
        id: r.id.into(),
        task: r.task_id.into(),
        project: r.project_id.into(),
        author: r.author_id.into(),
        text: text(r.text)?,
        created_at: Time(r.created_at),
        edited_at: r.edited_at.map(Time),
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
) -> anyhow::Result<Option<Stored<Comment>>> {
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
    row: &Comment,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(workspace.uuid())
            .bind(row.id.uuid())
            .bind(v)
            .bind(row.task.uuid())
            .bind(row.project.uuid())
            .bind(row.author.uuid())
            .bind(row.text.as_str())
            .bind(row.created_at.0)
            .bind(row.edited_at.map(|t| t.0))
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

const LIST_FOR_TASK: &str = "
    select id, v, task_id, project_id, author_id, text, created_at, edited_at
      from comments
     where workspace_id = $1 and task_id = $2
     order by created_at, id";

/// A task's comments, oldest first.
pub async fn list_for_task(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    task: TaskId,
) -> anyhow::Result<Vec<Stored<Comment>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_FOR_TASK)
            .bind(workspace.uuid())
            .bind(task.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

const LIST_BY: &str = "
    select id, v, task_id, project_id, author_id, text, created_at, edited_at
      from comments
     where workspace_id = $1 and author_id = $2
     order by id";

/// What somebody has said, in all projects.
pub async fn list_by(
    conn: Conn<'_>,
    workspace: WorkspaceId,
    author: UserId,
) -> anyhow::Result<Vec<Stored<Comment>>> {
    let rows: Vec<Record> = on_engine!(conn, |c| {
        query_as(LIST_BY)
            .bind(workspace.uuid())
            .bind(author.uuid())
            .fetch_all(c)
            .await?
    });
    rows.into_iter().map(row).collect()
}

/// Served by `members_id_idx` and `comments_pkey`.
const LIST_HOMES: &str = "
    select t.workspace_id, t.project_id
      from members m
      join comments t on t.workspace_id = m.workspace_id and t.id = $2
     where m.id = $1 and m.active
     order by t.workspace_id
     limit 8";

/// In which of somebody's workspaces, and in which project there, something has that id.
pub async fn list_homes(conn: Conn<'_>, user: UserId, id: CommentId) -> sqlx::Result<Homes> {
    on_engine!(conn, |c| {
        query_as(LIST_HOMES)
            .bind(user.uuid())
            .bind(id.uuid())
            .fetch_all(c)
            .await
    })
}
