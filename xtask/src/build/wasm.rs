//! From the `frontend` crate to JavaScript and WebAssembly, in memory.
//!
//! The compiler's output carries its relocations, by which the splitter moves every `#[lazy]` function and what only it
//! needs into chunks of their own; then wasm-bindgen writes the JavaScript around the main part. Before and after that
//! everything is made smaller: `unused`, `places`, `short_names`, `arrange`.

use super::arrange::arranged;
use super::places::without_lines;
use super::short_names::shortened;
use super::unused::without_unused;
use crate::process;
use crate::workspace::{self, Profile};
use anyhow::{Context, Result, anyhow, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// The main module's name, before it gets its hash.
pub(super) const MAIN: &str = "teamflow";

/// The loader of the chunks, named with as many underscores as a hash has digits: the name is written into the main
/// part and into chunks, where it can be replaced by one of equal length only.
pub(super) const LOADER: &str = "teamflow-lazy.________________.js";

/// The compiler flags. `erase_components` must be the same as on the server, or hydration finds another page.
const RUSTFLAGS: &str = "--cfg erase_components -Clink-args=--emit-relocs";

/// What wasm-bindgen and the splitter wrote, by plain names.
#[derive(Default)]
pub(super) struct Bound {
    pub(super) js: String,
    pub(super) wasm: Vec<u8>,
    /// None when nothing is loaded lazily.
    pub(super) loader: Option<String>,
    /// Lazily loaded parts by file name without `.wasm`.
    pub(super) chunks: BTreeMap<String, Vec<u8>>,
    /// JavaScript of dependencies, by path below `snippets/`.
    pub(super) snippets: BTreeMap<String, Vec<u8>>,
    /// Lazy function to the chunks it needs.
    pub(super) prefetch: BTreeMap<String, Vec<String>>,
}

/// Adds the compiler's standard library for the browser where it is missing.
pub(crate) fn ensure_target() -> Result<()> {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--print", "sysroot"])
        .current_dir(workspace::root());
    let sysroot = process::output(&mut rustc)?;
    let installed = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(TARGET)
        .is_dir();
    if installed {
        return Ok(());
    }
    if process::on_path(&["rustup", "rustup.exe"]).is_none() {
        bail!(
            "the Rust target {TARGET} is missing: install it with the package manager Rust came from"
        );
    }
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .current_dir(workspace::root());
    process::run(&mut rustup)
}

/// A cargo command for the browser's target.
pub(crate) fn cargo_for_browser(subcommand: &str) -> Command {
    let mut cargo = process::cargo();
    cargo
        .args([subcommand, "--target", TARGET, "--target-dir"])
        .arg(workspace::wasm_target_dir())
        // Flags of the environment would take precedence, and the relocations would be missing.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS);
    cargo
}

/// Compiles `frontend` and returns the file.
pub(super) fn compile(profile: Profile) -> Result<PathBuf> {
    let cargo_profile = if profile.is_optimized() {
        "wasm-release"
    } else {
        "wasm-dev"
    };
    let mut cargo = cargo_for_browser("build");
    cargo.args(["--package", "frontend", "--lib", "--profile", cargo_profile]);
    process::run(&mut cargo)?;
    Ok(workspace::wasm_target_dir()
        .join(TARGET)
        .join(cargo_profile)
        .join("frontend.wasm"))
}

/// Cuts the compiled module and binds the main part.
pub(super) fn bind(compiled: &Path, profile: Profile, split: bool) -> Result<Bound> {
    let work = compiled.with_extension("bound");
    if work.exists() {
        fs::remove_dir_all(&work).with_context(|| format!("could not empty {}", work.display()))?;
    }
    fs::create_dir_all(&work)?;

    let main = work.join("main.wasm");
    let linked = without_unused(&fs::read(compiled)?)?;
    let linked = if profile.is_optimized() {
        without_lines(&linked)?
    } else {
        linked
    };
    let prefetch = if split {
        cut(&linked, &main, &work)?
    } else {
        fs::write(&main, &linked)?;
        BTreeMap::new()
    };

    let out = work.join("bindings");
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&main)
        .web(true)?
        .keep_lld_exports(true)
        .demangle(false)
        .typescript(false)
        // Function names make a panic in a debug build readable.
        .remove_name_section(profile.is_optimized())
        .remove_producers_section(true)
        .out_name(MAIN)
        .generate(&out)
        .context("wasm-bindgen failed")?;

    let js = fs::read_to_string(out.join(format!("{MAIN}.js")))?;
    let wasm = fs::read(out.join(format!("{MAIN}_bg.wasm")))?;
    let (js, wasm) = if profile.is_optimized() {
        let (js, wasm) = shortened(&js, &wasm)?;
        (js, arranged(&wasm)?)
    } else {
        (js, wasm)
    };
    if js.contains("__wasm_split_placeholder__") {
        bail!("the app has `#[lazy]` functions, which need the splitter: build without --no-split");
    }
    let loader = if js.contains(LOADER) {
        Some(fs::read_to_string(work.join(LOADER))?)
    } else {
        None
    };
    Ok(Bound {
        js,
        wasm,
        loader,
        chunks: chunks(&work, profile)?,
        snippets: tree(&out.join("snippets"))?,
        prefetch,
    })
}

/// Writes the main part and the chunks; returns which chunks a lazy function needs.
fn cut(linked: &[u8], main: &Path, work: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let link_name = format!("./{LOADER}");
    let main_module = format!("./{MAIN}.js");
    let mut options = wasm_split_cli_support::Options::new(linked);
    options.output_dir = work;
    options.main_out_path = main;
    options.link_name = &link_name;
    options.main_module = &main_module;
    let cut = wasm_split_cli_support::transform(options)
        .map_err(|report| anyhow!("the WASM could not be split: {report:#}"))?;
    Ok(cut.prefetch_map.into_iter().collect())
}

fn chunks(work: &Path, profile: Profile) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut chunks = BTreeMap::new();
    for entry in fs::read_dir(work)? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.extension().is_some_and(|kind| kind == "wasm") && stem != "main" {
            let chunk = fs::read(&path)?;
            let chunk = if profile.is_optimized() {
                arranged(&chunk)?
            } else {
                chunk
            };
            chunks.insert(stem.into_owned(), chunk);
        }
    }
    Ok(chunks)
}

/// Every file below `folder` by its path from there; empty where there is no such folder.
fn tree(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for path in workspace::files_below(folder)? {
        let name = workspace::slashed(path.strip_prefix(folder)?);
        files.insert(name, fs::read(&path)?);
    }
    Ok(files)
}
