//! `public/`: what the styles name gets a hash and lies in `pkg/`; the rest is served by its own name.

use super::naming::hashed;
use crate::workspace;
use anyhow::{Context, Result, bail};
use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(super) struct Public {
    /// Not named by any style so far, by path from the site's root.
    pub(super) root: BTreeMap<String, Vec<u8>>,
    /// Named by a style, by hashed file name.
    pub(super) hashed: BTreeMap<String, Vec<u8>>,
    /// The hashed names of fonts, in the order the styles name them.
    pub(super) fonts: Vec<String>,
    names: BTreeMap<String, String>,
}

impl Public {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let folder = root.join("public");
        let mut files = BTreeMap::new();
        for path in workspace::files_below(&folder)? {
            let name = workspace::slashed(path.strip_prefix(&folder)?);
            files.insert(name, fs::read(&path)?);
        }
        Ok(Self {
            root: files,
            hashed: BTreeMap::new(),
            fonts: Vec::new(),
            names: BTreeMap::new(),
        })
    }

    /// Replaces `url("/fonts/inter.woff2")`, a file of `public/`, by the address of the hashed file.
    pub(super) fn resolve_urls(&mut self, css: &str) -> Result<String> {
        let url = Regex::new(r#"url\(\s*["']?([^"')]+?)["']?\s*\)"#)?;
        let mut failed = None;
        let resolved = url.replace_all(css, |found: &Captures<'_>| match self.address(&found[1]) {
            Ok(Some(address)) => format!("url(\"{address}\")"),
            Ok(None) => found[0].to_owned(),
            Err(error) => {
                failed = Some(error);
                String::new()
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(resolved.into_owned()),
        }
    }

    fn address(&mut self, url: &str) -> Result<Option<String>> {
        if url.starts_with('#') || url.starts_with("data:") {
            return Ok(None);
        }
        let Some(path) = url.strip_prefix('/') else {
            bail!("write url(\"/...\") with a path below public/ instead of url({url})");
        };
        if !self.names.contains_key(path) {
            self.hash(path)?;
        }
        Ok(Some(format!("/pkg/{}", self.names[path])))
    }

    fn hash(&mut self, path: &str) -> Result<()> {
        let bytes = self
            .root
            .remove(path)
            .with_context(|| format!("there is no public/{path}"))?;
        let file = path.rsplit('/').next().unwrap_or(path);
        let (stem, extension) = file
            .rsplit_once('.')
            .with_context(|| format!("public/{path} needs an extension"))?;
        let name = hashed(stem, extension, &bytes);
        if extension == "woff2" {
            self.fonts.push(name.clone());
        }
        self.names.insert(path.to_owned(), name.clone());
        self.hashed.insert(name, bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public() -> (tempfile::TempDir, Public) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("public/fonts")).unwrap();
        fs::write(root.path().join("public/fonts/inter.woff2"), "font").unwrap();
        fs::write(root.path().join("public/robots.txt"), "robots").unwrap();
        let public = Public::read(root.path()).unwrap();
        (root, public)
    }

    #[test]
    fn a_named_file_is_hashed_once_and_leaves_the_root() {
        let (_root, mut public) = public();
        let css = "src: url('/fonts/inter.woff2'); also: url( /fonts/inter.woff2 )";
        let css = public.resolve_urls(css).unwrap();
        let [font] = public.fonts.as_slice() else {
            panic!("expected one font, got {:?}", public.fonts);
        };
        assert_eq!(css.matches(&format!("url(\"/pkg/{font}\")")).count(), 2);
        assert!(public.root.keys().eq(["robots.txt"]));
    }

    #[test]
    fn a_missing_file_is_an_error_that_names_it() {
        let (_root, mut public) = public();
        let error = public.resolve_urls("url(/nothing.png)").unwrap_err();
        assert_eq!(error.to_string(), "there is no public/nothing.png");
    }

    #[test]
    fn data_and_fragments_stay() {
        let (_root, mut public) = public();
        let css = "a: url(#x); b: url(\"data:image/svg+xml,%3Csvg/%3E\")";
        assert_eq!(public.resolve_urls(css).unwrap(), css);
    }
}
