//! Both databases have migrations of the same names, so a number means the same step in both.

use super::{Finding, tree::Tree};
use std::collections::BTreeSet;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = format!("migrations/{engine}/");
        tree.files
            .iter()
            .filter_map(|file| file.path.strip_prefix(&folder))
            .map(str::to_owned)
            .collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    let missing = |from: &BTreeSet<String>, of: &BTreeSet<String>, engine: &str| {
        of.difference(from)
            .map(|name| Finding {
                path: format!("migrations/{engine}/{name}"),
                line: 1,
                text: "this migration exists for the other database only: write it here too"
                    .to_owned(),
            })
            .collect::<Vec<_>>()
    };
    let mut findings = missing(&sqlite, &postgres, "sqlite");
    findings.extend(missing(&postgres, &sqlite, "postgres"));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lonely_migration_is_found() {
        let tree = Tree::of(&[
            ("migrations/sqlite/0001_start.sql", ""),
            ("migrations/postgres/0001_start.sql", ""),
            ("migrations/postgres/0002_more.sql", ""),
        ]);
        let paths: Vec<_> = check(&tree).into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["migrations/sqlite/0002_more.sql"]);
    }
}
