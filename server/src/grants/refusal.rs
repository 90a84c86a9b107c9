//! What programs are told that ask for tokens in a way that is not right: the words are those of RFC 6749.

use crate::http::Error;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName, PRAGMA};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Nothing on the way may keep an answer.
pub(super) const NOT_KEPT: [(HeaderName, &str); 2] =
    [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];

/// Why a program gets nothing.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It asked in a way that is not right.
    Told(&'static str, String),
    /// Something else.
    Other(Error),
}

impl Refusal {
    pub(super) fn new(error: &'static str, why: impl Into<String>) -> Self {
        Self::Told(error, why.into())
    }

    pub(super) fn invalid(why: impl Into<String>) -> Self {
        Self::new("invalid_request", why)
    }
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Told(error, error_description) => {
                let body = Body {
                    error,
                    error_description,
                };
                (StatusCode::BAD_REQUEST, NOT_KEPT, Json(body)).into_response()
            }
            Refusal::Other(error) => error.into_response(),
        }
    }
}
