//! Naming cookies, and reading one.

use crate::config::PublicUrl;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// The name of a cookie of ours. Over TLS, browsers take the `__Host-` prefix as a promise: from this host alone, for all of
/// it.
pub fn name(public_url: &PublicUrl, name: &str) -> String {
    if public_url.is_secure() {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

/// The value of the cookie of that name.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("xa=1; a=2;b=3=4"));
        headers.append(COOKIE, HeaderValue::from_static("c=5"));
        assert_eq!(find(&headers, "a"), Some("2"));
        assert_eq!(find(&headers, "b"), Some("3=4"));
        assert_eq!(find(&headers, "c"), Some("5"));
        assert_eq!(find(&headers, "d"), None);
    }
}
