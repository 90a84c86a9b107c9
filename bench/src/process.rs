//! The server under load: the program that is installed, in a directory of its own.

use anyhow::{Context as _, ensure};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server, stopped when dropped.
pub(crate) struct Server {
    child: Child,
    directory: tempfile::TempDir,
    database: String,
    /// Where it answers.
    pub(crate) url: String,
    /// From being started to answering.
    pub(crate) started_in: Duration,
}

/// The release build of what browsers load.
pub(crate) const SITE: &str = "target/site-release";

/// The binary that is installed.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from("target/dist/teamflow")
}

impl Server {
    /// Starts a server on an empty database and waits until it answers.
    pub(crate) async fn start(database: &str) -> anyhow::Result<Self> {
        ensure!(binary().exists(), "build first: cargo xtask build --dist");
        let directory = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let database = if database == "sqlite" {
            format!("sqlite:{}", directory.path().join("teamflow.db").display())
        } else {
            database.to_owned()
        };
        let url = format!("http://127.0.0.1:{port}");
        // A first run creates and migrates: what counts is how fast a server that was there before comes back.
        let (mut child, _) = spawn(directory.path(), &database, port, &[]).await?;
        stop(&mut child)?;
        let (child, started_in) = spawn(directory.path(), &database, port, &[]).await?;
        Ok(Self {
            child,
            directory,
            database,
            url,
            started_in,
        })
    }

    /// Starts the server anew on the same data and address, with one more setting.
    pub(crate) async fn restart(&mut self, setting: (&str, &str)) -> anyhow::Result<()> {
        stop(&mut self.child)?;
        let port = self
            .url
            .rsplit(':')
            .next()
            .context("an address has a port")?;
        let directory = self.directory.path();
        let (child, started_in) =
            spawn(directory, &self.database, port.parse()?, &[setting]).await?;
        (self.child, self.started_in) = (child, started_in);
        Ok(())
    }

    /// Runs a subcommand on the same data; answers what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = command(self.directory.path(), &self.database)
            .args(arguments)
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "teamflow {}: {errors}",
            arguments.join(" ")
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kib: u64 = line
            .split_whitespace()
            .nth(1)
            .context("no figure")?
            .parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // At the end there is nobody left to tell that it would not stop.
        drop(stop(&mut self.child));
    }
}

fn command(directory: &Path, database: &str) -> Command {
    let mut command = Command::new(std::fs::canonicalize(binary()).unwrap_or_else(|_| binary()));
    command
        .env("TEAMFLOW_DATA_DIR", directory)
        .env("TEAMFLOW_DATABASE_URL", database)
        .env("TEAMFLOW_SITE_DIR", SITE)
        .env("TEAMFLOW_LOG", "warn")
        // One account asks as often as it can.
        .env("TEAMFLOW_REQUESTS_PER_MINUTE", "0")
        .env("TEAMFLOW_PAGES_PER_MINUTE", "0")
        .env("TEAMFLOW_SYNCS_PER_MINUTE", "0")
        .env("TEAMFLOW_CONNECTIONS_PER_ACCOUNT", "0")
        .env("TEAMFLOW_CONNECTIONS_PER_ADDRESS", "0")
        .env("TEAMFLOW_SIGN_INS_PER_MINUTE", "0")
        .env("TEAMFLOW_SIGN_INS_PER_QUARTER_HOUR", "0")
        .stdin(Stdio::null());
    command
}

async fn spawn(
    directory: &Path,
    database: &str,
    port: u16,
    settings: &[(&str, &str)],
) -> anyhow::Result<(Child, Duration)> {
    let began = Instant::now();
    let child = command(directory, database)
        .arg("serve")
        .env("TEAMFLOW_LISTEN", format!("127.0.0.1:{port}"))
        .envs(settings.iter().copied())
        .stdout(Stdio::null())
        .spawn()
        .context("starting the server")?;
    loop {
        if tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_ok()
        {
            return Ok((child, began.elapsed()));
        }
        ensure!(
            began.elapsed() < Duration::from_secs(20),
            "the server does not answer"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn stop(child: &mut Child) -> anyhow::Result<()> {
    let id = child.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status()?;
    child.wait()?;
    Ok(())
}
