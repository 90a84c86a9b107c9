//! `/api/docs/`: a page to read and try the API. Everything on it comes from this server.

use crate::app::App;
use crate::http::Error;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use shared::codes::Code;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

/// The page's own styles are partly written into its elements; scripts are files alone.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/api/openapi.json")
        .deep_linking(true)
        .display_operation_id(true)
        .persist_authorization(true)
        .try_it_out_enabled(true)
        // Else the description would be sent to another server to be judged.
        .validator_url("none");
    Arc::new(config)
});

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/docs", get(async || Redirect::permanent("/api/docs/")))
        .route("/api/docs/", get(async || file("")))
        .route(
            "/api/docs/{*path}",
            get(async |Path(path): Path<String>| file(&path)),
        )
}

fn file(path: &str) -> Result<Response, Error> {
    let found = utoipa_swagger_ui::serve(path, CONFIG.clone())
        .map_err(|error| anyhow::anyhow!("serving the page to try the API: {error}"))?
        .ok_or(Code::NotFound)?;
    let kind = HeaderValue::try_from(found.content_type).map_err(anyhow::Error::from)?;
    let mut response = found.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    if found.gzpipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
