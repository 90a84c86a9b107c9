//! What every request passes through, from the outside in: request id and span, access log, cors, security headers,
//! compression, panics, time limit, where it comes from for the audit log, origin check, renewal of the session. The limit of
//! the body belongs to a group of routes.

mod access_log;
mod body_limit;
mod cors;
mod origin;
mod panics;
mod renewal;
pub mod request_id;
mod security_headers;
mod timeout;

pub use body_limit::limit_bodies;
pub(crate) use origin::is_followed_here;

use crate::app::App;
use crate::audit_entries;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};

/// Puts the middleware around all routes.
pub fn wrap(app: &App, routes: Router<App>) -> Router<App> {
    // Fonts are compressed already, and programs are large: what has no `.br` beside it is of a development build.
    let compressible = DefaultPredicate::new()
        .and(NotForContentType::const_new("font/"))
        .and(NotForContentType::const_new("application/wasm"));
    // The last layer is the outermost.
    routes
        .layer(from_fn_with_state(app.clone(), renewal::renew))
        .layer(from_fn_with_state(app.clone(), origin::check))
        .layer(from_fn_with_state(app.clone(), audit_entries::remember))
        .layer(from_fn_with_state(app.clone(), timeout::limit))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(from_fn_with_state(app.clone(), security_headers::add))
        .layer(cors::allow(app))
        .layer(from_fn(access_log::write))
        .layer(from_fn_with_state(app.clone(), request_id::assign))
}
