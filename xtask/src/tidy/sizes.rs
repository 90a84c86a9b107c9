//! No file is longer than a person reads in one go. The size of functions is clippy's.

use super::{Finding, tree::Tree};

const LINES_MAX: usize = 600;
const KINDS: [&str; 4] = ["rs", "css", "ts", "sql"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        if !KINDS.contains(&file.extension()) {
            continue;
        }
        let in_tests: usize = file.rust.as_ref().map_or(0, |source| {
            let lines = |item: &std::ops::Range<usize>| file.text[item.clone()].lines().count();
            source.tests.iter().map(lines).sum()
        });
        let lines = file.text.lines().count().saturating_sub(in_tests);
        if lines > LINES_MAX {
            findings.push(file.finding(
                0,
                format!("{lines} lines without its tests, more than {LINES_MAX}: make it a folder of smaller files"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found_and_tests_do_not_count() {
        let body = "fn a() {}\n".repeat(601);
        let tests = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{body}}}\n");
        let tree = Tree::of(&[("app/src/a.rs", &body), ("app/src/b.rs", &tests)]);
        let paths: Vec<_> = check(&tree).into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["app/src/a.rs"]);
    }
}
