//! `cargo xtask dev`: serve, and on every save rebuild what changed, restart the server, and let the browser reload.
//!
//! The server offers `/__dev/reload` while `TEAMFLOW_DEV_RELOAD` is set: pages hold a connection to it and reload when
//! it comes back, so restarting the server is all that is needed here.

mod watch;

use crate::build::{self, Client, Site};
use crate::progress::elapsed;
use crate::run;
use crate::workspace::Profile;
use anyhow::{Context, Result};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};
use watch::{Changed, Watch};

const PROFILE: Profile = Profile::Debug;
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long the server may take to say goodbye.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Passed to `teamflow serve`.
    #[arg(last = true)]
    serve: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut watch = Watch::start()?;
    build::ensure_target()?;
    let mut session = Session {
        client: None,
        server: None,
        serve: &arguments.serve,
    };
    session.rebuild(Changed::everything());
    loop {
        thread::sleep(POLL_INTERVAL);
        session.report_exit()?;
        let changed = watch.poll()?;
        if changed != Changed::default() {
            session.rebuild(changed);
        }
    }
}

struct Session<'a> {
    /// The last one that compiled.
    client: Option<Client>,
    server: Option<Child>,
    serve: &'a [String],
}

impl Session<'_> {
    /// A mistake in the code is printed, and the server of before stays up until the next save.
    fn rebuild(&mut self, changed: Changed) {
        let start = Instant::now();
        println!("rebuilding {changed} ...");
        match self.try_rebuild(changed) {
            Ok(()) => println!("rebuilt {changed} in {}", elapsed(start.elapsed())),
            Err(error) => println!("error: {error:#}\nwaiting for the next save"),
        }
    }

    fn try_rebuild(&mut self, changed: Changed) -> Result<()> {
        let known = if changed.client {
            None
        } else {
            self.client.take()
        };
        let client = match known {
            Some(client) => client,
            None => build::client(PROFILE)?,
        };
        let site = Site::assemble(&client);
        self.client = Some(client);
        site?.write(PROFILE)?;
        if changed.server {
            build::server(PROFILE)?;
        }
        self.restart()
    }

    fn restart(&mut self) -> Result<()> {
        if let Some(mut server) = self.server.take() {
            stop(&mut server)?;
        }
        let mut command = run::serve(PROFILE);
        command.args(self.serve).env("TEAMFLOW_DEV_RELOAD", "1");
        self.server = Some(command.spawn().context("could not start the server")?);
        Ok(())
    }

    fn report_exit(&mut self) -> Result<()> {
        let Some(server) = &mut self.server else {
            return Ok(());
        };
        if let Some(status) = server.try_wait()? {
            println!("the server ended ({status}); it starts again with the next save");
            self.server = None;
        }
        Ok(())
    }
}

/// Asks first, so that the server closes its database and its sockets in order.
fn stop(server: &mut Child) -> Result<()> {
    let asked = cfg!(unix)
        && Command::new("kill")
            .arg(server.id().to_string())
            .status()
            .is_ok_and(|status| status.success());
    let patience = Instant::now();
    while asked && patience.elapsed() < STOP_TIMEOUT {
        if server.try_wait()?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    server.kill()?;
    server.wait()?;
    Ok(())
}
