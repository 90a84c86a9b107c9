//! The trash, as far as the policy empties it: first the tasks, then the projects that they were in, each with the placeholders
//! of its undone imports.
//!
//! Each thing goes by one step of the one write path, or by several if it is large, so that every replica forgets it. Then the
//! log forgets what it holds from before that time, the texts of what went among it.

use super::store;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::db::Errand;
use crate::{imports, members, projects, tasks};
use shared::audit_entries::Act;
use shared::ids::{ProjectId, UserId, WorkspaceId};
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
            if let Doomed::Project(project) = what {
                let_placeholders_go(app, (workspace, owner), project, before).await?;
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
                            Doomed::Placeholder(_) => {}
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

/// Lets the people go whom a project's undone imports brought, as far as nothing names them any more. It is done before the
/// project goes: with it goes what tells who they were.
async fn let_placeholders_go(
    app: &App,
    (workspace, owner): (WorkspaceId, UserId),
    project: ProjectId,
    before: Time,
) -> anyhow::Result<()> {
    let mut read = app.db.read_in(workspace).await?;
    let imports = imports::store::list(read.conn(), workspace).await?;
    drop(read);
    let imports = imports.into_iter().map(|stored| stored.row);
    let undone = imports.filter(|it| it.project == project && it.undone_at.is_some());
    for id in undone.flat_map(|it| it.placeholders) {
        let what = Doomed::Placeholder(id);
        let purged = app
            .sync
            .purge(workspace, owner, Purge { what, before })
            .await;
        if let Err(error) = purged {
            let why = error.into_rejected().message;
            tracing::warn!(%workspace, why, "somebody of an undone import did not go");
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
    let conn = read.conn();
    Ok(match what {
        Doomed::Task(id) => tasks::store::find(conn, workspace, id.uuid())
            .await?
            .is_none(),
        Doomed::Project(id) => projects::store::find(conn, workspace, id.uuid())
            .await?
            .is_none(),
        Doomed::Placeholder(id) => members::store::find(conn, workspace, id.uuid())
            .await?
            .is_none(),
    })
}
