//! The files that only list: each gets one line.

use super::names::Names;
use anyhow::{Context, Result, bail};
use regex::Regex;

pub(super) enum Entry {
    /// `pub mod x;` or `mod x;`, by the alphabet.
    Module(&'static str),
    /// A line at the end of a macro's list: what opens the list, and the line.
    Listed(&'static str, &'static str),
    /// A line behind the only one that contains a text.
    Behind(&'static str, &'static str),
}

use Entry::{Behind, Listed, Module};

/// A hub that takes several lines stands here several times.
pub(super) const ENTRIES: [(&str, Entry); 12] = [
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
    ("app/src/lib.rs", Module("pub mod")),
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
    ("server/tests/it/main.rs", Module("mod")),
];

impl Entry {
    /// The hub's text with the feature in it.
    pub(super) fn add(&self, text: &str, names: &Names) -> Result<String> {
        match self {
            Module(keyword) => add_module(text, keyword, &names.nouns),
            Listed(opening, line) => add_to_list(text, opening, &names.fill(line)),
            Behind(anchor, line) => add_behind(text, anchor, &names.fill(line)),
        }
    }
}

/// Before the first module that comes later in the alphabet, above that one's comments and attributes.
fn add_module(text: &str, keyword: &str, name: &str) -> Result<String> {
    let module = Regex::new(r"^(?:pub(?:\([a-z]+\))? )?mod (\w+);")?;
    let mut lines: Vec<&str> = text.lines().collect();
    let named = |line: &str| module.captures(line).map(|found| found[1].to_owned());
    let later = lines
        .iter()
        .position(|line| named(line).is_some_and(|other| other.as_str() > name));
    let mut at = match later {
        Some(at) => at,
        None => lines
            .iter()
            .rposition(|line| named(line).is_some())
            .map(|last| last + 1)
            .context("it has no line `mod ...;`")?,
    };
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
    let mut text = text.to_owned();
    text.insert_str(list + end + 1, entry);
    Ok(text)
}

fn add_behind(text: &str, anchor: &str, entry: &str) -> Result<String> {
    let (before, after) = text
        .split_once(anchor)
        .with_context(|| format!("it has no line with `{anchor}`"))?;
    if after.contains(anchor) {
        bail!("it has several lines with `{anchor}`");
    }
    let (line, after) = after
        .split_once('\n')
        .with_context(|| format!("its line with `{anchor}` does not end"))?;
    Ok(format!("{before}{anchor}{line}\n{entry}{after}"))
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
    }

    #[test]
    fn a_line_goes_behind_its_only_example() {
        let text = "match x {\n    A => a(),\n    B => b(),\n}\n";
        let listed = add_behind(text, "A => ", "    C => c(),\n").unwrap();
        assert_eq!(
            listed,
            "match x {\n    A => a(),\n    C => c(),\n    B => b(),\n}\n"
        );
        assert!(add_behind(text, " => ", "x").is_err());
    }

    #[test]
    fn a_line_goes_to_the_end_of_its_list() {
        let text = "macro_rules! list {\n    () => {};\n}\n\nlist! {\n    a A,\n}\n\nfn b() {\n}\n";
        let listed = add_to_list(text, "list! {", "    c C,\n").unwrap();
        assert!(listed.contains("    a A,\n    c C,\n}\n\nfn b"), "{listed}");
        assert!(add_to_list(text, "other! {", "x").is_err());
    }
}
