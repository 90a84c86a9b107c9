//! The list of everything that is served.

use super::{
    Error, api, assets, dev_reload, doors, health, middleware, server_functions, service_worker,
    ssr, workspace_hosts,
};
use crate::app::App;
use crate::{audit_entries, exports, grants, imports, profiles, providers, signing_keys, sync};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use shared::codes::Code;

/// The whole site: the domains' routers behind their doors, and `more`, all of it behind the middleware.
pub fn router(app: &App, more: Router<App>) -> Router {
    ssr::prepare();
    let routes = Router::new()
        .merge(health::routes())
        .merge(dev_reload::routes(app))
        .merge(service_worker::routes(app))
        .merge(server_functions::routes())
        .merge(api::routes())
        .merge(signing_keys::routes())
        .merge(providers::routes())
        .merge(grants::routes::routes())
        .merge(imports::routes::routes())
        .merge(audit_entries::routes::routes())
        .merge(profiles::routes::routes())
        .merge(exports::routes::routes())
        .merge(sync::router());
    let routes = middleware::limit_bodies(routes, app.config.limits.body_bytes_max)
        .merge(imports::routes::uploads())
        .merge(profiles::routes::uploads())
        .route_layer(from_fn_with_state(app.clone(), doors::guard))
        .merge(middleware::limit_bodies(
            more,
            app.config.limits.body_bytes_max,
        ))
        .fallback(not_routed)
        .method_not_allowed_fallback(method_not_allowed);
    middleware::wrap(app, routes).with_state(app.clone())
}

/// A file of the site, a page, or nothing.
async fn not_routed(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if let Some(way) = workspace_hosts::lead_on(&app, &parts) {
        return way;
    }
    match assets::find(&app, &parts).await {
        Some(file) => file,
        None if ssr::is_page(&parts) => ssr::page(app, parts).await,
        None => Error::from(Code::NotFound).into_response(),
    }
}

async fn method_not_allowed() -> Error {
    Code::MethodNotAllowed.into()
}
