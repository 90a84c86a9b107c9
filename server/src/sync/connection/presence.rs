//! Where a page is, by a request of its own: beside a stream or polls.

use super::Guest;
use crate::app::App;
use crate::http::error::Error;
use crate::http::extract::{Json, Query, SignedIn};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use shared::ids::{ReplicaId, WorkspaceId};
use shared::sync::Scope;
use shared::sync::protocol::Presence;

/// Whose page it is.
#[derive(Deserialize)]
pub struct Request {
    workspace: WorkspaceId,
    replica: ReplicaId,
}

/// `POST /sync/presence`.
pub async fn presence(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(request): Query<Request>,
    Json(presence): Json<Presence>,
) -> Result<StatusCode, Error> {
    let guest = Guest::enter(app, signed_in, request.workspace).await?;
    let granted = guest.granted(&guest.hub.now().1);
    let sees = |project| {
        let mut scopes = granted.iter().map(|granted| granted.0);
        scopes.any(|scope| scope == Scope::Project(project))
    };
    let seen = guest.seen(request.replica, presence, sees);
    guest.hub.asked(seen, guest.app.clock.now());
    Ok(StatusCode::NO_CONTENT)
}
