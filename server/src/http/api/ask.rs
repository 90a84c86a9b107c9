//! What handlers of the API take: bodies, idempotency keys, and the version that a change is based on.

use crate::app::App;
use crate::http::Error;
use crate::sync::Once;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;
use shared::codes::{Code, Rejected};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const KEY_CHARS_MAX: usize = 200;
/// Messages of the parser may quote the request.
const MESSAGE_CHARS_MAX: usize = 300;

/// A JSON body, and the key under which what it asks for is done once.
pub struct Asked<T> {
    /// The body.
    pub body: T,
    /// The `Idempotency-Key`.
    pub once: Option<Once>,
}

impl<T: DeserializeOwned> FromRequest<App> for Asked<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        require_json(&parts.headers)?;
        let bytes = Bytes::from_request(Request::new(body), app).await?;
        Ok(Self {
            body: parse(&bytes)?,
            once: once(&parts, &bytes)?,
        })
    }
}

/// The key under which a request without a body is done once.
pub struct Key(pub Option<Once>);

impl FromRequestParts<App> for Key {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        once(parts, &[]).map(Self)
    }
}

/// The version that a change is based on, from `If-Match`.
pub struct IfMatch(pub Option<u64>);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Ok(Self(None));
        };
        let tag = value.to_str().unwrap_or_default().trim();
        if tag == "*" {
            return Ok(Self(None));
        }
        let version = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        version
            .parse()
            .map(|version| Self(Some(version)))
            .map_err(|_| {
                let text = "If-Match takes the ETag of the resource, such as \"12\".";
                Rejected {
                    field: Some("If-Match".into()),
                    ..Rejected::new(Code::InvalidRequest, text)
                }
                .into()
            })
    }
}

fn once(parts: &Parts, body: &[u8]) -> Result<Option<Once>, Error> {
    let Some(key) = parts.headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let visible = |key: &str| key.bytes().all(|byte| byte.is_ascii_graphic());
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=KEY_CHARS_MAX).contains(&key.len()));
    let Some(key) = key.filter(|key| visible(key)) else {
        let text = format!("An Idempotency-Key has 1 to {KEY_CHARS_MAX} visible ASCII characters.");
        return Err(Rejected {
            field: Some("Idempotency-Key".into()),
            ..Rejected::new(Code::InvalidRequest, text)
        }
        .into());
    };
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let request = [parts.method.as_str().as_bytes(), path.as_bytes(), body];
    Ok(Some(Once::new(key, &request)))
}

/// A form of another site can send anything but this type without being asked for leave first.
fn require_json(headers: &HeaderMap) -> Result<(), Error> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if kind == "application/json" || kind.ends_with("+json") {
        return Ok(());
    }
    let text = "Send the body as JSON, with the header Content-Type: application/json.";
    Err(Rejected::new(Code::InvalidRequest, text).into())
}

/// Reads a body; a refusal names the field at fault.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // The parser would take a list of the fields' values too.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(
            Rejected::new(Code::InvalidRequest, "The body is a list, not an object.").into(),
        );
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, error.inner())
    })?;
    json.end().map_err(|error| refusal(".", &error))?;
    Ok(body)
}

fn refusal(path: &str, error: &serde_json::Error) -> Rejected {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    let text: String = text[..end].chars().take(MESSAGE_CHARS_MAX).collect();
    if !error.is_data() {
        let place = format!("line {}, column {}", error.line(), error.column());
        return Rejected::new(
            Code::InvalidRequest,
            format!("The body is not JSON: {text} ({place})."),
        );
    }
    let named = text
        .strip_prefix("unknown field `")
        .or_else(|| text.strip_prefix("missing field `"))
        .and_then(|rest| rest.split('`').next());
    let path = if path == "." { "" } else { path };
    let field = match named {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path.to_owned(),
    };
    // The values' own sentences are for people already; the parser's are not.
    let (code, message) = if text.ends_with('.') {
        (Code::InvalidValue, text)
    } else {
        let at = Some(path)
            .filter(|path| !path.is_empty())
            .map(|path| format!("{path}: "));
        let text = format!("Not understood: {}{text}.", at.unwrap_or_default());
        (Code::InvalidRequest, text)
    };
    let field = Some(field).filter(|field| !field.is_empty());
    Rejected {
        code,
        message,
        field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use shared::values::Title;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "only read")]
        title: Title,
        #[expect(dead_code, reason = "only read")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only read")]
        count: u8,
    }

    #[test]
    fn a_refusal_names_the_field() {
        for (body, field, code) in [
            (r#"{"title":""}"#, Some("title"), Code::InvalidValue),
            (r#"{"title":5}"#, Some("title"), Code::InvalidRequest),
            ("{}", Some("title"), Code::InvalidRequest),
            (r#"{"title":"a","x":1}"#, Some("x"), Code::InvalidRequest),
            (
                r#"{"title":"a","inner":{"count":300}}"#,
                Some("inner.count"),
                Code::InvalidRequest,
            ),
            (
                r#"{"title":"a","inner":{"x":3}}"#,
                Some("inner.x"),
                Code::InvalidRequest,
            ),
            (r#"{"title":"a""#, None, Code::InvalidRequest),
            (r#"{"title":"a"} x"#, None, Code::InvalidRequest),
            ("[]", None, Code::InvalidRequest),
            ("", None, Code::InvalidRequest),
        ] {
            let Err(Error::Refused(refused)) = parse::<Body>(body.as_bytes()) else {
                panic!("{body} was taken");
            };
            assert_eq!(
                (refused.field.as_deref(), refused.code),
                (field, code),
                "{body}"
            );
            assert!(refused.message.ends_with('.'), "{}", refused.message);
        }
    }
}
