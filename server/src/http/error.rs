//! The one error of the server, and its one shape on the wire.

use super::middleware::request_id;
use axum::Json;
use axum::extract::rejection::{
    BytesRejection, FormRejection, JsonRejection, PathRejection, QueryRejection,
};
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;
use shared::codes::{Code, Rejected};
use utoipa::ToSchema;

/// Why something was not done.
#[derive(Debug)]
pub enum Error {
    /// A rule said no: the person is told why. Never logged as an error.
    Refused(Rejected),
    /// Something broke: logged once, where it leaves the server, and answered as `internal`.
    Failed(anyhow::Error),
}

impl Error {
    /// What the person is told. A failure is logged here, so call it where the error leaves the server, and once.
    pub fn into_rejected(self) -> Rejected {
        match self {
            Error::Refused(rejected) => rejected,
            Error::Failed(error) => {
                tracing::error!(error = format!("{error:#}"), "failed");
                Code::Internal.into()
            }
        }
    }
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
        let rejected = self.into_rejected();
        let code = rejected.code;
        let status =
            StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response: Response<_> = (status, Json(Envelope::new(rejected))).into_response();
        if matches!(code, Code::TooManyRequests | Code::Unavailable) {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("1"));
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
        Error::Failed(error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Error::Failed(error.into())
    }
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
