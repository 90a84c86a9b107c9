//! Which other sites' scripts may use the API: none, unless the settings name them. They bring an access token; a browser's
//! cookies are never sent along.
//!
//! What programs are let in by is open to all of them: who is let back where was judged before, and no cookie counts there.

use crate::app::App;
use axum::http::Method;
use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, RETRY_AFTER,
};
use axum::http::request::Parts;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Where programs without a secret get their tokens.
const OPEN: [&str; 4] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
    "/oauth/token",
    "/oauth/revoke",
];
/// How long a browser need not ask again.
const MAX_AGE: Duration = Duration::from_hours(1);

pub(super) fn allow(app: &App) -> CorsLayer {
    let origins = app.config.listen.cors_origins.iter();
    let origins: Vec<HeaderValue> = origins
        .filter_map(|origin| HeaderValue::try_from(origin.origin()).ok())
        .collect();
    let is_allowed = move |origin: &HeaderValue, parts: &Parts| {
        origins.contains(origin) || OPEN.contains(&parts.uri.path())
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IDEMPOTENCY_KEY])
        .expose_headers([ETAG, RETRY_AFTER])
        .max_age(MAX_AGE)
}
