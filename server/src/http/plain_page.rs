//! Pages without the application: plain HTML that takes no time to draw. Nothing of them needs a script, and no script runs.

use crate::app::App;
use crate::grants::redirects::source;
use ::app::dom::markup::escape;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use axum::response::{IntoResponse, Response};

/// A text as HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    escape(text, &mut escaped);
    escaped
}

/// A page with a few words, in the site's design; `back` is where its form may lead, besides here.
pub(crate) fn page(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    title: &str,
    body: &str,
    back: Option<&str>,
) -> Response {
    let theme = super::ssr::theme(&app.public_url, headers)
        .map(|theme| format!(" data-theme=\"{}\"", theme.as_str()))
        .unwrap_or_default();
    let css = escaped(&app.site.manifest.css);
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"{theme}><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · TeamFlow</title>\
         <link rel=\"stylesheet\" href=\"{css}\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         </head><body><main class=\"auth\" id=\"main\"><div class=\"auth__card\"><div class=\"auth__brand\">\
         <img src=\"/favicon.svg\" alt=\"\" width=\"28\" height=\"28\">TeamFlow</div>{body}</div></main></body></html>"
    );
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(policy) = HeaderValue::from_str(&policy(back)) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Browsers judge where a form may lead by every address on the way, so the program's own is among them.
fn policy(back: Option<&str>) -> String {
    let back = match back.map(source) {
        // Policies know no addresses of version six.
        Some(place) if place.starts_with("http://[") => " http:".to_owned(),
        Some(place) => format!(" {place}"),
        None => String::new(),
    };
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'{back}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_stays_text() {
        assert_eq!(
            escaped("<b a='1' c=\"2\">&"),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;"
        );
    }

    #[test]
    fn the_policy_lets_the_form_lead_back_and_nowhere_else() {
        let of = |address: &str| policy(Some(address));
        assert!(
            of("http://127.0.0.1:5000/callback")
                .contains("form-action 'self' http://127.0.0.1:5000;")
        );
        assert!(of("org.example.app:/callback").contains("form-action 'self' org.example.app:;"));
        assert!(of("http://[::1]:5000/callback").contains("form-action 'self' http:;"));
        assert!(policy(None).contains("form-action 'self';"));
    }
}
