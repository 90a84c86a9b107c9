//! How much one request may ask for.

use super::source::{Source, whole};
use std::time::Duration;

const MEBIBYTE: u64 = 1024 * 1024;

/// Limits of one request.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `TEAMFLOW_BODY_BYTES_MAX`: the largest request body, uploads of files left out. Default 2097152 (2 MiB).
    pub body_bytes_max: usize,
    /// `TEAMFLOW_REQUEST_TIMEOUT_SECONDS`: how long an answer may take to begin. Default 30.
    pub request_timeout: Duration,
}

impl Limits {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let body_bytes_max = source.value("body_bytes_max", 2 * MEBIBYTE, |text| {
            whole(text, 1024, 1024 * MEBIBYTE)
        });
        let seconds = source.value("request_timeout_seconds", 30, |text| whole(text, 1, 3_600));
        Self {
            body_bytes_max: usize::try_from(body_bytes_max).unwrap_or(usize::MAX),
            request_timeout: Duration::from_secs(seconds),
        }
    }
}
