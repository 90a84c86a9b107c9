//! Commands by a request of their own: beside a stream or polls, or from a service worker when no page is open.

use super::Guest;
use crate::access::Actor;
use crate::app::App;
use crate::http::error::Error;
use crate::http::extract::{Json, Query, SignedIn};
use crate::sync::answered;
use crate::sync::encoded::respond;
use crate::sync::work::{Task, Work};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use shared::codes::{Code, Rejected};
use shared::ids::WorkspaceId;
use shared::sync::protocol::{PUSH_COMMANDS_MAX, Push, ServerMessage};
use tokio::sync::oneshot;

/// Where the commands go.
#[derive(Deserialize)]
pub struct Request {
    workspace: WorkspaceId,
}

/// `POST /sync/push`.
pub async fn push(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(request): Query<Request>,
    Json(push): Json<Push>,
) -> Result<Response, Error> {
    let guest = Guest::enter(app, signed_in, request.workspace).await?;
    if push.commands.len() > PUSH_COMMANDS_MAX {
        let why = format!("At most {PUSH_COMMANDS_MAX} commands can be pushed at once.");
        return Err(Rejected::new(Code::InvalidRequest, why).into());
    }
    let (reply, answer) = oneshot::channel();
    guest.hub.submit(Work {
        actor: Actor::from(&guest.signed_in),
        origin: guest.origin.clone(),
        task: Task::Push(push.replica, push.commands, reply),
    })?;
    let results = answered(answer).await?;
    Ok(respond(
        super::encode(&ServerMessage::Results { results }).into(),
    ))
}
