//! How much one request may ask for.

use super::source::{Source, whole};
use std::time::Duration;

const MEBIBYTE: u64 = 1024 * 1024;

/// Limits of one request.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `TEAMFLOW_BODY_BYTES_MAX`: the largest request body, uploads of files left out. Default 2097152 (2 MiB).
    pub body_bytes_max: usize,
    /// `TEAMFLOW_REQUESTS_PER_MINUTE`: how often an account, an access token, or an address without either may ask the API
    /// and what pages need. Default 100; 0 is without limit.
    pub requests_per_minute: u32,
    /// `TEAMFLOW_SIGN_INS_PER_MINUTE`: how often an address may try the other doors for strangers: signing up, asking for
    /// links and following them, renewing tokens. Default 10; 0 is without limit.
    pub sign_ins_per_minute: u32,
    /// `TEAMFLOW_SIGN_INS_PER_QUARTER_HOUR`: how often an address may get a password or a code wrong. Default 5; 0 is
    /// without limit. Attempts on one account are slowed down beside it.
    pub sign_ins_per_quarter_hour: u32,
    /// `TEAMFLOW_UPLOADS_PER_HOUR`: how many files somebody may send. Default 10; 0 is without limit.
    pub uploads_per_hour: u32,
    /// `TEAMFLOW_DOWNLOADS_PER_HOUR`: how many exports and files of the audit log somebody may fetch. Default 60; 0 is without
    /// limit.
    pub downloads_per_hour: u32,
    /// `TEAMFLOW_PAGES_PER_MINUTE`: how many pages somebody may have drawn, by account, or by address for strangers. Default
    /// 1200; 0 is without limit.
    pub pages_per_minute: u32,
    /// `TEAMFLOW_SYNCS_PER_MINUTE`: how often an account, or a program, may connect to the synced rows, send to them, and
    /// fetch them and pictures, besides what goes through a socket. Default 6000; 0 is without limit.
    pub syncs_per_minute: u32,
    /// `TEAMFLOW_CONNECTIONS_PER_ACCOUNT`: how many sockets, streams and polls an account may keep open at one server, over all
    /// its browsers and programs. Default 50; 0 is without limit.
    pub connections_per_account: u32,
    /// `TEAMFLOW_CONNECTIONS_PER_ADDRESS`: how many may be kept open from one address, behind which there may be a whole
    /// office. Default 1000; 0 is without limit.
    pub connections_per_address: u32,
    /// `TEAMFLOW_READER_TIMEOUT_SECONDS`: how long an open connection may keep the server waiting that does not read; then it
    /// is closed. Default 10.
    pub reader_timeout: Duration,
    /// `TEAMFLOW_SESSION_CHECK_SECONDS`: how often each open connection is checked to stand on a sign-in that is still good,
    /// should the word that it has ended have been lost. Default 60.
    pub session_check: Duration,
    /// `TEAMFLOW_REQUEST_TIMEOUT_SECONDS`: how long an answer may take to begin. Default 30.
    pub request_timeout: Duration,
    /// `TEAMFLOW_HEADER_TIMEOUT_SECONDS`: how long a connection may take to begin a request and to send its headers; then it
    /// is closed. Default 30.
    pub header_timeout: Duration,
}

impl Limits {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let body_bytes_max = source.value("body_bytes_max", 2 * MEBIBYTE, |text| {
            whole(text, 1024, 1024 * MEBIBYTE)
        });
        source.retired("ai_per_hour");
        let mut rate = |key, default| {
            let rate = source.value(key, default, |text| whole(text, 0, 1_000_000));
            u32::try_from(rate).unwrap_or(u32::MAX)
        };
        let requests_per_minute = rate("requests_per_minute", 100);
        let sign_ins_per_minute = rate("sign_ins_per_minute", 10);
        let sign_ins_per_quarter_hour = rate("sign_ins_per_quarter_hour", 5);
        let uploads_per_hour = rate("uploads_per_hour", 10);
        let downloads_per_hour = rate("downloads_per_hour", 60);
        let pages_per_minute = rate("pages_per_minute", 1_200);
        let syncs_per_minute = rate("syncs_per_minute", 6_000);
        let connections_per_account = rate("connections_per_account", 50);
        let connections_per_address = rate("connections_per_address", 1_000);
        let reader = source.value("reader_timeout_seconds", 10, |text| whole(text, 1, 3_600));
        let check = source.value("session_check_seconds", 60, |text| whole(text, 1, 3_600));
        let seconds = source.value("request_timeout_seconds", 30, |text| whole(text, 1, 3_600));
        let header = source.value("header_timeout_seconds", 30, |text| whole(text, 1, 3_600));
        Self {
            requests_per_minute,
            sign_ins_per_minute,
            sign_ins_per_quarter_hour,
            uploads_per_hour,
            downloads_per_hour,
            pages_per_minute,
            syncs_per_minute,
            body_bytes_max: usize::try_from(body_bytes_max).unwrap_or(usize::MAX),
            request_timeout: Duration::from_secs(seconds),
            header_timeout: Duration::from_secs(header),
            connections_per_account,
            connections_per_address,
            reader_timeout: Duration::from_secs(reader),
            session_check: Duration::from_secs(check),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use std::collections::BTreeMap;

    #[test]
    fn the_rates_are_those_of_the_specification_unless_somebody_says_otherwise() {
        let limits = Config::read(&BTreeMap::new(), None).unwrap().limits;
        assert_eq!(limits.requests_per_minute, 100);
        assert_eq!(limits.sign_ins_per_quarter_hour, 5);
        assert_eq!(limits.sign_ins_per_minute, 10);
        assert_eq!(limits.uploads_per_hour, 10);
        assert_eq!(limits.connections_per_account, 50);
        assert_eq!(limits.connections_per_address, 1_000);
    }
}
