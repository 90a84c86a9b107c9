//! Workspaces by host: where it is turned on, `acme.tasks.example.org` leads to the workspace `acme` at
//! `tasks.example.org`.
//!
//! Nothing is shown at such a host, and nobody signs in there: it only leads on. So cookies stay with the one host that
//! set them, and what is at one workspace's host can never be another's.

use crate::app::App;
use ::app::routes::href;
use axum::http::header::{CACHE_CONTROL, HOST, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use shared::values::Slug;

/// The way on, for a page that is asked for at a workspace's host.
pub(super) fn lead_on(app: &App, parts: &Parts) -> Option<Response> {
    if !app.config.listen.workspace_hosts || !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let host = match parts.headers.get(HOST) {
        Some(host) => host.to_str().ok()?,
        None => parts.uri.authority()?.as_str(),
    };
    let slug = slug_of(host, app.public_url.host())?;
    let path = match parts.uri.path_and_query().map_or("/", |here| here.as_str()) {
        "/" => href::workspace(slug.as_str()),
        path => path.to_owned(),
    };
    let location = format!("{}{path}", app.public_url.origin());
    let headers = [
        (LOCATION, HeaderValue::from_str(&location).ok()?),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Some((StatusCode::FOUND, headers).into_response())
}

/// The workspace that a host stands for: one word before the public one.
fn slug_of(host: &str, public: &str) -> Option<Slug> {
    let host = host.split(':').next()?.to_ascii_lowercase();
    let word = host.strip_suffix(public)?.strip_suffix('.')?;
    Slug::parse(word).ok().filter(|slug| !slug.is_reserved())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_before_the_public_host_is_a_workspace() {
        let slug = |host| slug_of(host, "tasks.example.org").map(String::from);
        assert_eq!(slug("acme.tasks.example.org"), Some("acme".into()));
        assert_eq!(slug("ACME.tasks.example.org:8080"), Some("acme".into()));
        for other in [
            "tasks.example.org",
            "www.tasks.example.org",
            "a.b.tasks.example.org",
            "acmetasks.example.org",
            "acme.tasks.example.org.evil.example",
            "evil.example",
            "",
        ] {
            assert_eq!(slug(other), None, "{other}");
        }
    }
}
