//! What handlers of the API answer with.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A resource as of a version, which is its `ETag`.
pub struct Shown<T> {
    /// The number of the change that last touched it.
    pub version: u64,
    /// The resource.
    pub body: T,
}

/// A resource that was made, and where it is.
pub struct Created<T> {
    /// Its address on this server.
    pub location: String,
    /// What it is.
    pub shown: Shown<T>,
}

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        (etag(self.version), Json(self.body)).into_response()
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, self.shown).into_response();
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// The header that names a version.
pub fn etag(version: u64) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}
