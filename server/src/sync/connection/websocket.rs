//! The usual way: a WebSocket, which carries messages in both directions.

use super::{Closed, Guest, Link, close};
use crate::app::App;
use crate::http::error::Error;
use crate::http::extract::{Address, Query, SignedIn};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;
use shared::codes::Code;
use shared::ids::WorkspaceId;
use shared::sync::protocol::{ClientMessage, Hello, MESSAGE_BYTES_MAX, SILENCE_MS_MAX};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a new connection may take to introduce itself.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the other side may say nothing at all.
const SILENCE_MAX: Duration = Duration::from_millis(2 * SILENCE_MS_MAX as u64);

/// Whose socket it is to be.
#[derive(Deserialize)]
pub struct Request {
    workspace: WorkspaceId,
}

/// `GET /sync/socket`.
pub async fn upgrade(
    State(app): State<App>,
    signed_in: SignedIn,
    Address(from): Address,
    Query(request): Query<Request>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Error> {
    let patience = app.config.limits.reader_timeout;
    let entered = Guest::enter_to_stay(app.clone(), signed_in, from, request.workspace).await;
    let why = match &entered {
        Err(Error::Refused(refused)) if refused.code == Code::TwoStepRequired => {
            Some(Closed::TWO_STEP)
        }
        Err(Error::Later(..)) => Some(Closed::CROWDED),
        _ => None,
    };
    if let Some(why) = why {
        // A browser is told nothing of an upgrade that was refused: so it is told on the way out.
        return Ok(upgrade
            .on_upgrade(move |socket| app.tasks.track_future(turn_away(socket, why, patience))));
    }
    let guest = entered?;
    Ok(upgrade
        // The default reads 128 KiB ahead for every socket, idle ones too.
        .read_buffer_size(2 * 1024)
        // One message is written and sent at a time, so no more than it is ever kept; whatever its length, it goes out.
        .write_buffer_size(0)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| {
            let tasks = guest.app.tasks.clone();
            // Tracked, so that a shutdown waits until everybody was told.
            tasks.track_future(serve(guest, socket))
        }))
}

async fn serve(guest: Guest, socket: WebSocket) {
    let patience = guest.app.config.limits.reader_timeout;
    let mut link = Socket {
        messages: socket,
        heard: Instant::now(),
        patience,
    };
    let hello = tokio::select! {
        hello = timeout(HELLO_TIMEOUT, link.hello()) => hello
            .unwrap_or(Err(Closed::new(close::PROTOCOL, "no hello"))),
        // Of a connection that died there may never be one: no reason to stop late.
        () = guest.app.shutdown.cancelled() => Err(Closed::new(close::RESTART, "restart")),
    };
    let closed = match hello {
        Ok(hello) => guest.serve(&hello, &mut link).await,
        Err(closed) => closed,
    };
    if closed.code != 0 {
        turn_away(link.messages, closed, patience).await;
    }
}

async fn turn_away(mut socket: WebSocket, closed: Closed, patience: Duration) {
    let frame = CloseFrame {
        code: closed.code,
        reason: closed.why.into(),
    };
    // The other side may be gone: then there is nobody to tell.
    let close = socket.send(Message::Close(Some(frame)));
    drop(timeout(patience, close).await);
}

struct Socket {
    messages: WebSocket,
    /// When there was last a sign of life.
    heard: Instant,
    /// How long a reader may keep us waiting.
    patience: Duration,
}

impl Socket {
    async fn hello(&mut self) -> Result<Hello, Closed> {
        match self.hear().await? {
            ClientMessage::Hello(hello) => Ok(hello),
            _ => Err(Closed::new(close::PROTOCOL, "a hello was expected")),
        }
    }
}

impl Link for Socket {
    async fn send(&mut self, text: String) -> Result<(), Closed> {
        let message = Message::Text(text.into());
        match timeout(self.patience, self.messages.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Closed::GONE),
            Err(_) => Err(Closed::new(close::TOO_SLOW, "too slow")),
        }
    }

    async fn hear(&mut self) -> Result<ClientMessage, Closed> {
        loop {
            let message = timeout_at(self.heard + SILENCE_MAX, self.messages.recv())
                .await
                .map_err(|_| Closed::new(close::TOO_SLOW, "silent"))?;
            self.heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => {
                    let read = serde_json::from_str(&text);
                    return read.map_err(|_| Closed::new(close::PROTOCOL, "not understood"));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Binary(_))) => {
                    return Err(Closed::new(close::PROTOCOL, "text was expected"));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Closed::GONE),
            }
        }
    }
}
