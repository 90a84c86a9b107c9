//! From a table's name to its store: the one place that knows where each synced row is kept.

use crate::db::{Conn, WriteTx};
use crate::sync::columns::Stored as Typed;
use crate::sync::store::signed;
use crate::{
    attachments, checklist_items, comments, imports, labels, members, projects, statuses, tasks,
    teams, workspaces,
};
use shared::ids::WorkspaceId;
use shared::sync::{AnyRow, Key, Row, Stored, Table};
use std::sync::Arc;

fn envelope<R: Row>(found: Typed<R>) -> Stored {
    Stored {
        v: found.v,
        row: Arc::new(found.row).into_any(),
    }
}

/// Puts rows of one type into their envelopes.
pub fn envelopes<R: Row>(rows: Vec<Typed<R>>) -> impl Iterator<Item = Stored> {
    rows.into_iter().map(envelope)
}

/// The row with that key.
pub async fn find(conn: Conn<'_>, ws: WorkspaceId, key: Key) -> anyhow::Result<Option<Stored>> {
    let id = key.id;
    Ok(match key.table {
        Table::Workspaces => workspaces::store::find(conn, ws, id).await?.map(envelope),
        Table::Members => members::store::find(conn, ws, id).await?.map(envelope),
        Table::Projects => projects::store::find(conn, ws, id).await?.map(envelope),
        Table::Statuses => statuses::store::find(conn, ws, id).await?.map(envelope),
        Table::Labels => labels::store::find(conn, ws, id).await?.map(envelope),
        Table::Tasks => tasks::store::find(conn, ws, id).await?.map(envelope),
        Table::Descriptions => tasks::store::description_find(conn, ws, id)
            .await?
            .map(envelope),
        Table::ChecklistItems => checklist_items::store::find(conn, ws, id)
            .await?
            .map(envelope),
        Table::Comments => comments::store::find(conn, ws, id).await?.map(envelope),
        Table::Attachments => attachments::store::find(conn, ws, id).await?.map(envelope),
        Table::Imports => imports::store::find(conn, ws, id).await?.map(envelope),
        Table::Teams => teams::store::find(conn, ws, id).await?.map(envelope),
    })
}

/// Writes or deletes rows of one table, as many as one run holds, each as of a change.
pub async fn write(
    tx: &mut WriteTx,
    ws: WorkspaceId,
    run: &[(&Key, &(u64, Option<AnyRow>))],
) -> sqlx::Result<()> {
    // Tasks are most of what is written: all at once, so that the database is not asked for each.
    let task = |(_, (v, row)): &(&Key, &(u64, Option<AnyRow>))| match row {
        Some(AnyRow::Tasks(task)) => Some((signed(*v), Arc::clone(task))),
        _ => None,
    };
    if let Some(tasks) = run.iter().map(task).collect::<Option<Vec<_>>>() {
        return tasks::store::upsert(tx.conn(), ws, &tasks).await;
    }
    for (key, (v, row)) in run {
        match row {
            Some(row) => save(tx.conn(), ws, signed(*v), row).await?,
            None => delete(tx.conn(), ws, **key).await?,
        }
    }
    Ok(())
}

async fn save(conn: Conn<'_>, ws: WorkspaceId, v: i64, row: &AnyRow) -> sqlx::Result<()> {
    match row {
        AnyRow::Workspaces(row) => workspaces::store::upsert(conn, ws, v, row).await,
        AnyRow::Members(row) => members::store::upsert(conn, ws, v, row).await,
        AnyRow::Projects(row) => projects::store::upsert(conn, ws, v, row).await,
        AnyRow::Statuses(row) => statuses::store::upsert(conn, ws, v, row).await,
        AnyRow::Labels(row) => labels::store::upsert(conn, ws, v, row).await,
        AnyRow::Tasks(row) => tasks::store::upsert(conn, ws, &[(v, Arc::clone(row))]).await,
        AnyRow::Descriptions(row) => tasks::store::description_upsert(conn, ws, v, row).await,
        AnyRow::ChecklistItems(row) => checklist_items::store::upsert(conn, ws, v, row).await,
        AnyRow::Comments(row) => comments::store::upsert(conn, ws, v, row).await,
        AnyRow::Attachments(row) => attachments::store::upsert(conn, ws, v, row).await,
        AnyRow::Imports(row) => imports::store::upsert(conn, ws, v, row).await,
        AnyRow::Teams(row) => teams::store::upsert(conn, ws, v, row).await,
    }
}

async fn delete(conn: Conn<'_>, ws: WorkspaceId, key: Key) -> sqlx::Result<()> {
    let id = key.id;
    match key.table {
        Table::Workspaces => workspaces::store::delete(conn, ws, id).await,
        Table::Members => members::store::delete(conn, ws, id).await,
        Table::Projects => projects::store::delete(conn, ws, id).await,
        Table::Statuses => statuses::store::delete(conn, ws, id).await,
        Table::Labels => labels::store::delete(conn, ws, id).await,
        Table::Tasks => tasks::store::delete(conn, ws, id).await,
        Table::Descriptions => tasks::store::description_delete(conn, ws, id).await,
        Table::ChecklistItems => checklist_items::store::delete(conn, ws, id).await,
        Table::Comments => comments::store::delete(conn, ws, id).await,
        Table::Attachments => attachments::store::delete(conn, ws, id).await,
        Table::Imports => imports::store::delete(conn, ws, id).await,
        Table::Teams => teams::store::delete(conn, ws, id).await,
    }
}
