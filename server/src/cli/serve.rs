//! `teamflow serve`.

use super::print;
use crate::audit_entries;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{Server, assets};
use crate::rng::Rng;
use crate::{retention, second_steps, sessions, settings, sync, workspaces};
use anyhow::Context as _;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let server = Server::bind(config, Clock::system(), Rng::system()).await?;
    let app = server.app().clone();
    let url = app.public_url.origin();
    tracing::info!(address = %server.address(), database = app.db.engine(), "serving");
    print(&format!("TeamFlow is ready: {url}")).context("writing to standard output")?;
    sync::run(&app);
    assets::run(&app);
    sessions::run(&app);
    audit_entries::run(&app);
    workspaces::purge::run(&app);
    settings::run(&app);
    retention::run(&app);
    second_steps::run(&app);
    let serving = server.run();
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        () = signals.next() => {
            tracing::info!("stopping");
            app.draining.cancel();
        }
    }
    tokio::select! {
        ended = &mut serving => return ended,
        () = tokio::time::sleep(app.config.listen.drain) => {}
        // Whoever asks again is in a hurry.
        () = signals.next() => {}
    }
    app.shutdown.cancel();
    tokio::select! {
        ended = serving => ended,
        // What was acknowledged is on the disk.
        () = signals.next() => Ok(()),
    }
}

/// What asks a process to end. It is listened to from the start: between two looks nothing is missed.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("listening for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("listening for SIGINT")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What asks a process to end.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "cannot listen for Ctrl-C");
            std::future::pending::<()>().await;
        }
    }
}
