//! The one stylesheet: `style/**/*.css` in the order of their layers, then the utility classes that the app uses.

use super::public::Public;
use crate::rust_source::Source;
use crate::workspace;
use anyhow::{Context, Result, anyhow};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions, StyleSheet};
use lightningcss::targets::{Browsers, Targets};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

const LAYERS: &str = "@layer tokens,base,ui,features,utilities;";

/// The browsers of about two years ago: what they lack is lowered. Their relatives (Opera, Samsung, Chrome on Android)
/// are left out, because the library knows only their latest versions' abilities.
const BROWSERS: Browsers = Browsers {
    chrome: Some(version(131, 0)),
    edge: Some(version(131, 0)),
    firefox: Some(version(132, 0)),
    ios_saf: Some(version(18, 1)),
    safari: Some(version(18, 1)),
    android: None,
    ie: None,
    opera: None,
    samsung: None,
};

const fn version(major: u32, minor: u32) -> u32 {
    major << 16 | minor << 8
}

/// Bundles and minifies; files that the styles name are taken from `public` and named by their hash.
pub(super) fn bundle(root: &Path, public: &mut Public) -> Result<String> {
    let mut css = LAYERS.to_owned();
    for path in files(&root.join("style"))? {
        let name = workspace::slashed(path.strip_prefix(root)?);
        let text = fs::read_to_string(&path).with_context(|| format!("could not read {name}"))?;
        let text = public
            .resolve_urls(&text)
            .with_context(|| format!("in {name}"))?;
        css.push_str(&minified(&text, &name)?);
    }
    let utilities = utilities(&string_literals(&root.join("app/src"))?);
    css.push_str(&minified(&utilities, "the utility classes")?);
    Ok(css)
}

/// Tokens first, then base, components and features, each by name.
fn files(style: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> = workspace::files_below(style)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|kind| kind == "css"))
        .collect();
    files.sort_by_key(|path| {
        let name = workspace::slashed(path.strip_prefix(style).unwrap_or(path));
        let layer = ["tokens", "base", "ui/", "features/"]
            .iter()
            .position(|layer| name.starts_with(layer));
        (layer.unwrap_or(usize::MAX), name)
    });
    Ok(files)
}

fn string_literals(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in workspace::files_below(folder)? {
        if path.extension().is_some_and(|kind| kind == "rs") {
            let literals = Source::read(&fs::read_to_string(&path)?).literals;
            found.extend(literals.into_iter().map(|literal| literal.value));
        }
    }
    Ok(found)
}

/// The rules for every utility class among these words, in their layer.
fn utilities(literals: &[String]) -> String {
    let mut config = encre_css::Config::default();
    config.preflight = encre_css::Preflight::new_none();
    let rules = encre_css::generate(literals.iter().map(String::as_str), &config);
    if rules.trim().is_empty() {
        return String::new();
    }
    format!("@layer utilities {{\n{rules}\n}}")
}

fn minified(css: &str, name: &str) -> Result<String> {
    let targets = Targets::from(BROWSERS);
    let options = ParserOptions {
        filename: name.to_owned(),
        ..ParserOptions::default()
    };
    let mut sheet = StyleSheet::parse(css, options).map_err(|error| located(&error))?;
    let minify = MinifyOptions {
        targets,
        ..MinifyOptions::default()
    };
    sheet.minify(minify).map_err(|error| located(&error))?;
    let print = PrinterOptions {
        minify: true,
        targets,
        ..PrinterOptions::default()
    };
    let printed = sheet.to_css(print).map_err(|error| located(&error))?;
    Ok(printed.code)
}

/// `style/ui/card.css:12: ...`: the library counts lines from zero, editors from one.
fn located<T: Display>(error: &lightningcss::error::Error<T>) -> anyhow::Error {
    match &error.loc {
        Some(at) => anyhow!("{}:{}: {}", at.filename, at.line + 1, error.kind),
        None => anyhow!("the stylesheet is not valid: {}", error.kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn layers_come_in_their_order_and_utilities_last() {
        let root = tempfile::tempdir().unwrap();
        let layered =
            |layer: &str, class: &str| format!("@layer {layer} {{ .{class} {{ top: 0 }} }}");
        write(
            root.path(),
            "style/features/a.css",
            &layered("features", "four"),
        );
        write(root.path(), "style/ui/b.css", &layered("ui", "three"));
        write(root.path(), "style/base.css", &layered("base", "two"));
        write(root.path(), "style/tokens.css", &layered("tokens", "one"));
        write(
            root.path(),
            "app/src/x.rs",
            "view! { <p class=\"five mt-2\"/> } // \"mt-4\"",
        );
        let mut public = Public::read(root.path()).unwrap();
        let css = bundle(root.path(), &mut public).unwrap();
        let places: Vec<_> = [".one", ".two", ".three", ".four", ".mt-2"]
            .iter()
            .map(|class| css.find(class).unwrap())
            .collect();
        assert!(places.is_sorted(), "{css}");
        assert!(css.starts_with(LAYERS), "{css}");
        assert!(!css.contains("mt-4"), "{css}");
    }

    #[test]
    fn a_mistake_is_reported_with_its_file_and_line() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            "style/ui/button.css",
            ".a { color: red }\n.b:: { }",
        );
        let mut public = Public::read(root.path()).unwrap();
        let error = bundle(root.path(), &mut public).unwrap_err().to_string();
        assert!(error.contains("style/ui/button.css:2"), "{error}");
    }

    #[test]
    fn modern_css_stays_as_it_is() {
        let css = ".a { color: oklch(0.5 0.1 190); &:hover { inset-inline-start: 0 } }";
        let out = minified(css, "x").unwrap();
        assert!(out.contains("oklch") && out.contains("&:hover{"), "{out}");
    }
}
