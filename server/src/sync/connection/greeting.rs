//! What is answered to a hello: how a connection goes on.

use super::{Closed, Connection, Guest, Link, close, failed};
use crate::sync::store;
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
    catch_up_with(guest, hello)
        .await
        .map_err(|error| failed(&error))?;
    let (head, access) = hub.now();
    let scopes = access.granted(guest.signed_in.user_id);
    if scopes.is_empty() || hello.workspace != hub.workspace {
        return Err(Closed::new(close::NOT_FOUND, "no such workspace"));
    }
    let last_mid = last_mid(guest, hello)
        .await
        .map_err(|error| failed(&error))?;
    let mode = mode(guest, hello, head)
        .await
        .map_err(|error| failed(&error))?;
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

/// A guest who knows more than this node comes from another one: what they see is judged as of what they know.
async fn catch_up_with(guest: &Guest, hello: &Hello) -> anyhow::Result<()> {
    let hub = &guest.hub;
    if hello.cursor.is_some_and(|cursor| cursor > hub.now().0) {
        let mut read = guest.app.db.read().await?;
        let stored = store::find_head(read.conn(), hub.workspace).await?;
        drop(read);
        if let Some(stored) = stored {
            hub.catch_up(stored.seq).await?;
        }
    }
    Ok(())
}

async fn last_mid(guest: &Guest, hello: &Hello) -> anyhow::Result<u64> {
    let mut read = guest.app.db.read().await?;
    let replica = store::find_replica(read.conn(), hello.replica).await?;
    let (user, workspace) = (guest.signed_in.user_id, guest.hub.workspace);
    let own = replica.filter(|r| r.user == user && r.workspace == workspace);
    Ok(own.map_or(0, |replica| replica.last_mid))
}

/// How a connection goes on: followed up where the log allows it, else fetched anew.
async fn mode(guest: &Guest, hello: &Hello, head: u64) -> anyhow::Result<Mode> {
    if hello.proto != VERSION || hello.schema != SCHEMA {
        return Ok(Mode::UpgradeRequired);
    }
    let (Some(cursor), Some(epoch)) = (hello.cursor, hello.epoch) else {
        return Ok(Mode::Bootstrap);
    };
    if epoch != guest.hub.epoch || head.saturating_sub(cursor) > CATCH_UP_MAX {
        return Ok(Mode::Bootstrap);
    }
    let mut read = guest.app.db.read().await?;
    let stored = store::find_head(read.conn(), guest.hub.workspace).await?;
    // A head in memory may be old: whether somebody is ahead of everything is judged on the stored one.
    let followed = stored.is_some_and(|stored| cursor >= stored.floor && cursor <= stored.seq);
    Ok(if followed {
        Mode::CatchUp
    } else {
        Mode::Bootstrap
    })
}
