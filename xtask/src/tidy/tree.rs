//! The files that the rules look at, read once.

use crate::rust_source::{Source, line_of};
use crate::tidy::Finding;
use crate::{process, workspace};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// Where people write. What builds and package managers write below them is left out.
const FOLDERS: [&str; 14] = [
    ".ci",
    ".config",
    "app",
    "bench",
    "deploy",
    "docs",
    "end2end",
    "frontend",
    "migrations",
    "public",
    "server",
    "shared",
    "style",
    "xtask",
];
const GENERATED: [&str; 5] = [
    "node_modules",
    "playwright-report",
    "screenshots",
    "target",
    "test-results",
];
const TEXT: [&str; 16] = [
    "css",
    "html",
    "js",
    "json",
    "md",
    "rs",
    "sh",
    "sql",
    "svg",
    "toml",
    "ts",
    "txt",
    "webmanifest",
    "yaml",
    "yml",
    "run",
];

pub(super) struct Tree {
    pub(super) files: Vec<File>,
    pub(super) packages: Vec<Package>,
}

pub(super) struct File {
    /// From the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// Of Rust files. A file of tests is one test item from end to end.
    pub(super) rust: Option<Source>,
}

/// A crate of the workspace and what it names under its dependencies.
#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
}

impl Tree {
    pub(super) fn read() -> Result<Self> {
        let root = workspace::root();
        let mut files = Vec::new();
        for path in FOLDERS.iter().map(|folder| root.join(folder)) {
            collect(root, &path, &mut files)?;
        }
        for entry in fs::read_dir(root)? {
            let path = entry?.path();
            if path.is_file() {
                read(root, &path, &mut files)?;
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            files,
            packages: packages()?,
        })
    }

    /// The files below any of these folders with this extension.
    pub(super) fn below<'a>(
        &'a self,
        folders: &'a [&str],
        extension: &'a str,
    ) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| {
            let inside = |folder: &&str| file.path.starts_with(&format!("{folder}/"));
            file.extension() == extension && folders.iter().any(inside)
        })
    }

    /// Every Rust file with its reading.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files
            .iter()
            .filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    /// A tree of these files, for the rules' tests.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, text)| File::new((*path).to_owned(), (*text).to_owned()))
                .collect(),
            packages: Vec::new(),
        }
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
        let mut file = Self {
            path,
            text,
            rust: None,
        };
        if file.extension() == "rs" {
            let mut source = Source::read(&file.text);
            if is_test {
                source.tests.clear();
                source.tests.push(0..file.text.len());
            }
            file.rust = Some(source);
        }
        file
    }

    pub(super) fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, kind)| kind)
    }

    pub(super) fn finding(&self, offset: usize, text: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line: line_of(&self.text, offset),
            text: text.into(),
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.path().is_dir() {
            if !GENERATED.contains(&name.to_string_lossy().as_ref()) {
                collect(root, &entry.path(), files)?;
            }
        } else {
            read(root, &entry.path(), files)?;
        }
    }
    Ok(())
}

fn read(root: &Path, path: &Path, files: &mut Vec<File>) -> Result<()> {
    let name = workspace::slashed(path.strip_prefix(root)?);
    let kind = name.rsplit(['.', '/']).next().unwrap_or_default();
    if TEXT.contains(&kind) {
        let text = fs::read_to_string(path).with_context(|| format!("could not read {name}"))?;
        files.push(File::new(name, text));
    }
    Ok(())
}

fn packages() -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let mut cargo = process::cargo();
    cargo.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let metadata: Metadata = serde_json::from_str(&process::output(&mut cargo)?)?;
    Ok(metadata.packages)
}
