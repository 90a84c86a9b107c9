//! The end of workspaces: what was deleted long enough ago goes for good, with everything in it and its audit log. What is
//! kept is a line in the server's own.

pub mod store;

use crate::app::App;
use crate::audit_entries;
use crate::bots;
use crate::clock::millis;
use crate::db::Errand;
use crate::exports;
use crate::grants::clients;
use shared::ids::WorkspaceId;
use shared::values::Time;
use shared::workspaces::GRACE_MS;
use std::time::Duration;

/// How often it is looked for workspaces whose time is over.
const EVERY: Duration = Duration::from_hours(1);
/// So much later than nobody can restore it any more: the clocks of two nodes may differ.
const SLACK: Duration = Duration::from_hours(1);

/// Purges by itself, until the server stops.
pub fn run(app: &App) {
    app.every(EVERY, "purging deleted workspaces", |app| {
        Box::pin(async move { purge(&app).await.map(drop) })
    });
}

/// Deletes the workspaces whose time is over; answers how many.
pub async fn purge(app: &App) -> anyhow::Result<usize> {
    let before = Time(app.clock.now().0 - GRACE_MS - millis(SLACK));
    let mut read = app.db.read_for(Errand::Upkeep).await?;
    let due = store::list_deleted_before(read.conn(), before).await?;
    drop(read);
    for workspace in &due {
        if !purge_one(app, *workspace).await? {
            break;
        }
        app.sync.forget(*workspace).await;
        tracing::info!(workspace.id = %workspace, "a deleted workspace is gone for good");
    }
    audit_entries::purge(app).await?;
    exports::sweep(app).await?;
    Ok(due.len())
}

/// Deletes everything of a workspace, run by run; answers whether it came to the end.
async fn purge_one(app: &App, workspace: WorkspaceId) -> anyhow::Result<bool> {
    exports::delete_all(app, workspace).await?;
    bots::delete_all(app, workspace).await?;
    clients::end_all(app, workspace).await?;
    loop {
        let mut tx = app.db.write_in(workspace).await?;
        let gone = store::delete_results(tx.conn(), workspace).await?;
        tx.commit().await?;
        if gone == 0 {
            break;
        }
    }
    for owned in store::OWNED {
        loop {
            if app.shutdown.is_cancelled() {
                return Ok(false);
            }
            let mut tx = app.db.write_in(workspace).await?;
            let gone = store::delete_run(tx.conn(), *owned, workspace).await?;
            tx.commit().await?;
            if gone == 0 {
                break;
            }
        }
    }
    let mut tx = app.db.write_in(workspace).await?;
    for table in store::LAST {
        store::delete_rest(tx.conn(), table, workspace).await?;
    }
    tx.commit().await?;
    Ok(true)
}
