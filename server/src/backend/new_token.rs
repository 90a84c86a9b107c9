//! The secret of a token that a plain form has made: it reaches the page it comes back to in a cookie of one minute.

use crate::config::PublicUrl;
use crate::http::cookies;
use ::app::routes::href;
use axum::http::HeaderMap;

const NAME: &str = "teamflow_new_token";
const SECONDS: u32 = 60;

/// The secret, if the request brings one.
pub fn of(headers: &HeaderMap) -> Option<String> {
    cookies::find(headers, NAME).map(str::to_owned)
}

/// The `Set-Cookie` header that hands a secret over.
pub fn cookie(public_url: &PublicUrl, secret: &str) -> String {
    set_cookie(public_url, secret, SECONDS)
}

/// The `Set-Cookie` header that takes it away once it was shown.
pub fn removal_cookie(public_url: &PublicUrl) -> String {
    set_cookie(public_url, "", 0)
}

fn set_cookie(public_url: &PublicUrl, secret: &str, seconds: u32) -> String {
    let secure = if public_url.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let path = href::TOKENS;
    format!("{NAME}={secret}; HttpOnly; SameSite=Strict; Path={path}; Max-Age={seconds}{secure}")
}
