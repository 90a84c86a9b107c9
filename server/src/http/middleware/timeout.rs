//! How long an answer may take to begin. Streams and sockets have begun when they are accepted.

use crate::app::App;
use crate::clock::millis;
use crate::http::Error;
use crate::imports::routes::UPLOADS;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use shared::codes::Code;
use std::time::Duration;

/// A file of the largest size over a slow line.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(10);

pub(super) async fn limit(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let limit = if request.uri().path() == UPLOADS {
        UPLOAD_TIMEOUT
    } else {
        app.config.limits.request_timeout
    };
    tokio::time::timeout(limit, next.run(request))
        .await
        .map_err(|_| {
            tracing::warn!(limit_ms = millis(limit), "gave up on a request");
            Code::Unavailable.into()
        })
}
