//! The trash, as far as the policy empties it: first the tasks, then the projects that they were in.
//!
//! Each thing goes by one step of the one write path, or by several if it is large, so that every replica forgets it. Then the
//! log forgets what it holds from before that time, the texts of what went among it.

use super::store;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::db::Errand;
use shared::audit_entries::Act;
use shared::ids::WorkspaceId;
use shared::purges::{Doomed, Purge};
use shared::values::Time;
use std::collections::BTreeMap;

/// How many things are looked at once.
const THINGS: i64 = 200;
/// How often that is done in one run: the rest waits for the next.
const ROUNDS: usize = 50;

/// What went of one workspace.
#[derive(Default)]
struct Gone {
    tasks: u64,
    projects: u64,
}

/// Lets everything go for good that was put into the trash before; answers how many things went.
pub(super) async fn empty(app: &App, before: Time) -> anyhow::Result<u64> {
    let mut gone = BTreeMap::new();
    let done = purge(app, before, &mut gone).await;
    // Whatever stopped it: what went is to be forgotten by the log.
    for (workspace, gone) in &gone {
        if let Err(error) = close(app, *workspace, before, gone).await {
            tracing::error!(%workspace, error = format!("{error:#}"), "closing an emptied trash failed");
        }
    }
    done?;
    Ok(gone.values().map(|gone| gone.tasks + gone.projects).sum())
}

async fn purge(
    app: &App,
    before: Time,
    gone: &mut BTreeMap<WorkspaceId, Gone>,
) -> anyhow::Result<()> {
    for _ in 0..ROUNDS {
        let mut read = app.db.read_for(Errand::Upkeep).await?;
        let found = store::list_trashed(read.conn(), before, THINGS).await?;
        drop(read);
        let mut is_getting_on = false;
        for (workspace, what, owner) in found {
            if app.shutdown.is_cancelled() {
                return Ok(());
            }
            let purge = Purge { what, before };
            match app.sync.purge(workspace, owner, purge).await {
                Ok(_) => {
                    is_getting_on = true;
                    let gone = gone.entry(workspace).or_default();
                    if is_gone(app, workspace, what).await? {
                        match what {
                            Doomed::Task(_) => gone.tasks += 1,
                            Doomed::Project(_) => gone.projects += 1,
                        }
                    }
                }
                Err(error) => {
                    // Somebody may have restored it just now; the others go all the same.
                    let why = error.into_rejected().message;
                    tracing::warn!(%workspace, why, "something in the trash did not go");
                }
            }
        }
        if !is_getting_on {
            break;
        }
    }
    Ok(())
}

/// Lets the log forget what went, and notes it.
async fn close(app: &App, workspace: WorkspaceId, before: Time, gone: &Gone) -> anyhow::Result<()> {
    app.sync.forget_log_before(workspace, before).await?;
    let detail = format!("{} tasks, {} projects", gone.tasks, gone.projects);
    let note = Note::in_workspace(workspace, Act::TrashEmptied).saying(detail);
    audit_entries::note_alone(app, note).await
}

/// Whether it went as a whole: what is large takes several steps.
async fn is_gone(app: &App, workspace: WorkspaceId, what: Doomed) -> anyhow::Result<bool> {
    let mut read = app.db.read_in(workspace).await?;
    Ok(match what {
        Doomed::Task(id) => {
            let found = crate::tasks::store::find(read.conn(), workspace, id.uuid()).await?;
            found.is_none()
        }
        Doomed::Project(id) => {
            let found = crate::projects::store::find(read.conn(), workspace, id.uuid()).await?;
            found.is_none()
        }
    })
}
