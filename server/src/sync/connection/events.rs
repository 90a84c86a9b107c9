//! Where sockets do not get through: Server-Sent Events carry what the server says, one message an event. What the client
//! says comes as requests of their own: see [`super::push`].

use super::{Closed, Guest, Link, close, hello_in_query};
use crate::app::App;
use crate::http::error::Error;
use crate::http::extract::{Address, Query, SignedIn};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream;
use serde::Deserialize;
use shared::ids::WorkspaceId;
use shared::sync::protocol::{ClientMessage, Hello};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How often something is sent at least, so that neither side nor a proxy takes the stream for dead.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);
/// Proxies that collect an answer before they pass it on must not.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Whose stream it is to be.
#[derive(Deserialize)]
pub struct Request {
    workspace: WorkspaceId,
    #[serde(deserialize_with = "hello_in_query")]
    hello: Hello,
}

/// `GET /sync/stream`.
pub async fn stream(
    State(app): State<App>,
    signed_in: SignedIn,
    Address(from): Address,
    Query(request): Query<Request>,
) -> Result<impl IntoResponse, Error> {
    let guest = Guest::enter_to_stay(app, signed_in, from, request.workspace).await?;
    // One message waits for the reader, no more.
    let (messages, events) = mpsc::channel(1);
    let tasks = guest.app.tasks.clone();
    tasks.spawn(async move {
        let mut link = Events {
            messages,
            patience: guest.app.config.limits.reader_timeout,
        };
        // The end of the stream says enough: a refusal is told to whoever comes back.
        guest.serve(&request.hello, &mut link).await;
    });
    let events = stream::unfold(events, async |mut events: mpsc::Receiver<String>| {
        let event = Event::default().data(events.recv().await?);
        Some((Ok::<_, Infallible>(event), events))
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT_EVERY);
    let headers = [(CACHE_CONTROL, "no-store"), (BUFFERING, "no")];
    Ok((headers, Sse::new(events).keep_alive(heartbeat)))
}

struct Events {
    messages: mpsc::Sender<String>,
    patience: Duration,
}

impl Link for Events {
    async fn send(&mut self, text: String) -> Result<(), Closed> {
        match timeout(self.patience, self.messages.send(text)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Closed::GONE),
            Err(_) => Err(Closed::new(close::TOO_SLOW, "too slow")),
        }
    }

    /// Nothing comes this way but the news that nobody reads any more.
    async fn hear(&mut self) -> Result<ClientMessage, Closed> {
        self.messages.closed().await;
        Err(Closed::GONE)
    }
}
