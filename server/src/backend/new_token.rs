//! The secret of a token that a plain form has made: it reaches the page it comes back to in a cookie of one minute, which is
//! taken away there.

use crate::config::PublicUrl;
use crate::http::cookies;
use axum::http::HeaderMap;

const NAME: &str = "teamflow_new_token";
const SECONDS: u32 = 60;

/// The secret, if the request brings one.
pub fn of(public_url: &PublicUrl, headers: &HeaderMap) -> Option<String> {
    cookies::find(headers, &cookies::name(public_url, NAME)).map(str::to_owned)
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
    let name = cookies::name(public_url, NAME);
    format!("{name}={secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}")
}
