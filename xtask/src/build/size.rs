//! What a visitor downloads, as a table and against the budget in `bench/budget.json`.

use super::site::Manifest;
use crate::workspace;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;

pub(crate) struct Size {
    /// Path from the site's root.
    pub(super) name: String,
    pub(super) raw: usize,
    pub(super) brotli: usize,
}

#[derive(Deserialize)]
struct Budget {
    first_visit_brotli_bytes_max: usize,
}

/// Prints the table; too much for a first visit is an error.
pub(super) fn report(sizes: &[Size], manifest: &Manifest) -> Result<()> {
    print!("{}", table(sizes));
    let bytes = first_visit(sizes, manifest);
    println!(
        "first visit without the page itself: {} in Brotli",
        kilobytes(bytes)
    );

    let path = workspace::root().join("bench/budget.json");
    if !path.is_file() {
        return Ok(());
    }
    let budget: Budget = serde_json::from_slice(&fs::read(&path)?)
        .with_context(|| format!("could not read {}", path.display()))?;
    let max = budget.first_visit_brotli_bytes_max;
    if bytes > max {
        bail!(
            "a first visit takes {bytes} bytes, {} more than bench/budget.json allows: \
             load something lazily, drop a dependency, or argue for a new budget in the commit",
            bytes - max
        );
    }
    Ok(())
}

/// The bytes of everything a page needs before it is usable. Of the fonts only the first, which nearly every text needs.
fn first_visit(sizes: &[Size], manifest: &Manifest) -> usize {
    let always = [&manifest.js, &manifest.wasm, &manifest.css];
    let wanted: Vec<_> = always
        .into_iter()
        .chain(manifest.fonts.first())
        .chain(&manifest.preload)
        .map(|address| address.trim_start_matches('/'))
        .collect();
    sizes
        .iter()
        .filter(|size| wanted.contains(&size.name.as_str()))
        .map(|size| size.brotli)
        .sum()
}

fn table(sizes: &[Size]) -> String {
    let width = sizes.iter().map(|size| size.name.len()).max().unwrap_or(0);
    let row = |name: &str, raw: &str, brotli: &str| {
        format!("  {name:<width$}  {raw:>10}  {brotli:>10}\n")
    };
    let mut text = row("file", "raw", "Brotli");
    for size in sizes {
        text += &row(&size.name, &kilobytes(size.raw), &kilobytes(size.brotli));
    }
    let raw = sizes.iter().map(|size| size.raw).sum();
    let brotli = sizes.iter().map(|size| size.brotli).sum();
    text + &row("all", &kilobytes(raw), &kilobytes(brotli))
}

/// Thousands of bytes with one decimal.
fn kilobytes(bytes: usize) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_first_visit_counts_what_every_page_needs() {
        let size = |name: &str, brotli| Size {
            name: name.to_owned(),
            raw: 1000,
            brotli,
        };
        let sizes = [
            size("pkg/a.js", 1),
            size("pkg/a.wasm", 20),
            size("pkg/a.css", 300),
            size("pkg/one.woff2", 4000),
            size("pkg/two.woff2", 50_000),
            size("pkg/lazy.js", 600_000),
            size("pkg/chunk.wasm", 7_000_000),
        ];
        let address = |name: &str| format!("/pkg/{name}");
        let manifest = Manifest {
            js: address("a.js"),
            wasm: address("a.wasm"),
            css: address("a.css"),
            fonts: vec![address("one.woff2"), address("two.woff2")],
            preload: vec![address("lazy.js")],
            split_prefetch: BTreeMap::new(),
            all: Vec::new(),
            root: Vec::new(),
        };
        assert_eq!(first_visit(&sizes, &manifest), 604_321);
        let table = table(&sizes);
        assert!(
            table.contains("pkg/chunk.wasm      1.0 kB   7000.0 kB"),
            "{table}"
        );
    }
}
