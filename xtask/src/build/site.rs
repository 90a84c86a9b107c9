//! The finished site: its files, and the manifest from which the server writes the page's tags.

use super::naming::{Client, hashed};
use super::public::Public;
use super::size::Size;
use super::{compress, style};
use crate::workspace::{self, Profile};
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// `pkg/manifest.json`. Every value is an address on the site.
#[derive(Serialize)]
pub(crate) struct Manifest {
    /// The module that exports `init` and `hydrate`.
    pub(super) js: String,
    pub(super) wasm: String,
    pub(super) css: String,
    /// In the order the styles name them: the first is the one of nearly every text.
    pub(super) fonts: Vec<String>,
    /// Modules that `js` imports, so that a page can ask for them before it has read `js`.
    pub(super) preload: Vec<String>,
    /// Lazy function to the chunks it needs, for pages whose server rendering has already used it.
    pub(super) split_prefetch: BTreeMap<String, Vec<String>>,
    /// Everything with a hash in its name, `manifest.json` itself left out.
    pub(super) all: Vec<String>,
    /// Everything served by its own name.
    pub(super) root: Vec<String>,
}

pub(crate) struct Site {
    pkg: BTreeMap<String, Vec<u8>>,
    root: BTreeMap<String, Vec<u8>>,
    manifest: Manifest,
}

impl Site {
    /// Reads `style/`, `public/` and the app's class names, and joins them with what the browser runs.
    pub(crate) fn assemble(client: &Client) -> Result<Self> {
        let root = workspace::root();
        let mut public = Public::read(root)?;
        let css = style::bundle(root, &mut public)?;
        Ok(Self::join(client, css, public))
    }

    fn join(client: &Client, css: String, public: Public) -> Self {
        let css_name = hashed("teamflow", "css", css.as_bytes());
        let mut pkg = client.files.clone();
        pkg.extend(public.hashed);
        pkg.insert(css_name.clone(), css.into_bytes());
        let prefetch = client
            .prefetch
            .iter()
            .map(|(function, chunks)| (function.clone(), addresses(chunks)));
        let manifest = Manifest {
            js: address(&client.js),
            wasm: address(&client.wasm),
            css: address(&css_name),
            fonts: addresses(&public.fonts),
            preload: addresses(&client.imports),
            split_prefetch: prefetch.collect(),
            all: addresses(pkg.keys()),
            root: public.root.keys().map(|name| format!("/{name}")).collect(),
        };
        Self {
            pkg,
            root: public.root,
            manifest,
        }
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Replaces the profile's site; files of a release are kept compressed.
    pub(crate) fn write(&self, profile: Profile) -> Result<Vec<Size>> {
        let site = profile.site_dir();
        let fresh = site.with_extension("new");
        remove(&fresh)?;

        let mut files = BTreeMap::new();
        for (name, bytes) in &self.pkg {
            files.insert(format!("pkg/{name}"), bytes.as_slice());
        }
        for (name, bytes) in &self.root {
            files.insert(name.clone(), bytes.as_slice());
        }
        let sizes = if profile.is_optimized() {
            compress::all(&files, &fresh, &site)?
        } else {
            for (name, bytes) in &files {
                write(&fresh.join(name), bytes)?;
            }
            Vec::new()
        };
        let manifest = serde_json::to_vec_pretty(&self.manifest)?;
        write(&fresh.join("pkg/manifest.json"), &manifest)?;

        remove(&site)?;
        fs::rename(&fresh, &site)
            .with_context(|| format!("could not replace {}", site.display()))?;
        Ok(sizes)
    }
}

/// Writes the stylesheet and the files that it names into `pkg/` of a folder, for pages that are built without a server.
pub(super) fn write_style(folder: &Path) -> Result<()> {
    let root = workspace::root();
    let mut public = Public::read(root)?;
    let css = style::bundle(root, &mut public)?;
    let pkg = folder.join("pkg");
    remove(&pkg)?;
    write(&pkg.join("teamflow.css"), css.as_bytes())?;
    for (name, bytes) in &public.hashed {
        write(&pkg.join(name), bytes)?;
    }
    Ok(())
}

fn address(name: &String) -> String {
    format!("/pkg/{name}")
}

fn addresses<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    names.into_iter().map(address).collect()
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes).with_context(|| format!("could not write {}", path.display()))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("could not empty {}", folder.display()))?;
    }
    Ok(())
}
