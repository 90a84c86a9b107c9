//! The one error of the server, and its one shape on the wire.

use super::middleware::request_id;
use axum::Json;
use axum::extract::rejection::{
    BytesRejection, FormRejection, JsonRejection, PathRejection, QueryRejection,
};
use axum::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;
use shared::codes::{Code, Rejected};
use std::time::Duration;
use utoipa::ToSchema;

/// Why something was not done.
#[derive(Debug)]
pub enum Error {
    /// A rule said no: the person is told why. Never logged as an error.
    Refused(Rejected),
    /// It was too often, or is too much: the person is told when to come again.
    Later(Rejected, Duration),
    /// Something broke: logged once, where it leaves the server, and answered as `internal`.
    Failed(anyhow::Error),
}

impl Error {
    /// A refusal for now, with the time to wait in words.
    pub fn later(what: &str, wait: Duration) -> Self {
        let text = format!("{what} Try again in {}.", in_words(wait));
        Error::Later(Rejected::new(Code::TooManyRequests, text), wait)
    }

    /// How many seconds to wait, where it is told.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Error::Later(_, wait) => Some(wait.as_secs().max(1)),
            Error::Refused(rejected)
                if matches!(rejected.code, Code::TooManyRequests | Code::Unavailable) =>
            {
                Some(1)
            }
            _ => None,
        }
    }

    /// What the person is told. A failure is logged here, so call it where the error leaves the server, and once.
    pub fn into_rejected(self) -> Rejected {
        match self {
            Error::Refused(rejected) | Error::Later(rejected, _) => rejected,
            Error::Failed(error) => {
                tracing::error!(error = format!("{error:#}"), "failed");
                Code::Internal.into()
            }
        }
    }
}

/// A time to wait: rounded up, so that nobody comes too early.
fn in_words(wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let (count, unit) = if seconds <= 90 {
        (seconds, "second")
    } else {
        (seconds.div_ceil(60), "minute")
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// The body of every answer that is an error.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Envelope {
    error: Body,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ErrorBody)]
struct Body {
    /// A stable name to match on.
    #[schema(value_type = String, example = "not_found")]
    code: Code,
    /// What happened and what to do next, for people.
    message: String,
    details: Details,
    /// The request's id, which the log has too.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ErrorDetails)]
struct Details {
    /// The field at fault, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl Envelope {
    /// The envelope of a refusal, with the current request's id.
    pub fn new(rejected: Rejected) -> Self {
        let Rejected {
            code,
            message,
            field,
        } = rejected;
        let details = Details { field };
        Self {
            error: Body {
                code,
                message,
                details,
                request_id: request_id::current(),
            },
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> axum::response::Response {
        let retry_after = self.retry_after();
        let rejected = self.into_rejected();
        let code = rejected.code;
        let status =
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response: Response<_> = (status, Json(Envelope::new(rejected))).into_response();
        // What a program that sends a Bearer token expects to be told (RFC 6750).
        let challenge = match code {
            Code::Unauthenticated => Some("Bearer"),
            Code::InsufficientScope => Some("Bearer error=\"insufficient_scope\""),
            _ => None,
        };
        if let Some(challenge) = challenge {
            let challenge = HeaderValue::from_static(challenge);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Error::Refused(rejected)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Error::Refused(code.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        if error.downcast_ref().is_some_and(is_unkept) {
            return unkept();
        }
        Error::Failed(error)
    }
}

/// What PostgreSQL answers to a text with the character NUL in it. Whoever sends one is told; nothing broke.
const UNKEPT_CHARACTER: &str = "22021";

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_unkept(&error) {
            return unkept();
        }
        Error::Failed(error.into())
    }
}

fn is_unkept(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.as_deref() == Some(UNKEPT_CHARACTER)
}

fn unkept() -> Error {
    let text = "A text contains a character that cannot be kept. Remove it.";
    Rejected::new(Code::InvalidRequest, text).into()
}

/// What axum's extractors refuse: the request's shape is wrong, or it is too large.
macro_rules! from_rejections {
    ($($rejection:ident)*) => {$(
        impl From<$rejection> for Error {
            fn from(rejection: $rejection) -> Self {
                if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    return Code::TooLarge.into();
                }
                Rejected::new(Code::InvalidRequest, rejection.body_text()).into()
            }
        }
    )*};
}

from_rejections! { BytesRejection FormRejection JsonRejection PathRejection QueryRejection }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_words_and_rounded_up() {
        let words = |ms| in_words(Duration::from_millis(ms));
        assert_eq!(words(0), "1 second");
        assert_eq!(words(29_001), "30 seconds");
        assert_eq!(words(90_001), "2 minutes");
        assert_eq!(words(3_600_000), "60 minutes");
    }
}
