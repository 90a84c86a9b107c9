//! The log does not grow for ever: what is old, or too much, goes from its beginning.
//!
//! **Invariant:** a workspace's log holds exactly the numbers above its floor, up to its head; the newest one always.
//! Floor and log change in one transaction, under the head's lock.
//!
//! Nobody's place in the log is reserved, so nobody who hangs can keep it from being shortened. Whoever is overtaken
//! notices by itself: the log is dense and goes from its beginning, so a range was read whole if its first number is there.
//! Then they begin anew, like everybody below the floor.
//!
//! What became of commands is not the log's: it is kept for as long as the log may be, and at least [`RESULTS_AGE_MIN`], so
//! that a command that is sent again is answered as before. What is sent again later is not carried out, because its
//! writer's number is past it, and is answered with [`Code::Forgotten`](shared::codes::Code::Forgotten).

use super::{Environment, results, store};
use crate::clock::millis;
use crate::config::History;
use crate::db::Errand;
use shared::ids::WorkspaceId;
use shared::values::Time;
use std::time::Duration;

/// How many numbers go in one transaction, which keeps writers waiting.
const BATCH: u64 = 1_000;

/// How many results go in one transaction.
const RESULTS_BATCH: u32 = 1_000;

/// How long it is known at least what became of a command, however short the log is.
const RESULTS_AGE_MIN: Duration = Duration::from_hours(30 * 24);

/// Forgets what became of commands long ago; answers of how many.
pub(super) async fn forget_results(
    environment: &Environment,
    history: &History,
) -> anyhow::Result<u64> {
    let age = history.age.max(RESULTS_AGE_MIN);
    let oldest = Time(environment.clock.now().0 - millis(age));
    let mut forgotten = 0;
    loop {
        let mut tx = environment.db.write().await?;
        let gone = results::store::delete_results(tx.conn(), oldest, RESULTS_BATCH).await?;
        tx.commit().await?;
        forgotten += gone;
        if gone < u64::from(RESULTS_BATCH) || environment.shutdown.is_cancelled() {
            return Ok(forgotten);
        }
    }
}

/// Shortens the logs of all workspaces; answers by how many numbers.
pub(super) async fn shorten_all(
    environment: &Environment,
    history: &History,
) -> anyhow::Result<u64> {
    let oldest = Time(environment.clock.now().0 - millis(history.age));
    let mut read = environment.db.read_for(Errand::Retention).await?;
    let long = store::list_long(read.conn(), oldest, history.changes_max).await?;
    drop(read);
    let mut shortened = 0;
    for workspace in long {
        while let gone @ 1.. = shorten(environment, workspace, oldest, history.changes_max).await? {
            shortened += gone;
            if environment.shutdown.is_cancelled() {
                return Ok(shortened);
            }
        }
    }
    Ok(shortened)
}

/// Forgets a workspace's log but for its newest change.
pub(super) async fn forget(
    environment: &Environment,
    workspace: WorkspaceId,
) -> anyhow::Result<()> {
    while shorten(environment, workspace, Time(i64::MAX), 1).await? > 0 {}
    Ok(())
}

/// Forgets what a workspace's log holds from before a time; answers by how many numbers.
pub(super) async fn forget_before(
    environment: &Environment,
    workspace: WorkspaceId,
    before: Time,
) -> anyhow::Result<u64> {
    let mut forgotten = 0;
    while let gone @ 1.. = shorten(environment, workspace, before, u64::MAX).await? {
        forgotten += gone;
    }
    Ok(forgotten)
}

/// Shortens a workspace's log by at most one batch; answers by how many numbers.
async fn shorten(
    environment: &Environment,
    workspace: WorkspaceId,
    oldest: Time,
    changes_max: u64,
) -> anyhow::Result<u64> {
    let mut tx = environment.db.write_in(workspace).await?;
    let Some(head) = store::lock_head(tx.conn(), workspace).await? else {
        return Ok(0);
    };
    let end = (head.floor + BATCH).min(head.seq.saturating_sub(1));
    let range = (head.floor, end);
    let kept = store::first_since(tx.conn(), workspace, range, oldest).await?;
    // Clocks may differ between nodes, numbers do not: what stands before the first young one goes.
    let old = kept.map_or(end, |first| first - 1);
    let too_many = head.seq.saturating_sub(changes_max).min(end);
    let floor = old.max(too_many);
    if floor <= head.floor {
        return Ok(0);
    }
    store::delete_log(&mut tx, workspace, floor).await?;
    tx.commit().await?;
    Ok(floor - head.floor)
}
