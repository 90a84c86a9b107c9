//! Requests that go out because somebody wants them to.

use super::listen::networks;
use super::source::{Source, whole};
use ipnet::IpNet;
use std::time::Duration;

const KIBIBYTE: u64 = 1024;

/// What may be asked, and how much of an answer is read.
#[derive(Clone, Debug)]
pub struct OutgoingSettings {
    /// `TEAMFLOW_OUTGOING_ALLOWED`: addresses or networks that are not public and may be asked all the same, with commas
    /// between them, such as `10.1.0.0/16`. Default: none.
    pub allowed: Vec<IpNet>,
    /// `TEAMFLOW_OUTGOING_TIMEOUT_SECONDS`: how long an answer may take. Default 10.
    pub timeout: Duration,
    /// `TEAMFLOW_OUTGOING_BYTES_MAX`: the largest answer. Default 1048576 (1 MiB).
    pub bytes_max: usize,
}

impl OutgoingSettings {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let seconds = source.value("outgoing_timeout_seconds", 10, |text| whole(text, 1, 600));
        let bytes_max = source.value("outgoing_bytes_max", KIBIBYTE * KIBIBYTE, |text| {
            whole(text, KIBIBYTE, KIBIBYTE * KIBIBYTE * KIBIBYTE)
        });
        Self {
            allowed: source.value("outgoing_allowed", Vec::new(), networks),
            timeout: Duration::from_secs(seconds),
            bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
        }
    }
}
