//! `cargo xtask run`: build everything, then serve it.

use crate::workspace::{self, Profile};
use crate::{build, process};
use anyhow::Result;
use std::env;
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build without optimizing: sooner ready, slower to use.
    #[arg(long)]
    debug: bool,
    /// Passed to `teamflow serve`.
    #[arg(last = true)]
    serve: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let profile = if arguments.debug {
        Profile::Debug
    } else {
        Profile::Release
    };
    if !profile.server().exists() {
        println!(
            "The first build compiles every dependency and takes some minutes; later ones are quick."
        );
    }
    build::all(profile, true)?;
    hand_over(serve(profile).args(&arguments.serve))
}

/// The server over this profile's site, with `./data` unless the environment names another folder.
pub(crate) fn serve(profile: Profile) -> Command {
    let mut server = Command::new(profile.server());
    server
        .arg("serve")
        .current_dir(workspace::root())
        .env("TEAMFLOW_SITE_DIR", profile.site_dir());
    if env::var_os("TEAMFLOW_DATA_DIR").is_none() {
        server.env("TEAMFLOW_DATA_DIR", "./data");
    }
    server
}

/// Becomes the server, so that signals reach it and nothing else stays in memory.
#[cfg(unix)]
fn hand_over(server: &mut Command) -> Result<()> {
    use anyhow::Context;
    use std::os::unix::process::CommandExt;
    let line = process::describe(server);
    Err(server.exec()).with_context(|| format!("could not start `{line}`"))
}

#[cfg(not(unix))]
fn hand_over(server: &mut Command) -> Result<()> {
    process::run(server)
}
