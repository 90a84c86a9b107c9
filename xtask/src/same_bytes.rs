//! `cargo xtask same-bytes`: what the simulator's seeds come to, written down natively, and as a module that writes it down
//! in a browser. `end2end/tests/same_bytes.spec.ts` asks for both and compares them.

use crate::build::{cargo_for_browser, ensure_target};
use crate::process;
use crate::workspace;
use anyhow::{Context, Result};
use std::fs;

const SEEDS: [&str; 6] = ["1", "2", "3", "5", "8", "13"];
const TRANSCRIPT: [&str; 6] = [
    "--package",
    "shared",
    "--features",
    "transcript",
    "--bin",
    "transcript",
];

pub(crate) fn run() -> Result<()> {
    let folder = workspace::target_dir().join("same-bytes");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    ensure_target()?;
    process::run(cargo_for_browser("build").args(TRANSCRIPT))?;
    let compiled =
        workspace::wasm_target_dir().join("wasm32-unknown-unknown/debug/transcript.wasm");
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        .generate(&folder)
        .context("wasm-bindgen failed")?;
    for seed in SEEDS {
        let mut native = process::cargo();
        native
            .args(["run", "--quiet"])
            .args(TRANSCRIPT)
            .args(["--", seed]);
        fs::write(
            folder.join(format!("{seed}.txt")),
            process::output(&mut native)?,
        )?;
    }
    Ok(())
}
