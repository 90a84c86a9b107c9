//! What goes by itself when it is old: shown before it goes ([`preview`]), and done by a job ([`run_now`]).
//!
//! Tasks change by commands, on behalf of an owner, as whenever a synced row changes; what is in the trash for too long goes
//! for good on the same way. The log of changes is shortened by the sync engine.

mod store;
mod trash;

use self::store::Ended;
use crate::access::Actor;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::clock::millis;
use crate::db::{Errand, Reach};
use crate::exports;
use shared::audit_entries::Act;
use shared::ids::{UserId, WorkspaceId};
use shared::settings::Fact;
use shared::sync::Command;
use shared::tasks;
use shared::values::Time;
use std::collections::BTreeMap;
use std::time::Duration;

const RUN_EVERY: Duration = Duration::from_hours(1);
/// How many tasks are looked at once.
const TASKS: i64 = 200;
/// How often that is done in one run: the rest waits for the next.
const ROUNDS: usize = 50;

/// When what ended before goes; or nothing, where it stays.
struct Ages {
    audit: Option<Time>,
    done: Option<Time>,
    trash: Option<Time>,
    ended: Time,
}

fn ages(app: &App) -> Ages {
    let now = app.clock.now();
    let before = |age: Duration| Time(now.0.saturating_sub(millis(age)));
    let policy = app.settings.now().retention;
    Ages {
        audit: policy.audit.map(before),
        done: policy.done.map(before),
        trash: policy.trash.map(before),
        ended: before(policy.ended),
    }
}

/// What would go now.
pub async fn preview(app: &App) -> anyhow::Result<Vec<Fact>> {
    let ages = ages(app);
    let audit = match ages.audit {
        Some(before) => audit_entries::count_before(app, before).await?,
        None => 0,
    };
    let mut facts = vec![Fact::new("Lines of the audit log", audit.to_string())];
    let mut read = app.db.read_for(Errand::Upkeep).await?;
    let done = match ages.done {
        Some(before) => store::count_done(read.conn(), before).await?,
        None => 0,
    };
    facts.push(Fact::new(
        "Completed tasks, into the archive",
        done.to_string(),
    ));
    let (tasks, projects) = match ages.trash {
        Some(before) => store::count_trashed(read.conn(), before).await?,
        None => (0, 0),
    };
    facts.extend([
        Fact::new("Tasks in the trash, for good", tasks.to_string()),
        Fact::new("Projects in the trash, for good", projects.to_string()),
    ]);
    for what in Ended::ALL {
        let count = store::count(read.conn(), what, ages.ended).await?;
        facts.push(Fact::new(what.name(), count.to_string()));
    }
    drop(read);
    let files = exports::count_over(app).await?;
    facts.push(Fact::new("Exports that have ended", files.to_string()));
    Ok(facts)
}

/// Does what the policy says; answers how many things went.
pub async fn run_now(app: &App) -> anyhow::Result<u64> {
    let ages = ages(app);
    let mut gone = 0;
    if let Some(before) = ages.audit {
        gone += audit_entries::cut(app, before).await?;
    }
    for what in Ended::ALL {
        let mut tx = app.db.write_at(Reach::Errand(Errand::Upkeep)).await?;
        gone += store::delete(tx.conn(), what, ages.ended).await?;
        tx.commit().await?;
    }
    if let Some(before) = ages.done {
        gone += archive(app, before).await?;
    }
    if let Some(before) = ages.trash {
        gone += trash::empty(app, before).await?;
    }
    gone += exports::tidy(app).await?;
    if gone > 0 {
        let note = Note::of_server(Act::RetentionRun).saying(format!("{gone} things"));
        audit_entries::note_alone(app, note).await?;
    }
    Ok(gone)
}

/// Puts tasks into the archive that were completed long ago.
async fn archive(app: &App, before: Time) -> anyhow::Result<u64> {
    let mut archived = 0;
    for _ in 0..ROUNDS {
        let mut read = app.db.read_for(Errand::Upkeep).await?;
        let found = store::list_done(read.conn(), before, TASKS).await?;
        drop(read);
        let mut by_workspace: BTreeMap<(WorkspaceId, UserId), Vec<Command>> = BTreeMap::new();
        for (workspace, id, owner) in found {
            let archive = tasks::Mutation::SetArchived { id, archived: true };
            let commands = by_workspace.entry((workspace, owner)).or_default();
            commands.push(archive.into());
        }
        let before_round = archived;
        for ((workspace, owner), commands) in by_workspace {
            let count = commands.len() as u64;
            let owner = Actor::unlimited(owner);
            match app.sync.commit_all(workspace, owner, commands).await {
                Ok(_) => archived += count,
                Err(error) => {
                    // Of one workspace: the others' are put away all the same.
                    let why = error.into_rejected().message;
                    tracing::warn!(%workspace, why, "archiving old tasks failed");
                }
            }
        }
        if archived == before_round || app.shutdown.is_cancelled() {
            break;
        }
    }
    Ok(archived)
}

/// What a server does for the policy, until it stops.
pub fn run(app: &App) {
    app.every(RUN_EVERY, "letting old things go", |app| {
        Box::pin(async move {
            let gone = run_now(&app).await?;
            if gone > 0 {
                tracing::info!(gone, "old things went by the retention policy");
            }
            Ok(())
        })
    });
}
