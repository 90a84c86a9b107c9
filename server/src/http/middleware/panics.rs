//! A panic in a handler is a bug of one request, not the end of the others.

use crate::http::Error;
use axum::response::{IntoResponse as _, Response};
use std::any::Any;

pub(super) fn answer(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::Failed(anyhow::anyhow!("a handler panicked: {text}")).into_response()
}
