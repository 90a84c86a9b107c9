//! Keeps browsers signed in: where a request brings a session whose access token is over, it is exchanged on the way.
//!
//! The request goes on with the new token, and the answer brings the new cookies. Handlers need not know.

use crate::accounts::identity;
use crate::app::App;
use crate::http::{Error, cookies};
use crate::sessions::{self, Kind, SessionToken};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderValue, SET_COOKIE};
use axum::middleware::Next;
use axum::response::Response;

pub(super) async fn renew(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let Some(secret) = to_exchange(&app, request.headers(), request.uri().path()).await? else {
        return Ok(next.run(request).await);
    };
    let token = sessions::exchange(&app, &secret, Kind::Browser).await?;
    let cookies = match &token {
        Some(token) => {
            bring(&app, request.headers_mut(), token);
            sessions::cookies(&app, token)
        }
        None => sessions::removal_cookies(&app).to_vec(),
    };
    let mut response = next.run(request).await;
    // Who has just signed in or out has been told already.
    let name = cookies::name(&app.public_url, sessions::ACCESS_COOKIE);
    let told = response.headers().get_all(SET_COOKIE);
    let told = told
        .iter()
        .any(|set| set.as_bytes().starts_with(name.as_bytes()));
    if !told {
        for cookie in cookies {
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(SET_COOKIE, cookie);
            }
        }
    }
    Ok(response)
}

/// The secret of a request that has nothing better.
async fn to_exchange(app: &App, headers: &HeaderMap, path: &str) -> Result<Option<String>, Error> {
    let secret = cookies::find(headers, &app.public_url, sessions::COOKIE);
    let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
        return Ok(None);
    };
    if headers.contains_key(AUTHORIZATION) || is_file(path) {
        return Ok(None);
    }
    let who = identity::of_request(app, headers).await?;
    Ok(who.is_none().then(|| secret.to_owned()))
}

/// Files are the same for everybody.
fn is_file(path: &str) -> bool {
    ["/pkg/", "/fonts/", "/icons/"]
        .iter()
        .any(|folder| path.starts_with(folder))
        || matches!(path, "/health" | "/ready" | "/sw.js" | "/app-shell")
}

/// Puts the new access token in the place of the old one: of two that differ, neither would count.
fn bring(app: &App, headers: &mut HeaderMap, token: &SessionToken) {
    let name = cookies::name(&app.public_url, sessions::ACCESS_COOKIE);
    let mut cookies = format!("{name}={}", token.access());
    for old in headers.get_all(COOKIE) {
        let pairs = old.to_str().unwrap_or_default().split(';').map(str::trim);
        for pair in pairs.filter(|pair| pair.split_once('=').is_none_or(|(key, _)| key != name)) {
            cookies.push_str("; ");
            cookies.push_str(pair);
        }
    }
    if let Ok(cookies) = HeaderValue::from_str(&cookies) {
        headers.insert(COOKIE, cookies);
    }
}
