//! `cargo xtask new-feature <plural-noun>`: the files of a feature, named and listed as every other one.
//!
//! What it writes compiles and passes the tests: a synced row with a name, its commands, its table, a page, its style
//! and a test at each level. `docs/adding-a-feature.md` says what to do with it.

mod hub;
mod names;

use crate::{process, workspace};
use anyhow::{Context, Result, bail};
use names::Names;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The feature's one word, such as `milestones`: module, table, address and style of that name.
    noun: String,
    /// One of them, where it is not formed by the usual rules (`--singular person` for `people`).
    #[arg(long)]
    singular: Option<String>,
}

/// Where a file goes and what stands in it, with the names left open.
const FILES: [(&str, &str); 9] = [
    (
        "shared/src/{nouns}/mod.rs",
        include_str!("templates/shared.txt"),
    ),
    ("app/src/{nouns}/mod.rs", include_str!("templates/app.txt")),
    (
        "server/src/{nouns}/mod.rs",
        include_str!("templates/server.txt"),
    ),
    (
        "server/src/{nouns}/store.rs",
        include_str!("templates/store.txt"),
    ),
    (
        "style/features/{nouns}.css",
        include_str!("templates/style.txt"),
    ),
    (
        "server/tests/it/{nouns}.rs",
        include_str!("templates/test.txt"),
    ),
    (
        "end2end/tests/{nouns}.spec.ts",
        include_str!("templates/spec.txt"),
    ),
    (
        "migrations/sqlite/{number}_{nouns}.sql",
        include_str!("templates/sqlite.txt"),
    ),
    (
        "migrations/postgres/{number}_{nouns}.sql",
        include_str!("templates/postgres.txt"),
    ),
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let names = Names::new(&arguments.noun, arguments.singular.as_deref())?;
    let root = workspace::root();
    for (path, text) in plan(root, &names)? {
        let place = root.join(&path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&place, text).with_context(|| format!("could not write {path}"))?;
        println!("{path}");
    }
    // Where a line breaks depends on how long the names are.
    process::run(process::cargo().args(["fmt", "--all"]))?;
    println!("\nnext: docs/adding-a-feature.md, then `cargo xtask check`");
    Ok(())
}

/// Every file to write with its whole text, hubs included. An error leaves everything as it was.
fn plan(root: &Path, names: &Names) -> Result<BTreeMap<String, String>> {
    for folder in ["shared/src", "app/src", "server/src"] {
        for taken in [
            format!("{folder}/{}", names.nouns),
            format!("{folder}/{}.rs", names.nouns),
        ] {
            if root.join(&taken).exists() {
                bail!("{taken} exists already");
            }
        }
    }
    let number = next_migration(root)?;
    let mut files = BTreeMap::new();
    for (path, text) in FILES {
        let path = names.fill(path).replace("{number}", &number);
        if root.join(&path).exists() {
            bail!("{path} exists already");
        }
        files.insert(path, names.fill(text));
    }
    for (path, entry) in hub::ENTRIES {
        let text = match files.remove(path) {
            Some(listed) => listed,
            None => fs::read_to_string(root.join(path))
                .with_context(|| format!("could not read {path}"))?,
        };
        let listed = entry
            .add(&text, names)
            .with_context(|| format!("could not list the feature in {path}"))?;
        files.insert(path.to_owned(), listed);
    }
    Ok(files)
}

/// One more than the highest of either database, in as many digits.
fn next_migration(root: &Path) -> Result<String> {
    let mut highest = 0;
    for path in workspace::files_below(&root.join("migrations"))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let number = name
            .split('_')
            .next()
            .and_then(|digits| digits.parse().ok());
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(format!("{:04}", highest + 1_u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    #[test]
    fn every_crate_gets_its_files_and_its_line() {
        let names = Names::new("zebras", None).unwrap();
        let files = plan(workspace::root(), &names).unwrap();
        let has =
            |path: &str, text: &str| assert!(files[path].contains(text), "{path} lacks {text}");
        has("shared/src/lib.rs", "pub mod zebras;\n");
        has("shared/src/ids.rs", "    /// A zebra.\n    ZebraId\n");
        has("shared/src/sync/command.rs", "    zebras Zebras,\n");
        has("server/src/sync/rows.rs", "crate::zebras::store::upsert(");
        has("server/src/sync/rows.rs", "crate::zebras::store::delete(");
        has("app/src/layout/words.rs", "Command::Zebras(_) => ");
        has(
            "server/src/workspaces/purge/store.rs",
            "    (\"zebras\", \"id\"),\n",
        );
        has(
            "shared/src/sync/permissions/things.rs",
            "crate::zebras::Zebra {",
        );
        let judged = "shared/src/sync/permissions/commands.rs";
        for command in ["Create", "Rename", "Delete"] {
            has(judged, &format!("crate::zebras::Mutation::{command} {{"));
        }
        assert!(files.contains_key("end2end/tests/zebras.spec.ts"));
        let migrations = files.keys().filter(|path| path.ends_with("_zebras.sql"));
        assert_eq!(migrations.count(), 2);
        for (path, text) in &files {
            let open = text
                .lines()
                .find(|line| line.contains("{noun") || line.contains("{Noun"));
            assert_eq!(open, None, "{path} has a name left open");
        }
    }

    /// What a macro's list has in two places of each line.
    fn listed(path: &str, line: &str) -> Vec<[String; 2]> {
        let text = fs::read_to_string(workspace::root().join(path)).unwrap();
        let line = Regex::new(line).unwrap();
        let found = line.captures_iter(&text);
        found
            .map(|found| found.extract().1.map(str::to_owned))
            .collect()
    }

    /// A `match` on all of them does not compile without the feature.
    #[test]
    fn what_names_every_domain_names_the_feature() {
        let domains = listed("shared/src/sync/command.rs", r"(?m)^    (\w+) (\w+),$");
        let tables = listed(
            "shared/src/sync/rows.rs",
            r#"(?m)^    (\w+) = "(\w+)" crate::"#,
        );
        assert!(domains.len() > 10 && tables.len() > 10);
        let all = |names: &[[String; 2]], form: fn(&[String; 2]) -> String| -> Vec<String> {
            names.iter().map(form).collect()
        };
        let ways = [
            all(&domains, |[_, it]| format!("Command::{it}(")),
            all(&domains, |[it, _]| format!("{it}::Mutation::")),
            all(&tables, |[it, _]| format!("Table::{it} =>")),
            all(&tables, |[it, _]| format!("AnyRow::{it}(")),
            all(&tables, |[_, it]| format!("\"{it}\"")),
        ];
        let root = workspace::root();
        let files = plan(root, &Names::new("zebras", None).unwrap()).unwrap();
        let sources = ["app", "server", "shared"]
            .map(|folder| workspace::files_below(&root.join(folder)).unwrap());
        let mut found = 0;
        for path in sources.iter().flatten() {
            if path.extension().is_none_or(|kind| kind != "rs") {
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let names_all = |way: &Vec<String>| way.iter().all(|it| text.contains(it));
            if ways.iter().any(names_all) {
                let path = workspace::slashed(path.strip_prefix(root).unwrap());
                assert!(files.contains_key(&path), "{path}: list it in hub.rs");
                found += 1;
            }
        }
        assert!(found >= 5, "only {found} files were found");
    }

    #[test]
    fn a_feature_that_exists_is_refused() {
        let names = Names::new("labels", None).unwrap();
        let error = plan(workspace::root(), &names).unwrap_err();
        assert_eq!(error.to_string(), "shared/src/labels exists already");
    }
}
