//! The browser's interfaces are touched in few places, so that the rest also runs on the server and in tests.

use super::{Finding, tree::Tree};
use regex::Regex;

const HOMES: [&str; 4] = [
    "app/src/backend/",
    "app/src/dom/",
    "app/src/sync/",
    "frontend/",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let web = Regex::new(r"\b(?:web_sys|js_sys)\b").expect("a constant pattern");
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        if HOMES.iter().any(|home| file.path.starts_with(home)) {
            continue;
        }
        for found in web.find_iter(&source.code) {
            let name = found.as_str();
            findings.push(file.finding(
                found.start(),
                format!("`{name}` belongs behind a function of app/src/dom (or sync, backend)"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_homes_may_name_the_web() {
        let source = "use web_sys::window; // js_sys\nlet x = \"js_sys\";";
        let found = |path| check(&Tree::of(&[(path, source)])).len();
        assert_eq!(found("app/src/boards/card.rs"), 1);
        assert_eq!(found("app/src/dom/drag.rs"), 0);
        assert_eq!(found("frontend/src/lib.rs"), 0);
    }
}
