//! `cargo xtask build`: the site and the server.
//!
//! `wasm` compiles and cuts, `naming` gives content hashes, `style` makes the one stylesheet, `public` finds what it and
//! the root of the site need, `site` puts it together and writes it, `size` measures. Each is a function from inputs to
//! files in memory, so `dev` can redo one of them alone.

mod arrange;
mod compress;
mod naming;
mod places;
mod public;
mod relocations;
mod short_names;
mod site;
mod size;
mod style;
mod unused;
mod wasm;

use crate::process;
use crate::progress::Steps;
use crate::workspace::Profile;
use anyhow::Result;
use std::path::PathBuf;

pub(crate) use naming::Client;
pub(crate) use site::Site;
pub(crate) use wasm::{cargo_for_browser, ensure_target};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Optimize: small WASM, a fast server, precompressed assets.
    #[arg(long)]
    release: bool,
    /// Optimize for being installed: as the release, and the server smaller, which takes some minutes more.
    #[arg(long, conflicts_with = "release")]
    dist: bool,
    /// Do not cut lazily loaded parts from the WASM (possible only while no function is `#[lazy]`).
    #[arg(long)]
    no_split: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let profile = if arguments.dist {
        Profile::Dist
    } else if arguments.release {
        Profile::Release
    } else {
        Profile::Debug
    };
    all(profile, !arguments.no_split)
}

/// The site and the server.
pub(crate) fn all(profile: Profile, split: bool) -> Result<()> {
    let mut steps = Steps::new(SITE_STEPS + 1);
    site_in(&mut steps, profile, split)?;
    steps.begin(format!("server: compile ({})", profile.name()));
    server(profile)?;
    steps.finish();
    Ok(())
}

/// The site alone, as it is served.
pub(crate) fn site(profile: Profile) -> Result<()> {
    let mut steps = Steps::new(SITE_STEPS);
    site_in(&mut steps, profile, true)?;
    steps.finish();
    Ok(())
}

const SITE_STEPS: usize = 5;

fn site_in(steps: &mut Steps, profile: Profile, split: bool) -> Result<()> {
    steps.begin("wasm: target");
    ensure_target()?;

    steps.begin(format!("wasm: compile ({})", profile.name()));
    let compiled = wasm::compile(profile)?;

    steps.begin("wasm: split, bind, hash");
    let client = Client::from_wasm(&compiled, profile, split)?;

    steps.begin("site: style and assets");
    let site = Site::assemble(&client)?;

    let compressing = if profile.is_optimized() {
        ", compress"
    } else {
        ""
    };
    steps.begin(format!("site: write{compressing}"));
    let sizes = site.write(profile)?;
    if profile.is_optimized() {
        size::report(&sizes, site.manifest())?;
    }
    Ok(())
}

#[derive(clap::Args)]
pub(crate) struct StyleArguments {
    /// The folder that gets `pkg/teamflow.css` and the fonts.
    folder: PathBuf,
}

/// `cargo xtask style`: the stylesheet alone.
pub(crate) fn style(arguments: &StyleArguments) -> Result<()> {
    site::write_style(&arguments.folder)
}

/// The part that a browser runs.
pub(crate) fn client(profile: Profile) -> Result<Client> {
    Client::from_wasm(&wasm::compile(profile)?, profile, true)
}

/// The executable `teamflow`.
pub(crate) fn server(profile: Profile) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--package", "server", "--bin", "teamflow"]);
    if profile.is_optimized() {
        cargo.args(["--profile", profile.name()]);
    }
    process::run(&mut cargo)
}
