//! Where things are in the repository.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The workspace without two crates: `frontend` would turn on the app's browser half beside its server half, and
/// `xtask` would unify the features of its libraries with the server's and compile both anew.
pub(crate) const PRODUCT: [&str; 5] =
    ["--workspace", "--exclude", "frontend", "--exclude", "xtask"];

/// The folder with the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in a folder of the workspace")
}

/// Cargo's target folder, also when `CARGO_TARGET_DIR` moves it.
pub(crate) fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The target folder of everything compiled for the browser. Its own, because cargo would else rebuild the proc macros
/// and build scripts whenever the two kinds of build alternate.
pub(crate) fn wasm_target_dir() -> PathBuf {
    target_dir().join("wasm")
}

/// How fast the result is, against how fast it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
    /// As the release, and smaller: what is installed. It takes some minutes more to make.
    Dist,
}

impl Profile {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
            Profile::Dist => "dist",
        }
    }

    /// Whether what browsers load is optimised and compressed.
    pub(crate) fn is_optimized(self) -> bool {
        self != Profile::Debug
    }

    /// The finished site: what the server finds through `TEAMFLOW_SITE_DIR`.
    pub(crate) fn site_dir(self) -> PathBuf {
        let kind = if self.is_optimized() {
            "release"
        } else {
            "debug"
        };
        target_dir().join(format!("site-{kind}"))
    }

    /// The server's executable.
    pub(crate) fn server(self) -> PathBuf {
        let file = format!("teamflow{}", env::consts::EXE_SUFFIX);
        target_dir().join(self.name()).join(file)
    }
}

/// Every file below `folder`, sorted; none where there is no such folder.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("could not list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A path with `/` on every system.
pub(crate) fn slashed(path: &Path) -> String {
    path.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}
