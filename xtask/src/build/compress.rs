//! The site's files compressed once by the build, instead of for every visitor. The server unpacks them for the few who do
//! not read Brotli, so they are not kept twice.

use super::site;
use super::size::Size;
use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::{fs, iter};

/// Kinds that are compressed already.
const PACKED: [&str; 7] = ["woff2", "png", "jpg", "jpeg", "webp", "avif", "gif"];

/// Writes the files below `fresh`, as `<file>.br` where that is smaller. A compressed file whose name carries a hash is taken
/// from the site before, if it was there: the slowest quality takes seconds for a megabyte.
pub(super) fn all(
    files: &BTreeMap<String, &[u8]>,
    fresh: &Path,
    before: &Path,
) -> Result<Vec<Size>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(files.iter());
    let work = || {
        let next = || queue.lock().expect("no worker panics with the lock").next();
        iter::from_fn(next)
            .map(|(name, bytes)| one(name, bytes, fresh, before))
            .collect::<Result<Vec<_>>>()
    };
    let mut sizes = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut sizes = Vec::new();
        for worker in workers {
            sizes.extend(worker.join().expect("compressing does not panic")?);
        }
        anyhow::Ok(sizes)
    })?;
    sizes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sizes)
}

fn one(name: &str, bytes: &[u8], fresh: &Path, before: &Path) -> Result<Size> {
    let kind = name.rsplit('.').next().unwrap_or_default();
    let compressed = if PACKED.contains(&kind) {
        None
    } else {
        let beside = format!("{name}.br");
        let known = fs::read(before.join(&beside)).ok();
        let known = known.filter(|_| name.starts_with("pkg/"));
        let compressed = match known {
            Some(known) => known,
            None => brotli(bytes).with_context(|| format!("could not compress {name}"))?,
        };
        Some((beside, compressed)).filter(|(_, compressed)| compressed.len() < bytes.len())
    };
    match &compressed {
        Some((beside, compressed)) => site::write(&fresh.join(beside), compressed)?,
        None => site::write(&fresh.join(name), bytes)?,
    }
    Ok(Size {
        name: name.to_owned(),
        raw: bytes.len(),
        brotli: compressed.map_or(bytes.len(), |(_, compressed)| compressed.len()),
    })
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &parameters)?;
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_packed_and_what_is_packed_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("fresh");
        let text = vec![b'x'; 1000];
        let files = BTreeMap::from([
            ("pkg/a.css".to_owned(), text.as_slice()),
            ("pkg/b.woff2".to_owned(), text.as_slice()),
            ("tiny.txt".to_owned(), b"x".as_slice()),
        ]);
        let sizes = all(&files, &fresh, &folder.path().join("before")).unwrap();
        let brotli: Vec<_> = sizes.iter().map(|size| size.brotli < size.raw).collect();
        assert_eq!(brotli, [true, false, false]);
        for (name, is_kept) in [
            ("pkg/a.css", false),
            ("pkg/a.css.br", true),
            ("pkg/b.woff2", true),
            ("pkg/b.woff2.br", false),
            ("tiny.txt", true),
            ("tiny.txt.br", false),
        ] {
            assert_eq!(fresh.join(name).exists(), is_kept, "{name}");
        }
    }
}
