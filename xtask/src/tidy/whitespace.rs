//! No space at the end of a line, and a newline at the end of a file: differences then show what was changed.

use super::{Finding, tree::Tree};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let mut offset = 0;
        for line in file.text.split_inclusive('\n') {
            let content = line.trim_end_matches('\n');
            if content.ends_with([' ', '\t', '\r']) {
                findings.push(file.finding(offset, "remove the space at the end of the line"));
            }
            offset += line.len();
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            findings.push(file.finding(file.text.len(), "end the file with a newline"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_a_missing_newline_are_found() {
        let tree = Tree::of(&[("style/a.css", "a \nb\n"), ("docs/b.md", "c")]);
        let places: Vec<_> = check(&tree)
            .into_iter()
            .map(|it| (it.path, it.line))
            .collect();
        assert_eq!(
            places,
            [("style/a.css".to_owned(), 1), ("docs/b.md".to_owned(), 1)]
        );
    }
}
