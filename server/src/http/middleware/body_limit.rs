//! How large a request's body may be.

use crate::app::App;
use crate::http::Error;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures::StreamExt as _;
use shared::codes::Code;
use tower_http::limit::RequestBodyLimitLayer;

/// How far above the limit a body is still read although it was refused.
const DRAINED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Refuses larger bodies on these routes: by their announced length at once, otherwise as soon as they pass the limit.
///
/// It belongs to a group of routes, because a group that takes files needs another limit: merge that one beside the
/// others, not inside of them.
pub fn limit_bodies(routes: Router<App>, bytes_max: usize) -> Router<App> {
    routes
        // Axum's own limit holds for some ways to read a body; the next one for all.
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(bytes_max))
        .layer(from_fn_with_state(bytes_max, refuse_announced))
}

async fn refuse_announced(
    State(bytes_max): State<usize>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let announced = request.headers().get(CONTENT_LENGTH);
    let announced: Option<usize> = announced.and_then(|text| text.to_str().ok()?.parse().ok());
    match announced {
        Some(bytes) if bytes > bytes_max => {
            if bytes - bytes_max <= DRAINED_BYTES_MAX {
                drain(request.into_body()).await;
            }
            Err(Code::TooLarge.into())
        }
        _ => Ok(next.run(request).await),
    }
}

/// Reads a body to its end. A browser that is still sending when the connection closes never sees the answer.
async fn drain(body: Body) {
    let mut parts = body.into_data_stream();
    while let Some(Ok(_)) = parts.next().await {}
}
