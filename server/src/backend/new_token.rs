//! The secret of a token that a plain form has made: it reaches the page it comes back to in a cookie of one minute, which is
//! taken away there.

use crate::config::PublicUrl;
use crate::http::cookies::{self, SameSite};
use axum::http::HeaderMap;

const NAME: &str = "teamflow_new_token";
const SECONDS: u64 = 60;

/// The secret, if the request brings one.
pub fn of(public_url: &PublicUrl, headers: &HeaderMap) -> Option<String> {
    cookies::find(headers, public_url, NAME).map(str::to_owned)
}

/// The `Set-Cookie` header that hands a secret over.
pub fn cookie(public_url: &PublicUrl, secret: &str) -> String {
    cookies::set(public_url, NAME, secret, SameSite::Strict, Some(SECONDS))
}

/// The `Set-Cookie` header that takes it away once it was shown.
pub fn removal_cookie(public_url: &PublicUrl) -> String {
    cookies::removal(public_url, NAME)
}
