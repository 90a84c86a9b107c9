//! The browser for the browser tests: the system's Chromium or Chrome.

use super::packages::apt_get_install;
use crate::process;
use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome.exe",
];

const ELSEWHERE: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

pub(super) fn find_or_install() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM_PATH") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!(
                "CHROMIUM_PATH names {}, which does not exist",
                path.display()
            );
        }
        return Ok(path);
    }
    if let Some(path) = installed() {
        return Ok(path);
    }
    if apt_get_install("chromium")
        && let Some(path) = installed()
    {
        return Ok(path);
    }
    bail!(
        "install Chromium or Chrome (Debian: `apt-get install chromium`), or set CHROMIUM_PATH to its program"
    );
}

fn installed() -> Option<PathBuf> {
    process::on_path(&NAMES).or_else(|| {
        ELSEWHERE
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
    })
}
