//! Refuses what another site makes a signed-in browser send.
//!
//! The session cookie is `SameSite=Lax` already; this check is the second fence, and the only one for sockets in browsers
//! that send cookies there. It looks at requests that may change something and that a cookie could authorise: a request
//! with a Bearer token alone passes, because no other site can add one.

use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::config::PublicUrl;
use crate::http::{Error, cookies};
use crate::sessions;
use axum::extract::{Request, State};
use axum::http::header::{HOST, HeaderName, ORIGIN, REFERER, UPGRADE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use shared::audit_entries::Act;
use shared::codes::Code;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Where the pages' server functions are: sign-in among them, which has no cookie yet.
const SERVER_FUNCTIONS: &str = "/sf/";

pub(super) async fn check(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let headers = request.headers();
    let guarded = request.uri().path().starts_with(SERVER_FUNCTIONS)
        || [sessions::COOKIE, sessions::ACCESS_COOKIE]
            .iter()
            .any(|name| cookies::find(headers, &app.public_url, name).is_some());
    if guarded && may_change(request.method(), headers) && !is_ours(headers, &app.public_url) {
        // Whose browser it was is not asked: a cookie that another site made it send says nothing of the person.
        audit_entries::tally(&app, Note::of_server(Act::Refused).saying("cross-site"));
        return Err(Code::CrossSite.into());
    }
    Ok(next.run(request).await)
}

/// A socket is opened with GET and then carries commands.
fn may_change(method: &Method, headers: &HeaderMap) -> bool {
    let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    !safe || headers.contains_key(UPGRADE)
}

/// Whether the browser says that our own page, or the person in the address bar, sent it.
fn is_ours(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    text(ORIGIN).is_some_and(|origin| is_origin(origin, text(HOST), public_url))
}

/// Whether a link to a page was followed on one of our own pages: for those few that begin something. Browsers that do not
/// say so tell at least where they come from.
pub(crate) fn is_followed_here(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    let origin = text(REFERER).and_then(|address| {
        let (scheme, rest) = address.split_once("://")?;
        let host = rest.split('/').next()?;
        Some(format!("{scheme}://{host}"))
    });
    origin.is_some_and(|origin| is_origin(&origin, text(HOST), public_url))
}

fn is_origin(origin: &str, our_host: Option<&str>, public_url: &PublicUrl) -> bool {
    let host = origin.split_once("://").map(|(_, host)| host);
    origin.eq_ignore_ascii_case(&public_url.origin())
        || matches!((host, our_host), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn ours(headers: &[(HeaderName, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        is_ours(
            &headers,
            &PublicUrl::parse("https://tasks.example.org").unwrap(),
        )
    }

    #[test]
    fn the_browsers_own_word_counts_first() {
        assert!(ours(&[(SEC_FETCH_SITE, "same-origin")]));
        assert!(ours(&[(SEC_FETCH_SITE, "none")]));
        for site in ["cross-site", "same-site", ""] {
            let own = (ORIGIN, "https://tasks.example.org");
            assert!(!ours(&[(SEC_FETCH_SITE, site), own]), "{site}");
        }
    }

    #[test]
    fn without_it_the_origin_must_be_the_public_one_or_the_host() {
        let host = (HOST, "127.0.0.1:8080");
        assert!(ours(&[(ORIGIN, "https://tasks.example.org"), host.clone()]));
        assert!(ours(&[(ORIGIN, "http://127.0.0.1:8080"), host.clone()]));
        for origin in [
            "null",
            "https://evil.example",
            "http://127.0.0.1:8081",
            "http://tasks.example.org",
        ] {
            assert!(!ours(&[(ORIGIN, origin), host.clone()]), "{origin}");
        }
        assert!(
            !ours(&[host]),
            "a browser that may send a cookie sends one of the two"
        );
    }

    #[test]
    fn a_link_that_begins_something_is_followed_on_our_pages() {
        let followed = |name: HeaderName, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
            let url = PublicUrl::parse("https://tasks.example.org").unwrap();
            is_followed_here(&headers, &url)
        };
        assert!(followed(SEC_FETCH_SITE, "same-origin"));
        assert!(followed(
            REFERER,
            "https://tasks.example.org/settings/account"
        ));
        assert!(followed(REFERER, "http://127.0.0.1:8080/"));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!followed(SEC_FETCH_SITE, site), "{site}");
        }
        for page in [
            "https://tasks.example.org.evil.example/",
            "https://evil.example/https://tasks.example.org/",
            "",
        ] {
            assert!(!followed(REFERER, page), "{page}");
        }
    }

    #[test]
    fn opening_a_socket_may_change_something() {
        let mut upgrade = HeaderMap::new();
        upgrade.insert(UPGRADE, HeaderValue::from_static("websocket"));
        assert!(may_change(&Method::GET, &upgrade));
        assert!(!may_change(&Method::GET, &HeaderMap::new()));
        assert!(may_change(&Method::DELETE, &HeaderMap::new()));
    }
}
