//! Tests wait for what they need, never for time to pass; and a test that does not run is deleted, not kept.

use super::{Finding, tree::Tree};
use regex::Regex;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let sleep = Regex::new(r"\bsleep(?:_until)?\s*\(").expect("a constant pattern");
    let ignored = Regex::new(r"#\[ignore\b").expect("a constant pattern");
    let browser =
        Regex::new(r"\.(?:waitForTimeout|skip|only|fixme)\s*\(").expect("a constant pattern");
    let mut findings = Vec::new();
    for (file, source) in tree.rust() {
        for found in sleep.find_iter(&source.code) {
            if source.in_test(found.start()) {
                findings.push(file.finding(
                    found.start(),
                    "a test must not sleep: wait for the event, or move the test's clock",
                ));
            }
        }
        for found in ignored.find_iter(&source.code) {
            findings
                .push(file.finding(found.start(), "no test is ignored: repair it or delete it"));
        }
    }
    for file in tree.below(&["end2end/tests"], "ts") {
        for found in browser.find_iter(&file.text) {
            findings.push(file.finding(
                found.start(),
                "wait for what the page shows (expect polls), and leave no test out",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)]))
            .into_iter()
            .map(|it| it.line)
            .collect()
    }

    #[test]
    fn sleeping_is_found_in_tests_alone() {
        let source =
            "fn a() { sleep(x); }\n#[cfg(test)]\nmod tests {\n fn b() { tokio::time::sleep(x) }\n}";
        assert_eq!(lines("server/src/a.rs", source), [4]);
        assert_eq!(
            lines("server/tests/it/a.rs", "fn a() { thread::sleep(x); }"),
            [1]
        );
    }

    #[test]
    fn ignored_tests_are_found_everywhere() {
        assert_eq!(
            lines(
                "shared/src/a.rs",
                "#[test]\n#[ignore = \"slow\"]\nfn a() {}"
            ),
            [2]
        );
        assert!(lines("shared/src/a.rs", "// #[ignore]\nlet x = \"#[ignore]\";").is_empty());
    }

    #[test]
    fn browser_tests_neither_wait_for_time_nor_skip() {
        let source =
            "await page.waitForTimeout(100);\ntest.only('x', f);\nawait expect(x).toBeVisible();";
        assert_eq!(lines("end2end/tests/a.spec.ts", source), [1, 2]);
    }
}
