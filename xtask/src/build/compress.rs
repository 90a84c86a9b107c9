//! Brotli files beside the site's files, made once by the build instead of for every visitor.

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

/// Writes `<file>.br` below `fresh`. A file whose name carries a hash is taken from the site before, if it was there:
/// the slowest quality takes seconds for a megabyte.
pub(super) fn beside(
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
        // A server need not look at a file that saves nothing.
        (compressed.len() < bytes.len())
            .then(|| site::write(&fresh.join(&beside), &compressed).map(|()| compressed.len()))
            .transpose()?
    };
    Ok(Size {
        name: name.to_owned(),
        raw: bytes.len(),
        brotli: compressed.unwrap_or(bytes.len()),
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
    fn text_shrinks_and_packed_files_stay_alone() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("fresh");
        let text = vec![b'x'; 1000];
        let files = BTreeMap::from([
            ("pkg/a.css".to_owned(), text.as_slice()),
            ("pkg/b.woff2".to_owned(), text.as_slice()),
            ("tiny.txt".to_owned(), b"x".as_slice()),
        ]);
        let sizes = beside(&files, &fresh, &folder.path().join("before")).unwrap();
        let brotli: Vec<_> = sizes.iter().map(|size| size.brotli < size.raw).collect();
        assert_eq!(brotli, [true, false, false]);
        assert!(fresh.join("pkg/a.css.br").is_file());
        assert!(!fresh.join("pkg/b.woff2.br").exists());
        assert!(!fresh.join("tiny.txt.br").exists());
    }
}
