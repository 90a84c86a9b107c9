//! Naming cookies, writing and reading one, also one whose words nobody else can put there.

use super::Error;
use crate::app::App;
use crate::clock::later;
use crate::config::PublicUrl;
use anyhow::Context as _;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::values::Time;
use std::time::Duration;

/// The name of a cookie of ours. Over TLS, browsers take the `__Host-` prefix as a promise: from this host alone, for all of
/// it.
pub fn name(public_url: &PublicUrl, name: &str) -> String {
    if public_url.is_secure() {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

/// To whom browsers send a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// To us, from our own pages alone.
    Strict,
    /// To us, also from links elsewhere: who comes back from a provider comes from another site.
    Lax,
}

/// The `Set-Cookie` header of a cookie that scripts do not see. It lives for that many seconds (none: it is taken away), or,
/// without, as long as the browser runs.
pub fn set(
    public_url: &PublicUrl,
    bare_name: &str,
    value: &str,
    same_site: SameSite,
    max_age: Option<u64>,
) -> String {
    let name = name(public_url, bare_name);
    let age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if public_url.is_secure() {
        "; Secure"
    } else {
        ""
    };
    format!("{name}={value}; HttpOnly; SameSite={same_site:?}; Path=/{age}{secure}")
}

/// The `Set-Cookie` header that takes a cookie away.
pub fn removal(public_url: &PublicUrl, bare_name: &str) -> String {
    set(public_url, bare_name, "", SameSite::Strict, Some(0))
}

/// The value of a cookie of ours. Where there are two of one name that say different things, somebody else has put one
/// there, and neither counts.
pub fn find<'a>(
    headers: &'a HeaderMap,
    public_url: &PublicUrl,
    bare_name: &str,
) -> Option<&'a str> {
    let name = name(public_url, bare_name);
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name).then_some(value));
    let value = found.next()?;
    found.all(|other| other == value).then_some(value)
}

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    value: T,
    until: Time,
}

/// The `Set-Cookie` header of something that only we can read and write. `bare_name` is what it is sealed for, too: nothing
/// opens under another name.
pub fn seal(
    app: &App,
    bare_name: &str,
    value: &impl Serialize,
    same_site: SameSite,
    lifetime: Duration,
) -> Result<String, Error> {
    let until = later(app.clock.now(), lifetime);
    let plain = serde_json::to_vec(&Sealed { value, until }).context("writing down a cookie")?;
    let sealed = app.vault.seal(&app.rng, bare_name, &plain)?;
    let sealed = BASE64_URL_SAFE_NO_PAD.encode(sealed);
    let age = Some(lifetime.as_secs());
    Ok(set(&app.public_url, bare_name, &sealed, same_site, age))
}

/// What was sealed under that name, if it is still to be read.
pub fn unseal<T: DeserializeOwned>(app: &App, headers: &HeaderMap, bare_name: &str) -> Option<T> {
    let sealed = find(headers, &app.public_url, bare_name)?;
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let plain = app.vault.unseal(bare_name, &sealed).ok()?;
    let found: Sealed<T> = serde_json::from_slice(&plain).ok()?;
    (found.until > app.clock.now()).then_some(found.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let cookie = |url, same_site, age| {
            let url = PublicUrl::parse(url).unwrap();
            set(&url, "teamflow_it", "secret", same_site, age)
        };
        assert_eq!(
            cookie("http://127.0.0.1:8080", SameSite::Strict, Some(60)),
            "teamflow_it=secret; HttpOnly; SameSite=Strict; Path=/; Max-Age=60"
        );
        assert_eq!(
            cookie("https://tasks.example.org", SameSite::Lax, None),
            "__Host-teamflow_it=secret; HttpOnly; SameSite=Lax; Path=/; Secure"
        );
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("xa=1; a=2;b=3=4"));
        headers.append(COOKIE, HeaderValue::from_static("c=5"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-a=6"));
        let plain = PublicUrl::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!(find(&headers, &plain, "a"), Some("2"));
        assert_eq!(find(&headers, &plain, "b"), Some("3=4"));
        assert_eq!(find(&headers, &plain, "c"), Some("5"));
        assert_eq!(find(&headers, &plain, "d"), None);
        let secure = PublicUrl::parse("https://tasks.example.org").unwrap();
        assert_eq!(find(&headers, &secure, "a"), Some("6"));
        assert_eq!(find(&headers, &secure, "b"), None);
    }
}
