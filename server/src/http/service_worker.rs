//! `/sw.js` and `/app-shell`: what a browser keeps so that the application opens without a network; `/sw/push`: what it
//! sends when no page is open.
//!
//! The script lists the files of this build; another build is another script, and the browser installs it beside the old
//! one. The document holds no page: the app draws it from the rows that the browser has kept.

use super::error::Error;
use super::extract::{Query, SignedIn};
use super::ssr;
use crate::app::App;
use crate::sync::connection;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler as _;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use shared::codes::Code;
use shared::ids::UserId;
use shared::sync::protocol::MESSAGE_BYTES_MAX;

const SCRIPT: &str = include_str!("service_worker.js");
const DOCUMENT: &str = "/app-shell";

/// Nothing while developing: there every page comes from the server.
pub(super) fn routes(app: &App) -> Router<App> {
    let router = Router::new();
    if app.config.site.dev_reload {
        return router;
    }
    let push = post(push).layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX));
    router
        .route("/sw.js", get(script))
        .route(DOCUMENT, get(document))
        .route("/sw/push", push)
}

/// Whose commands they are.
#[derive(Deserialize)]
struct Kept {
    user: UserId,
}

/// `POST /sw/push`: `POST /sync/push` for what a person has kept in a browser. By the time that it is sent another one may
/// be signed in there, to whom nothing of it may be ascribed.
async fn push(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(kept): Query<Kept>,
    request: Request,
) -> Result<Response, Error> {
    if signed_in.user_id != kept.user {
        return Err(Code::NotAllowed.into());
    }
    Ok(connection::push::push.call(request, app).await)
}

async fn script(State(app): State<App>) -> Response {
    let manifest = &app.site.manifest;
    let files: Vec<&str> = manifest
        .all
        .iter()
        .chain(&manifest.root)
        .map(String::as_str)
        // These are the system's to fetch, not the application's.
        .filter(|name| *name != "/robots.txt" && !name.starts_with("/icons/"))
        .chain([DOCUMENT])
        .collect();
    let text = script_of(&files);
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

fn script_of(files: &[&str]) -> String {
    let files = serde_json::to_string(files).expect("texts are plain data");
    // The script itself belongs to the build too.
    let build = Sha256::new()
        .chain_update(SCRIPT)
        .chain_update(&files)
        .finalize();
    let build = URL_SAFE_NO_PAD.encode(&build[..9]);
    SCRIPT
        .replacen("{build}", &build, 1)
        .replacen("{files}", &files, 1)
}

async fn document(State(app): State<App>, parts: Parts) -> Response {
    ssr::empty(app, parts).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_another_build() {
        let [one, same, other] = [
            script_of(&["/pkg/a.js"]),
            script_of(&["/pkg/a.js"]),
            script_of(&["/pkg/b.js"]),
        ];
        let build = |script: &str| {
            script
                .lines()
                .find(|line| line.contains("BUILD ="))
                .map(str::to_owned)
        };
        assert_eq!(build(&one), build(&same));
        assert_ne!(build(&one), build(&other));
        assert!(one.contains(r#"const FILES = ["/pkg/a.js"];"#), "{one}");
    }
}
