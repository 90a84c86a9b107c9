//! Redis, which the integration tests of several servers start by themselves.

use super::packages::apt_get_install;
use crate::process;
use anyhow::{Result, bail};
use std::env;

/// Set by people who accept that these tests do not run.
const SKIP: &str = "TEAMFLOW_TEST_SKIP_REDIS";

/// Makes sure that `redis-server` exists.
pub(super) fn prepare() -> Result<()> {
    if env::var(SKIP).is_ok_and(|value| value == "1") {
        println!("{SKIP}=1: several servers are not tested");
        return Ok(());
    }
    let is_there = || process::on_path(&["redis-server"]).is_some();
    if is_there() || (apt_get_install("redis-server") && is_there()) {
        return Ok(());
    }
    bail!("install Redis (Debian: `apt-get install redis-server`), or set {SKIP}=1 to run without");
}
