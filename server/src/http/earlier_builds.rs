//! The hashed files of earlier builds.
//!
//! A page stays open over a new version, and fetches parts of its own build later. So every build that is served leaves its
//! files in the data folder, and they are served from there while the build in place has none of that name. A file's
//! modification time says when a build last had it.

use super::assets::Manifest;
use anyhow::Context as _;
use shared::values::Time;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};
use tower_http::services::ServeDir;

/// How long a file is kept that no build has.
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);
/// How much is kept, in bytes; beyond that what was used longest ago goes first, but nothing of the build in place.
const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What addresses of hashed files begin with.
pub(super) const HASHED: &str = "/pkg/";

/// The folder of what is kept.
#[derive(Clone, Debug)]
pub(super) struct EarlierBuilds(PathBuf);

/// A file of the folder.
struct Kept {
    used: SystemTime,
    bytes: u64,
    path: PathBuf,
}

impl EarlierBuilds {
    /// In a data folder. Nothing is made before [`Self::note`].
    pub(super) fn of(data_dir: &Path) -> Self {
        Self(data_dir.join("assets"))
    }

    /// What answers requests.
    pub(super) fn service(&self) -> ServeDir {
        ServeDir::new(&self.0)
            .append_index_html_on_directories(false)
            .precompressed_br()
    }

    /// Whether a path is that of a hashed file, written in the one way that the build writes it, and not of one that is being
    /// written.
    pub(super) fn may_have(path: &str) -> bool {
        plain_name(path).is_some_and(|name| !name.starts_with('.') && !name.contains('%'))
    }

    /// Keeps the files of the build in `site`, notes that they are used now, and drops what is too old or too much.
    pub(super) fn note(&self, site: &Path, manifest: &Manifest, now: Time) -> anyhow::Result<()> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now.0.try_into().unwrap_or(0));
        let pkg = self.0.join("pkg");
        fs::create_dir_all(&pkg).with_context(|| format!("making {}", pkg.display()))?;
        let mut own = Vec::new();
        for name in manifest
            .all
            .iter()
            .filter_map(|address| plain_name(address))
        {
            for name in [name.to_owned(), format!("{name}.br")] {
                let kept = pkg.join(&name);
                keep(&site.join("pkg").join(&name), &kept, now)
                    .with_context(|| format!("keeping {}", kept.display()))?;
                own.push(kept);
            }
        }
        shorten(&pkg, &own, now).with_context(|| format!("tidying {}", pkg.display()))
    }
}

/// The name of a file right below [`HASHED`].
fn plain_name(address: &str) -> Option<&str> {
    let name = address.strip_prefix(HASHED)?;
    let mut parts = Path::new(name).components();
    let is_plain = matches!(parts.next(), Some(Component::Normal(part)) if part == name);
    is_plain.then_some(name)
}

/// Copies a file, unless it is there, and notes that it is used. Not every file has a compressed one beside it.
fn keep(from: &Path, to: &Path, now: SystemTime) -> io::Result<()> {
    let bytes = match fs::metadata(from) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if fs::metadata(to).is_ok_and(|kept| kept.len() == bytes) {
        return File::options().write(true).open(to)?.set_modified(now);
    }
    // Whole or not at all: what is served under this name is believed for a year. Written, not copied with its rights: a
    // site may be installed for reading only.
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let draft = to.with_file_name(format!(".{name}"));
    let mut file = File::create(&draft)?;
    io::copy(&mut File::open(from)?, &mut file)?;
    file.set_modified(now)?;
    fs::rename(draft, to)
}

/// Deletes what no build has had for long, and what is too much.
fn shorten(pkg: &Path, own: &[PathBuf], now: SystemTime) -> io::Result<()> {
    let mut others = Vec::new();
    let mut bytes = 0;
    for entry in fs::read_dir(pkg)? {
        let entry = entry?;
        let found = entry.metadata()?;
        let path = entry.path();
        bytes += found.len();
        if found.is_file() && !own.contains(&path) {
            others.push(Kept {
                used: found.modified()?,
                bytes: found.len(),
                path,
            });
        }
    }
    others.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
    for kept in others {
        // A clock that was set back makes nothing old.
        let age = now.duration_since(kept.used).unwrap_or_default();
        if age > KEPT_FOR || bytes > BYTES_MAX {
            fs::remove_file(&kept.path)?;
            bytes -= kept.bytes;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_right_below_the_folder_are_kept() {
        assert_eq!(plain_name("/pkg/a.1.js"), Some("a.1.js"));
        for address in [
            "/pkg/",
            "/pkg/..",
            "/pkg/../secret",
            "/pkg//etc/passwd",
            "/pkg/a/b.js",
            "/favicon.svg",
        ] {
            assert_eq!(plain_name(address), None, "{address}");
        }
        assert!(EarlierBuilds::may_have("/pkg/a.1.js"));
        for address in ["/pkg/.a.1.js", "/pkg/%61.1.js", "/pkg/./a.1.js", "/a.1.js"] {
            assert!(!EarlierBuilds::may_have(address), "{address}");
        }
    }

    #[test]
    fn beyond_the_limit_what_was_used_longest_ago_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemTime::UNIX_EPOCH + KEPT_FOR;
        let write = |name: &str, age: u64| {
            let path = dir.path().join(name);
            let file = File::create(&path).unwrap();
            file.set_len(BYTES_MAX / 2).unwrap();
            file.set_modified(now - Duration::from_secs(age)).unwrap();
            path
        };
        let own = write("own", 9);
        let (old, young) = (write("old", 2), write("young", 1));
        shorten(dir.path(), std::slice::from_ref(&own), now).unwrap();
        assert!(own.exists() && young.exists() && !old.exists());
    }
}
