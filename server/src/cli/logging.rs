//! The log: to standard error, so that standard output has answers alone.

use crate::config::{Log, LogFormat};
use anyhow::{Context as _, anyhow};
use std::io::{self, IsTerminal as _};
use tracing_subscriber::EnvFilter;

/// From here on, everything is logged.
pub(super) fn start(config: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(&config.filter)
        .context("reading TEAMFLOW_LOG")?;
    let terminal = io::stderr().is_terminal();
    let format = config.format.unwrap_or(if terminal {
        LogFormat::Text
    } else {
        LogFormat::Json
    });
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal);
    match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
    }
    .map_err(|error| anyhow!("starting the log: {error}"))
}
