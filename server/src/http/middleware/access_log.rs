//! One line for each request.

use crate::clock::millis;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;

pub(super) async fn write(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let quiet = is_quiet(request.uri().path());
    let response = next.run(request).await;
    let http_status = response.status().as_u16();
    let ms = millis(start.elapsed());
    // Method, path and id are in the span.
    if quiet {
        tracing::debug!(http.status = http_status, ms, "answered");
    } else {
        tracing::info!(http.status = http_status, ms, "answered");
    }
    response
}

/// What is asked for all the time and tells nothing.
fn is_quiet(path: &str) -> bool {
    path.starts_with("/pkg/")
        || matches!(path, "/health" | "/ready" | "/favicon.svg" | "/favicon.ico")
}
