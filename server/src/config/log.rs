//! What is logged and how.

use super::source::{Source, word};
use tracing_subscriber::EnvFilter;

/// The log, which goes to standard error.
#[derive(Clone, Debug)]
pub struct Log {
    /// `TEAMFLOW_LOG`: levels by module, such as `info,server::sync=debug`. Default `info`.
    pub filter: String,
    /// `TEAMFLOW_LOG_FORMAT`: `text` or `json`. Default `text` on a terminal, else `json`.
    pub format: Option<LogFormat>,
}

/// The shape of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Log {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        Self {
            filter: source.value("log", "info".to_owned(), |text| {
                match EnvFilter::builder().parse(text) {
                    Ok(_) => Ok(text.to_owned()),
                    Err(_) => Err(format!(
                        "\"{text}\" is not a list of levels such as info,server::sync=debug"
                    )),
                }
            }),
            format: source.optional("log_format", |text| {
                word(
                    text,
                    &[("text", LogFormat::Text), ("json", LogFormat::Json)],
                )
            }),
        }
    }
}
