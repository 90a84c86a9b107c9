//! Content hashes in file names, so that a browser may keep every file for ever.
//!
//! The main module names the loader, and the loader names the main module and the chunks; a hash of each file alone
//! cannot exist. So the loader's name is a hash over everything, and each other name a hash of its file's final bytes.

use super::wasm::{self, Bound, LOADER, MAIN};
use crate::workspace::Profile;
use anyhow::{Result, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// Digits of a hash in a name.
const HASH_LEN: usize = 16;

/// What the browser runs, by final file names.
pub(crate) struct Client {
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) js: String,
    pub(super) wasm: String,
    /// What the main module imports before it can start.
    pub(super) imports: Vec<String>,
    /// Lazy function to the chunks it needs.
    pub(super) prefetch: BTreeMap<String, Vec<String>>,
}

impl Client {
    pub(super) fn from_wasm(compiled: &Path, profile: Profile, split: bool) -> Result<Self> {
        name(wasm::bind(compiled, profile, split)?)
    }
}

/// `stem.<hash>.extension`.
pub(super) fn hashed(stem: &str, extension: &str, bytes: &[u8]) -> String {
    format!("{stem}.{}.{extension}", hash([bytes]))
}

fn name(bound: Bound) -> Result<Client> {
    let everything = hash(
        [bound.js.as_bytes(), &bound.wasm]
            .into_iter()
            .chain(bound.loader.as_deref().map(str::as_bytes))
            .chain(bound.chunks.values().map(Vec::as_slice))
            .chain(bound.snippets.values().map(Vec::as_slice)),
    );
    let loader_name = LOADER.replace(&"_".repeat(HASH_LEN), &everything);
    let mut files = BTreeMap::new();
    let mut imports = Vec::new();

    let snippets = format!(
        "snippets.{}",
        hash(bound.snippets.values().map(Vec::as_slice))
    );
    let js = bound
        .js
        .replace(LOADER, &loader_name)
        .replace("./snippets/", &format!("./{snippets}/"));
    for (path, bytes) in bound.snippets {
        let path = format!("{snippets}/{path}");
        imports.push(path.clone());
        files.insert(path, bytes);
    }

    let js_name = hashed(MAIN, "js", js.as_bytes());
    let wasm = replace_bytes(bound.wasm, LOADER, &loader_name);
    let wasm_name = hashed(MAIN, "wasm", &wasm);
    files.insert(js_name.clone(), js.into_bytes());
    files.insert(wasm_name.clone(), wasm);

    let mut prefetch = bound.prefetch;
    if let Some(loader) = bound.loader {
        let mut loader = replace_once(loader, &format!("./{MAIN}.js"), &format!("./{js_name}"))?;
        let mut chunk_names = BTreeMap::new();
        for (stem, bytes) in bound.chunks {
            let bytes = replace_bytes(bytes, LOADER, &loader_name);
            let named = hashed(&stem, "wasm", &bytes);
            loader = replace_once(
                loader,
                &format!("\"./{stem}.wasm\""),
                &format!("\"./{named}\""),
            )?;
            files.insert(named.clone(), bytes);
            chunk_names.insert(stem, named);
        }
        for chunk in prefetch.values_mut().flatten() {
            if let Some(named) = chunk_names.get(chunk) {
                chunk.clone_from(named);
            }
        }
        imports.push(loader_name.clone());
        files.insert(loader_name, loader.into_bytes());
    }

    Ok(Client {
        files,
        js: js_name,
        wasm: wasm_name,
        imports,
        prefetch,
    })
}

fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let mut hex = String::with_capacity(HASH_LEN);
    for byte in &digest.finalize()[..HASH_LEN / 2] {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    hex
}

/// Replaces in place: the file's structure counts bytes, so both must be equally long.
fn replace_bytes(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(
        from.len(),
        to.len(),
        "a name in WASM cannot change its length"
    );
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], from.as_bytes()) {
        let start = at + found;
        at = start + to.len();
        bytes[start..at].copy_from_slice(to.as_bytes());
    }
    bytes
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// An error tells that a library has begun to write its output in another way.
fn replace_once(text: String, from: &str, to: &str) -> Result<String> {
    match text.matches(from).count() {
        1 => Ok(text.replacen(from, to, 1)),
        count => bail!(
            "expected the loader of lazy chunks to contain {from} once, found it {count} times"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(wasm: &str, chunk: &str) -> Bound {
        Bound {
            js: format!(
                "import * as lazy from './{LOADER}';\nimport {{ x }} from './snippets/dep-1/inline0.js';"
            ),
            wasm: format!("{wasm}./{LOADER}").into_bytes(),
            loader: Some(format!(
                "import {{ initSync }} from \"./{MAIN}.js\";\nfetch(new URL(\"./split_board.wasm\", import.meta.url))"
            )),
            chunks: BTreeMap::from([("split_board".to_owned(), chunk.as_bytes().to_vec())]),
            snippets: BTreeMap::from([("dep-1/inline0.js".to_owned(), b"export let x".to_vec())]),
            prefetch: BTreeMap::from([("board".to_owned(), vec!["split_board".to_owned()])]),
        }
    }

    fn text(client: &Client, name: &str) -> String {
        String::from_utf8(client.files[name].clone()).unwrap()
    }

    #[test]
    fn every_reference_leads_to_a_file() {
        let client = name(bound("wasm", "chunk")).unwrap();
        let [snippet, loader] = client.imports.as_slice() else {
            panic!(
                "expected a snippet and the loader, got {:?}",
                client.imports
            );
        };
        let js = text(&client, &client.js);
        assert!(js.contains(&format!("'./{loader}'")), "{js}");
        assert!(js.contains(&format!("'./{snippet}'")), "{js}");
        assert!(text(&client, &client.wasm).ends_with(loader.as_str()));
        let loader = text(&client, loader);
        assert!(loader.contains(&format!("\"./{}\"", client.js)), "{loader}");
        let chunk = &client.prefetch["board"][0];
        assert!(loader.contains(&format!("\"./{chunk}\"")), "{loader}");
        assert!(client.files.contains_key(chunk));
        assert_eq!(client.files.len(), 5);
    }

    #[test]
    fn names_change_with_the_content_and_with_nothing_else() {
        let names = |bound| name(bound).unwrap().files.into_keys().collect::<Vec<_>>();
        assert_eq!(names(bound("wasm", "chunk")), names(bound("wasm", "chunk")));
        assert_ne!(
            names(bound("wasm", "chunk")),
            names(bound("other", "chunk"))
        );
    }

    #[test]
    fn an_unchanged_chunk_keeps_its_name() {
        let chunk = |bound| name(bound).unwrap().prefetch["board"][0].clone();
        assert_eq!(
            chunk(bound("wasm", "chunk")),
            chunk(bound("other", "chunk"))
        );
    }

    #[test]
    fn an_app_without_lazy_parts_has_no_loader() {
        let client = name(Bound {
            js: "export default init".to_owned(),
            wasm: b"wasm".to_vec(),
            ..Bound::default()
        })
        .unwrap();
        assert_eq!(client.files.len(), 2);
        assert!(client.imports.is_empty());
    }

    #[test]
    fn the_placeholder_is_as_long_as_a_hash() {
        assert_eq!(LOADER.matches('_').count(), HASH_LEN);
        assert_eq!(hash([b"x".as_slice()]).len(), HASH_LEN);
    }
}
