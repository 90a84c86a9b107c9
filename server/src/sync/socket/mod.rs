//! A connection: hello, then frames as they happen, answers to pushes, presence.
//!
//! One task a connection. It holds a cursor and the scopes that its person has; frames are pulled from the hub's ring or,
//! further back, from the log. Sending waits for the reader, so a slow one delays nobody else and is cut off in the end.

mod connection;

use super::hub::Hub;
use super::store;
use crate::app::App;
use crate::http::error::Error;
use crate::http::extract::SignedIn;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use connection::Connection;
use serde::Deserialize;
use shared::ids::WorkspaceId;
use shared::sync::protocol::{
    ClientMessage, Hello, MESSAGE_BYTES_MAX, Mode, SCHEMA, ServerMessage, VERSION, Welcome,
};
use std::sync::Arc;
use std::time::Duration;

/// How long a reader may keep us waiting.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a new connection may take to introduce itself.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// Further behind than this, a replica is fetched anew instead of followed up.
const CATCH_UP_MAX: u64 = 20_000;

/// Close codes: what the browser should do next is in the code.
mod close {
    /// Come back: the server restarts.
    pub(super) const RESTART: u16 = 1012;
    /// The message made no sense.
    pub(super) const PROTOCOL: u16 = 4000;
    /// Sign in again.
    pub(super) const SIGNED_OUT: u16 = 4001;
    /// Nothing to see here.
    pub(super) const NOT_FOUND: u16 = 4004;
    /// Too slow.
    pub(super) const TOO_SLOW: u16 = 4008;
    /// Something failed here.
    pub(super) const INTERNAL: u16 = 1011;
}

/// Why a connection ends.
struct Closed {
    code: u16,
    why: &'static str,
}

impl Closed {
    const GONE: Closed = Closed { code: 0, why: "" };

    const fn new(code: u16, why: &'static str) -> Self {
        Self { code, why }
    }
}

/// Whose socket it is to be.
#[derive(Deserialize)]
pub struct Request {
    workspace: WorkspaceId,
}

/// `GET /sync/socket`.
pub async fn upgrade(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(request): Query<Request>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Error> {
    let hub = app.sync.hub(request.workspace).await?;
    if hub.now().1.role(signed_in.user_id).is_none() {
        return Err(super::not_found());
    }
    Ok(upgrade
        // The default reads 128 KiB ahead for every socket, idle ones too.
        .read_buffer_size(2 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(256 * 1024)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| {
            let tasks = app.tasks.clone();
            // Tracked, so that a shutdown waits until everybody was told.
            tasks.track_future(serve(app, hub, signed_in, socket))
        }))
}

async fn serve(app: App, hub: Arc<Hub>, signed_in: SignedIn, mut socket: WebSocket) {
    let closed = match greet(&app, &hub, &signed_in, &mut socket).await {
        Ok(mut connection) => {
            let closed = connection.run(&mut socket).await;
            connection.leave();
            closed
        }
        Err(closed) => closed,
    };
    if closed.code != 0 {
        let frame = CloseFrame {
            code: closed.code,
            reason: closed.why.into(),
        };
        // The other side may be gone: then there is nobody to tell.
        let close = socket.send(Message::Close(Some(frame)));
        drop(tokio::time::timeout(SEND_TIMEOUT, close).await);
    }
}

async fn greet<'c>(
    app: &'c App,
    hub: &'c Arc<Hub>,
    signed_in: &'c SignedIn,
    socket: &mut WebSocket,
) -> Result<Connection<'c>, Closed> {
    let hello = tokio::time::timeout(HELLO_TIMEOUT, hear_hello(socket))
        .await
        .map_err(|_| Closed::new(close::PROTOCOL, "no hello"))??;
    // Subscribed before the head is read: nothing can happen in between unseen.
    let watch = hub.watch();
    let (head, access) = hub.now();
    let user = signed_in.user_id;
    let scopes = access.granted(user);
    if scopes.is_empty() || hello.workspace != hub.workspace {
        return Err(Closed::new(close::NOT_FOUND, "no such workspace"));
    }
    let known = last_mid(app, hub, signed_in, &hello).await;
    let mode = mode(app, hub, &hello, head)
        .await
        .map_err(|error| failed(&error))?;
    let cursor = match (mode.clone(), hello.cursor) {
        (Mode::CatchUp, Some(cursor)) => cursor,
        _ => head,
    };
    let welcome = ServerMessage::Welcome(Welcome {
        epoch: hub.epoch,
        head,
        last_mid: known.map_err(|error| failed(&error))?,
        scopes,
        server_time: app.clock.now(),
        mode: mode.clone(),
    });
    send(socket, encode(&welcome)).await?;
    if mode == Mode::UpgradeRequired {
        return Err(Closed::new(close::PROTOCOL, "upgrade required"));
    }
    Ok(Connection::new(
        app,
        hub,
        signed_in,
        hello.replica,
        cursor,
        (head, access),
        watch,
    ))
}

async fn hear_hello(socket: &mut WebSocket) -> Result<Hello, Closed> {
    let Some(Ok(Message::Text(text))) = socket.recv().await else {
        return Err(Closed::GONE);
    };
    match serde_json::from_str(&text) {
        Ok(ClientMessage::Hello(hello)) => Ok(hello),
        _ => Err(Closed::new(close::PROTOCOL, "a hello was expected")),
    }
}

async fn last_mid(
    app: &App,
    hub: &Hub,
    signed_in: &SignedIn,
    hello: &Hello,
) -> Result<u64, anyhow::Error> {
    let mut read = app.db.read().await?;
    let replica = store::find_replica(read.conn(), hello.replica).await?;
    let own = replica.filter(|r| r.user == signed_in.user_id && r.workspace == hub.workspace);
    Ok(own.map_or(0, |replica| replica.last_mid))
}

/// How a connection goes on: followed up where the log allows it, else fetched anew.
async fn mode(app: &App, hub: &Hub, hello: &Hello, head: u64) -> anyhow::Result<Mode> {
    if hello.proto != VERSION || hello.schema != SCHEMA {
        return Ok(Mode::UpgradeRequired);
    }
    let (Some(cursor), Some(epoch)) = (hello.cursor, hello.epoch) else {
        return Ok(Mode::Bootstrap);
    };
    if epoch != hub.epoch || head.saturating_sub(cursor) > CATCH_UP_MAX {
        return Ok(Mode::Bootstrap);
    }
    let mut read = app.db.read().await?;
    let stored = store::find_head(read.conn(), hub.workspace).await?;
    // A head in memory may be old: whether somebody is ahead of everything is judged on the stored one.
    let followed = stored.is_some_and(|stored| cursor >= stored.floor && cursor <= stored.seq);
    Ok(if followed {
        Mode::CatchUp
    } else {
        Mode::Bootstrap
    })
}

fn encode(message: &ServerMessage) -> String {
    serde_json::to_string(message).expect("a message is plain data")
}

fn failed(error: &anyhow::Error) -> Closed {
    tracing::error!(error = format!("{error:#}"), "a connection failed");
    Closed::new(close::INTERNAL, "internal")
}

async fn send(
    socket: &mut WebSocket,
    text: impl Into<axum::extract::ws::Utf8Bytes>,
) -> Result<(), Closed> {
    let message = Message::Text(text.into());
    match tokio::time::timeout(SEND_TIMEOUT, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Closed::GONE),
        Err(_) => Err(Closed::new(close::TOO_SLOW, "too slow")),
    }
}
