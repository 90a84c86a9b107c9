//! A `view!` is read at one glance; what is longer becomes a child component.

use super::{Finding, tree::Tree};
use crate::rust_source::after_closing;
use regex::Regex;

const LINES_MAX: usize = 60;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let view = Regex::new(r"\bview!\s*[{(\[]").expect("a constant pattern");
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        let mut outside_from = 0;
        for found in view.find_iter(&source.code) {
            // An inner one is part of the outer one's length.
            if found.start() < outside_from {
                continue;
            }
            let end = after_closing(&source.code, found.end() - 1).unwrap_or(source.code.len());
            outside_from = end;
            let lines = source.code[found.start()..end].lines().count();
            if lines > LINES_MAX {
                findings.push(file.finding(
                    found.start(),
                    format!("a `view!` of {lines} lines, more than {LINES_MAX}: make parts of it components"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(lines: usize) -> String {
        format!(
            "fn a() {{ view! {{\n{}}}\n}}",
            "<p>{\"}\"}</p>\n".repeat(lines)
        )
    }

    #[test]
    fn only_a_long_view_is_found() {
        assert_eq!(check(&Tree::of(&[("app/src/a.rs", &view(58))])).len(), 0);
        assert_eq!(check(&Tree::of(&[("app/src/a.rs", &view(60))])).len(), 1);
    }

    #[test]
    fn a_nested_view_is_counted_once() {
        let source = format!("view! {{ <Show>{{move || {}}}</Show> }}", view(70));
        assert_eq!(check(&Tree::of(&[("app/src/a.rs", &source)])).len(), 1);
    }
}
