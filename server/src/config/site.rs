//! The built browser files.

use super::source::{Source, flag};
use std::path::PathBuf;

/// What the browser loads.
#[derive(Clone, Debug)]
pub struct Site {
    /// `TEAMFLOW_SITE_DIR`: the folder that `cargo xtask build` writes. Default `./site`.
    pub dir: PathBuf,
    /// `TEAMFLOW_DEV_RELOAD`: whether pages reload when the server comes back. Default 0; `cargo xtask dev` sets it.
    pub dev_reload: bool,
}

impl Site {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        Self {
            dir: source.value("site_dir", PathBuf::from("./site"), |text| {
                Ok(PathBuf::from(text))
            }),
            dev_reload: source.value("dev_reload", false, flag),
        }
    }
}
