//! What is answered to a hello: how a connection goes on.

use super::{Closed, Connection, Guest, Link, close, failed};
use crate::sync::store::{self, Head};
use shared::sync::protocol::{Hello, Mode, SCHEMA, VERSION, Welcome};

/// Further behind than this, a replica is fetched anew instead of followed up.
const CATCH_UP_MAX: u64 = 20_000;

/// Welcomes a guest, and begins where they have everything.
pub(super) async fn greet<'c>(
    guest: &'c Guest,
    hello: &Hello,
    link: &mut impl Link,
) -> Result<Connection<'c>, Closed> {
    let hub = &guest.hub;
    // Subscribed before the head is read: nothing can happen in between unseen.
    let watch = hub.watch();
    let (stored, last_mid) = read(guest, hello).await.map_err(|error| failed(&error))?;
    // What is told of their commands, and what they see, is told as of the same number, even if this node lags.
    hub.catch_up(stored.seq)
        .await
        .map_err(|error| failed(&error))?;
    let (head, access) = hub.now();
    let scopes = guest.granted(&access);
    if scopes.is_empty() || hello.workspace != hub.workspace {
        return Err(Closed::new(close::NOT_FOUND, "no such workspace"));
    }
    guest.check_second_step(&access).await?;
    let mode = mode(guest, hello, head, &stored);
    let cursor = match (&mode, hello.cursor) {
        (Mode::CatchUp, Some(cursor)) => cursor,
        _ => head,
    };
    let upgrade_required = mode == Mode::UpgradeRequired;
    let welcome = Welcome {
        epoch: hub.epoch,
        head,
        last_mid,
        scopes,
        server_time: guest.app.clock.now(),
        mode,
    };
    link.welcome(welcome).await?;
    if upgrade_required {
        return Err(Closed::new(close::PROTOCOL, "upgrade required"));
    }
    let as_of = (head, access);
    Ok(Connection::new(guest, hello.replica, cursor, as_of, watch))
}

/// How far this replica's commands are judged, and where the order stands: not before their effects.
async fn read(guest: &Guest, hello: &Hello) -> anyhow::Result<(Head, u64)> {
    let (user, workspace) = (guest.signed_in.user_id, guest.hub.workspace);
    let mut read = guest.app.db.read_in(workspace).await?;
    let replica = store::find_replica(read.conn(), hello.replica).await?;
    let own = replica.filter(|r| r.user == user && r.workspace == workspace);
    let stored = store::find_head(read.conn(), workspace).await?;
    let stored = stored.ok_or_else(|| anyhow::anyhow!("workspace {workspace} is gone"))?;
    Ok((stored, own.map_or(0, |replica| replica.last_mid)))
}

/// How a connection goes on: followed up where the log allows it, else fetched anew. Whether somebody is ahead of
/// everything is judged on the stored head: one in memory may be old.
fn mode(guest: &Guest, hello: &Hello, head: u64, stored: &Head) -> Mode {
    if hello.proto != VERSION || hello.schema != SCHEMA {
        return Mode::UpgradeRequired;
    }
    let (Some(cursor), Some(epoch)) = (hello.cursor, hello.epoch) else {
        return Mode::Bootstrap;
    };
    let is_known = epoch == guest.hub.epoch && (stored.floor..=stored.seq).contains(&cursor);
    if is_known && head.saturating_sub(cursor) <= CATCH_UP_MAX {
        Mode::CatchUp
    } else {
        Mode::Bootstrap
    }
}
