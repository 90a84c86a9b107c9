//! The files that only list: each gets a line, or the few lines of one entry.

use super::names::Names;
use anyhow::{Context, Result, bail};
use regex::Regex;
use std::ops::Range;

pub(super) enum Entry {
    /// `pub mod x;` or `mod x;`, by the alphabet.
    Module(&'static str),
    /// A line at the end of a macro's list: what opens the list, and the line.
    Listed(&'static str, &'static str),
    /// Lines before the only one that contains a text.
    Before(&'static str, &'static str),
    /// Lines behind it.
    Behind(&'static str, &'static str),
    /// More behind that text, in its line.
    Within(&'static str, &'static str),
}

use Entry::{Before, Behind, Listed, Module, Within};

/// A hub that takes several entries stands here several times.
pub(super) const ENTRIES: [(&str, Entry); 17] = [
    ("shared/src/lib.rs", Module("pub mod")),
    (
        "shared/src/ids.rs",
        Listed("id_types! {", "    /// A {word}.\n    {Noun}Id\n"),
    ),
    (
        "shared/src/access.rs",
        Listed(
            "actions! {",
            "    Edit{Nouns} = \"{nouns}:edit\" [All All Project Project No No]\n",
        ),
    ),
    // Whoever may write may change it.
    (
        "shared/src/limits.rs",
        Within("\"labels\" | ", "\"{nouns}\" | "),
    ),
    (
        "shared/src/sync/rows.rs",
        Listed(
            "tables! {",
            "    {Nouns} = \"{nouns}\" crate::{nouns}::{Noun},\n",
        ),
    ),
    (
        "shared/src/sync/command.rs",
        Listed("commands! {", "    {nouns} {Nouns},\n"),
    ),
    (
        "shared/src/sync/permissions/commands.rs",
        Behind(
            "labels::Mutation::Delete {",
            include_str!("templates/commands.txt"),
        ),
    ),
    (
        "shared/src/sync/permissions/things.rs",
        Before("let bystander = ", include_str!("templates/thing.txt")),
    ),
    ("app/src/lib.rs", Module("pub mod")),
    (
        "app/src/layout/words.rs",
        Behind(
            "Command::Labels(command) => ",
            "        Command::{Nouns}(_) => \"The {word} was not changed\".into(),\n",
        ),
    ),
    ("server/src/lib.rs", Module("pub mod")),
    (
        "server/src/sync/rows.rs",
        Behind(
            "Table::Labels => labels::store::find(",
            "        Table::{Nouns} => crate::{nouns}::store::find(conn, ws, id).await?.map(envelope),\n",
        ),
    ),
    (
        "server/src/sync/rows.rs",
        Behind(
            "AnyRow::Labels(row) => labels::store::upsert(",
            "        AnyRow::{Nouns}(row) => crate::{nouns}::store::upsert(conn, ws, v, row).await,\n",
        ),
    ),
    (
        "server/src/sync/rows.rs",
        Behind(
            "Table::Labels => labels::store::delete(",
            "        Table::{Nouns} => crate::{nouns}::store::delete(conn, ws, id).await,\n",
        ),
    ),
    (
        "server/src/sync/snapshot.rs",
        Behind(
            "rows::envelopes(labels::store::list(",
            "    rows.extend(rows::envelopes(crate::{nouns}::store::list(read.conn(), ws).await?));\n",
        ),
    ),
    (
        "server/src/workspaces/purge/store.rs",
        Behind("(\"labels\", ", "    (\"{nouns}\", \"id\"),\n"),
    ),
    ("server/tests/it/main.rs", Module("mod")),
];

impl Entry {
    /// The hub's text with the feature in it.
    pub(super) fn add(&self, text: &str, names: &Names) -> Result<String> {
        match self {
            Module(keyword) => add_module(text, keyword, &names.nouns),
            Listed(opening, line) => add_to_list(text, opening, &names.fill(line)),
            Before(anchor, lines) => {
                let line = only_line(text, anchor)?;
                Ok(inserted(text, line.start, &names.fill(lines)))
            }
            Behind(anchor, lines) => {
                let line = only_line(text, anchor)?;
                Ok(inserted(text, line.end, &names.fill(lines)))
            }
            Within(anchor, more) => {
                only_line(text, anchor)?;
                let more = format!("{anchor}{}", names.fill(more));
                Ok(text.replacen(anchor, &more, 1))
            }
        }
    }
}

/// Before the first module that comes later in the alphabet, above that one's comments and attributes. Of several
/// paragraphs of modules, the last is the domains'.
fn add_module(text: &str, keyword: &str, name: &str) -> Result<String> {
    let module = Regex::new(r"^(?:pub(?:\([a-z]+\))? )?mod (\w+);")?;
    let mut lines: Vec<&str> = text.lines().collect();
    let named = |line: &str| module.captures(line).map(|found| found[1].to_owned());
    let last = lines
        .iter()
        .rposition(|line| named(line).is_some())
        .context("it has no line `mod ...;`")?;
    let paragraph = lines[..last].iter().rposition(|line| line.is_empty());
    let later = (paragraph.unwrap_or(0)..=last)
        .find(|at| named(lines[*at]).is_some_and(|other| other.as_str() > name));
    let mut at = later.unwrap_or(last + 1);
    let belongs_to_next = |line: &str| line.starts_with("///") || line.starts_with("#[");
    while later.is_some() && at > 0 && belongs_to_next(lines[at - 1]) {
        at -= 1;
    }
    let entry = format!("{keyword} {name};");
    lines.insert(at, &entry);
    Ok(lines.join("\n") + "\n")
}

fn add_to_list(text: &str, opening: &str, entry: &str) -> Result<String> {
    let start = format!("\n{opening}\n");
    let list = format!("\n{text}")
        .find(&start)
        .with_context(|| format!("it has no line `{opening}`"))?;
    let end = text[list..]
        .find("\n}")
        .with_context(|| format!("the list `{opening}` does not end"))?;
    Ok(inserted(text, list + end + 1, entry))
}

/// Where the only line with a text stands, its end included.
fn only_line(text: &str, anchor: &str) -> Result<Range<usize>> {
    let (before, after) = text
        .split_once(anchor)
        .with_context(|| format!("it has no line with `{anchor}`"))?;
    if after.contains(anchor) {
        bail!("it has several lines with `{anchor}`");
    }
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let rest = after
        .find('\n')
        .with_context(|| format!("its line with `{anchor}` does not end"))?;
    Ok(start..before.len() + anchor.len() + rest + 1)
}

fn inserted(text: &str, at: usize, lines: &str) -> String {
    let (before, after) = text.split_at(at);
    format!("{before}{lines}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_goes_to_its_place_in_the_alphabet() {
        let text = "//! Map.\n\npub mod access;\n/// Rules.\n#[cfg(x)]\nmod tasks;\n\npub use tasks::Task;\n";
        let listed = add_module(text, "pub mod", "milestones").unwrap();
        assert_eq!(
            listed,
            "//! Map.\n\npub mod access;\npub mod milestones;\n/// Rules.\n#[cfg(x)]\nmod tasks;\n\npub use tasks::Task;\n"
        );
        let listed = add_module(text, "mod", "zones").unwrap();
        assert!(listed.contains("mod tasks;\nmod zones;\n"), "{listed}");
        let text = "mod app;\nmod sync;\n\nmod labels;\nmod tasks;\n";
        let listed = add_module(text, "mod", "boards").unwrap();
        assert_eq!(
            listed,
            "mod app;\nmod sync;\n\nmod boards;\nmod labels;\nmod tasks;\n"
        );
    }

    #[test]
    fn a_line_goes_beside_its_only_example() {
        let names = Names::new("zebras", None).unwrap();
        let text = "match x {\n    A => a(),\n    B => b(),\n}\n";
        let listed = Behind("A => ", "    {Nouns} => c(),\n").add(text, &names);
        assert_eq!(
            listed.unwrap(),
            "match x {\n    A => a(),\n    Zebras => c(),\n    B => b(),\n}\n"
        );
        let listed = Before("match ", "let {noun} = 1;\n").add(text, &names);
        assert_eq!(listed.unwrap(), format!("let zebra = 1;\n{text}"));
        assert!(Behind(" => ", "x").add(text, &names).is_err());
        assert!(Before("C => ", "x").add(text, &names).is_err());
    }

    #[test]
    fn a_line_goes_to_the_end_of_its_list() {
        let text = "macro_rules! list {\n    () => {};\n}\n\nlist! {\n    a A,\n}\n\nfn b() {\n}\n";
        let listed = add_to_list(text, "list! {", "    c C,\n").unwrap();
        assert!(listed.contains("    a A,\n    c C,\n}\n\nfn b"), "{listed}");
        assert!(add_to_list(text, "other! {", "x").is_err());
    }
}
