//! A name for each request, which the answer, the log and the error envelope share.

use crate::app::App;
use crate::rng::Rng;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::fmt::Write as _;
use tracing::Instrument as _;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const CHARS_MAX: usize = 64;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task answers.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

pub(super) async fn assign(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = incoming(request.headers()).unwrap_or_else(|| fresh(&app.rng));
    let span = tracing::info_span!(
        "request",
        request.id = id,
        http.method = %request.method(),
        // Without the query, which may hold what people search for.
        http.path = request.uri().path(),
    );
    let mut response = CURRENT
        .scope(id.clone(), next.run(request))
        .instrument(span)
        .await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// A proxy's id, if it can do no harm in a log.
fn incoming(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let harmless = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    ((1..=CHARS_MAX).contains(&id.len()) && id.bytes().all(harmless)).then(|| id.to_owned())
}

fn fresh(rng: &Rng) -> String {
    rng.bytes::<10>()
        .iter()
        .fold(String::new(), |mut id, byte| {
            let _ = write!(id, "{byte:02x}");
            id
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming_of(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        incoming(&headers)
    }

    #[test]
    fn a_proxy_may_name_a_request_but_not_write_into_the_log() {
        assert_eq!(incoming_of("0af7-65_1.x").as_deref(), Some("0af7-65_1.x"));
        for bad in ["", "a b", "a\"b", "ä", "<script>"] {
            assert_eq!(incoming_of(bad), None, "{bad}");
        }
        assert_eq!(incoming_of(&"a".repeat(CHARS_MAX + 1)), None);
    }

    #[test]
    fn a_fresh_id_is_accepted_back() {
        let id = fresh(&Rng::seeded(1));
        assert_eq!(id.len(), 20);
        assert_ne!(id, fresh(&Rng::seeded(2)));
    }
}
