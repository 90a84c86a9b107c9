//! Where not even streams get through: each request is answered with what happened since the last one, or waits for it.

use super::{Closed, Guest, Link, close, encode, hello_in_query};
use crate::app::App;
use crate::http::error::Error;
use crate::http::extract::{Address, Query, SignedIn};
use crate::sync::encoded::respond;
use crate::sync::not_found;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shared::codes::Code;
use shared::ids::WorkspaceId;
use shared::sync::protocol::{ClientMessage, Hello, Mode, ServerMessage, Welcome};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long a request waits at most. Proxies mostly give up after 30 seconds.
const WAIT_SECONDS_MAX: u64 = 25;
/// Before the server itself gives up on a request, it is answered.
const MARGIN: Duration = Duration::from_secs(5);
/// An answer that is larger ends here; the rest is for the next request.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Whose news is asked for.
#[derive(Deserialize)]
pub struct Request {
    workspace: WorkspaceId,
    #[serde(deserialize_with = "hello_in_query")]
    hello: Hello,
    /// How many seconds to wait for news.
    #[serde(default)]
    wait: u64,
}

/// `GET /sync/poll`.
pub async fn poll(
    State(app): State<App>,
    signed_in: SignedIn,
    Address(from): Address,
    Query(request): Query<Request>,
) -> Result<Response, Error> {
    let guest = Guest::enter_to_stay(app, signed_in, from, request.workspace).await?;
    let longest = guest
        .app
        .config
        .limits
        .request_timeout
        .saturating_sub(MARGIN);
    let wait = Duration::from_secs(request.wait.min(WAIT_SECONDS_MAX)).min(longest);
    let mut link = Poll {
        messages: Vec::new(),
        bytes: 0,
        until: Instant::now() + wait,
    };
    let closed = guest.serve(&request.hello, &mut link).await;
    if link.messages.is_empty() {
        return Err(match closed.code {
            close::NOT_FOUND => not_found(),
            close::TWO_STEP => Code::TwoStepRequired.into(),
            _ => Code::Internal.into(),
        });
    }
    Ok(respond(format!("[{}]", link.messages.join(",")).into()))
}

struct Poll {
    messages: Vec<String>,
    bytes: usize,
    /// When it is answered although nothing happened.
    until: Instant,
}

impl Link for Poll {
    const IS_PAGE: bool = false;

    async fn send(&mut self, text: String) -> Result<(), Closed> {
        self.bytes += text.len();
        self.messages.push(text);
        if self.bytes > ANSWER_BYTES_MAX {
            return Err(Closed::GONE);
        }
        Ok(())
    }

    /// Nothing comes this way but the end, which news bring about.
    async fn hear(&mut self) -> Result<ClientMessage, Closed> {
        if self.messages.len() == 1 {
            sleep_until(self.until).await;
        }
        Err(Closed::GONE)
    }

    async fn welcome(&mut self, welcome: Welcome) -> Result<(), Closed> {
        if welcome.mode != Mode::CatchUp {
            // There is something to do before there can be news.
            self.until = Instant::now();
        }
        self.send(encode(&ServerMessage::Welcome(welcome))).await
    }
}
