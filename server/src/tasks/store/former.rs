//! The numbers that tasks had in the projects that they left: an old address leads to where the task is.
//!
//! Not synced: who sees the old project alone is not told where its tasks went, and who sees the new one not whence they
//! came. Whoever asks for an old address may see the task, or finds nothing.

use crate::db::Conn;
use crate::on_engine;
use shared::ids::{ProjectId, TaskId, WorkspaceId};
use shared::sync::{AnyRow, Row as _};
use shared::tasks::Task;
use sqlx::{query, query_scalar};
use uuid::Uuid;

/// A number that a task had in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    /// The project.
    pub project: ProjectId,
    /// The number.
    pub number: u32,
    /// The task.
    pub task: TaskId,
}

/// The number that a task gives up, if this takes it to another project.
pub fn given_up(before: Option<&AnyRow>, after: Option<&AnyRow>) -> Option<Former> {
    let (before, after) = (Task::from_any(before?)?, Task::from_any(after?)?);
    (before.project != after.project).then_some(Former {
        project: before.project,
        number: before.number,
        task: before.id,
    })
}

const INSERT: &str = "
    insert into former_numbers (workspace_id, project_id, number, task_id)
    values ($1, $2, $3, $4)
    on conflict (workspace_id, project_id, number) do update set task_id = excluded.task_id";

/// Notes it.
pub async fn insert(conn: Conn<'_>, ws: WorkspaceId, former: &Former) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(ws.uuid())
            .bind(former.project.uuid())
            .bind(i64::from(former.number))
            .bind(former.task.uuid())
            .execute(c)
            .await?;
    });
    Ok(())
}

const FIND: &str = "
    select task_id from former_numbers
     where workspace_id = $1 and project_id = $2 and number = $3";

/// The task that had that number in a project before it left.
pub async fn find(
    conn: Conn<'_>,
    ws: WorkspaceId,
    project: ProjectId,
    number: u32,
) -> sqlx::Result<Option<TaskId>> {
    let found: Option<Uuid> = on_engine!(conn, |c| {
        query_scalar(FIND)
            .bind(ws.uuid())
            .bind(project.uuid())
            .bind(i64::from(number))
            .fetch_optional(c)
            .await?
    });
    Ok(found.map(TaskId::from))
}
