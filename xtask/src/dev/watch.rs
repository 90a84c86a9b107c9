//! What was saved since the last look, by comparing modification times: no dependency, the same on every system.

use crate::workspace;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The parts that must be built again. The site's own files are always put together anew, which takes no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// What the browser runs.
    pub(super) client: bool,
    pub(super) server: bool,
    /// Styles or public files.
    pub(super) site: bool,
}

/// Which folder matters to which part.
const FOLDERS: [(&str, Changed); 7] = [
    (
        "shared/src",
        Changed {
            client: true,
            server: true,
            site: false,
        },
    ),
    (
        "app/src",
        Changed {
            client: true,
            server: true,
            site: true,
        },
    ),
    (
        "frontend/src",
        Changed {
            client: true,
            server: false,
            site: false,
        },
    ),
    (
        "server/src",
        Changed {
            client: false,
            server: true,
            site: false,
        },
    ),
    (
        "migrations",
        Changed {
            client: false,
            server: true,
            site: false,
        },
    ),
    (
        "style",
        Changed {
            client: false,
            server: false,
            site: true,
        },
    ),
    (
        "public",
        Changed {
            client: false,
            server: false,
            site: true,
        },
    ),
];

impl Changed {
    pub(super) fn everything() -> Self {
        Self {
            client: true,
            server: true,
            site: true,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            client: self.client || other.client,
            server: self.server || other.server,
            site: self.site || other.site,
        }
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.client, "client"),
            (self.server, "server"),
            (self.site, "site"),
        ];
        let names: Vec<_> = parts
            .into_iter()
            .filter_map(|(changed, name)| changed.then_some(name))
            .collect();
        f.write_str(&names.join(", "))
    }
}

type Times = BTreeMap<PathBuf, SystemTime>;

pub(super) struct Watch {
    root: PathBuf,
    folders: Vec<(PathBuf, Changed, Times)>,
}

impl Watch {
    pub(super) fn start() -> Result<Self> {
        Self::of(workspace::root())
    }

    fn of(root: &Path) -> Result<Self> {
        let folders = FOLDERS
            .iter()
            .map(|(name, changed)| {
                let folder = root.join(name);
                let times = times(&folder)?;
                Ok((folder, *changed, times))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            root: root.to_owned(),
            folders,
        })
    }

    /// What has changed since the last call.
    pub(super) fn poll(&mut self) -> Result<Changed> {
        let fresh = Self::of(&self.root)?;
        let changed = self
            .folders
            .iter()
            .zip(&fresh.folders)
            .filter(|(before, now)| before.2 != now.2)
            .fold(Changed::default(), |sum, (folder, _)| sum.and(folder.1));
        *self = fresh;
        Ok(changed)
    }
}

fn times(folder: &Path) -> Result<Times> {
    let mut times = Times::new();
    for path in workspace::files_below(folder)? {
        // An editor may have removed its temporary file since the listing.
        if let Ok(metadata) = path.metadata() {
            times.insert(path, metadata.modified()?);
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_save_is_seen_once_and_concerns_its_part() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("style/ui")).unwrap();
        let mut watch = Watch::of(root.path()).unwrap();
        assert_eq!(watch.poll().unwrap(), Changed::default());
        fs::write(root.path().join("style/ui/card.css"), "").unwrap();
        let changed = watch.poll().unwrap();
        assert!(changed.site && !changed.server && !changed.client);
        assert_eq!(watch.poll().unwrap(), Changed::default());
    }

    #[test]
    fn parts_are_named() {
        assert_eq!(Changed::everything().to_string(), "client, server, site");
    }
}
