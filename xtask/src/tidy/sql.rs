//! SQL stands in the stores and in `db/` of the server: whoever changes a table finds every query on it.

use super::{Finding, tree::Tree};
use regex::Regex;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    // Only a text that begins as a statement: prose may say "select" and "from" too.
    let statement = Regex::new(
        r"(?sx)^\s*(?:
            (?:select|SELECT)\b.+\b(?:from|FROM)\b
            | (?:insert|INSERT)\s+(?:or\s+\w+\s+)?(?:into|INTO)\b
            | (?:update|UPDATE)\s+\w+\s+(?:\w+\s+)?(?:set|SET)\b
            | (?:delete|DELETE)\s+(?:from|FROM)\b
            | (?:create|drop|alter|CREATE|DROP|ALTER)\s+(?:table|index|TABLE|INDEX)\b
            | (?:with|WITH)\s.+\b(?:select|SELECT)\b.+\b(?:from|FROM)\b
        )",
    )
    .expect("a constant pattern");
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        if file.path.starts_with("xtask/") || is_home(&file.path) {
            continue;
        }
        for literal in &source.literals {
            if statement.is_match(&literal.value) && !source.in_test(literal.offset) {
                findings.push(file.finding(
                    literal.offset,
                    "SQL belongs in a `const` of the domain's `store.rs` (or in server/src/db)",
                ));
            }
        }
    }
    findings
}

fn is_home(path: &str) -> bool {
    let Some(inside) = path.strip_prefix("server/src/") else {
        // Tests may look into the database.
        return path.starts_with("server/tests/") || path.starts_with("bench/");
    };
    inside.starts_with("db/") || inside.ends_with("/store.rs") || inside.contains("/store/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, literal: &str) -> usize {
        let source = format!("const A: &str = r#\"{literal}\"#;");
        check(&Tree::of(&[(path, &source)])).len()
    }

    #[test]
    fn statements_outside_the_stores_are_found() {
        for statement in [
            "select id\n  from tasks",
            "insert into tasks (id) values ($1)",
            "update tasks set rank = $1",
            "delete from tasks",
            "with a as (select 1) select * from a",
        ] {
            assert_eq!(
                found("server/src/tasks/routes.rs", statement),
                1,
                "{statement}"
            );
            assert_eq!(
                found("server/src/tasks/store.rs", statement),
                0,
                "{statement}"
            );
            assert_eq!(
                found("server/src/sync/store/log.rs", statement),
                0,
                "{statement}"
            );
            assert_eq!(found("server/src/db/open.rs", statement), 0, "{statement}");
        }
    }

    #[test]
    fn prose_is_not_sql() {
        assert_eq!(found("app/src/a.rs", "Select a file from your disk"), 0);
        assert_eq!(found("app/src/a.rs", "the update sets nothing"), 0);
    }
}
