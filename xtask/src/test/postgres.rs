//! The PostgreSQL programs, which the integration tests start by themselves.

use super::packages::apt_get_install;
use crate::process;
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::{env, fs};

/// Set by people who accept that half of the integration tests does not run.
const SKIP: &str = "TEAMFLOW_TEST_SKIP_POSTGRES";

/// Makes sure that `initdb` and `postgres` exist.
pub(super) fn prepare() -> Result<()> {
    if env::var(SKIP).is_ok_and(|value| value == "1") {
        println!("{SKIP}=1: the tests run on SQLite alone");
        return Ok(());
    }
    if programs().is_some() {
        return Ok(());
    }
    if apt_get_install("postgresql") && programs().is_some() {
        return Ok(());
    }
    bail!(
        "install PostgreSQL 15 or newer (Debian: `apt-get install postgresql`), or set {SKIP}=1 to run without"
    );
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    versions
        .map(|version| version.path().join("bin/initdb"))
        .find(|initdb| initdb.is_file())
        .or_else(|| process::on_path(&["initdb", "initdb.exe"]))
}
