//! A component class in the markup has a rule in `style/`, and a class in `style/` is used in some markup.
//!
//! Classes are never built from pieces, so the words of string literals are all that can be one. A part
//! (`card__title`) of a known block (`card`) must exist; what is no part may be a utility class and is left alone.

use super::{Finding, tree::Tree};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

const STYLES: [&str; 1] = ["style"];
const MARKUP: [&str; 2] = ["app/src", "server/src"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut defined = BTreeMap::new();
    for file in tree.below(&STYLES, "css") {
        for (offset, class) in selected_classes(&file.text) {
            defined.entry(class).or_insert((file, offset));
        }
    }
    let blocks: BTreeSet<_> = defined.keys().map(|class| block(class)).collect();

    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    for (offset, class, file) in used_classes(tree) {
        let is_part = class.contains("__") && blocks.contains(block(&class));
        if is_part && !defined.contains_key(&class) {
            findings.push(file.finding(
                offset,
                format!("no rule in style/ defines `.{class}`: correct the name or write the rule"),
            ));
        }
        used.insert(class);
    }
    for (class, (file, offset)) in &defined {
        if !used.contains(class) {
            findings.push(file.finding(
                *offset,
                format!("nothing in app/src or server/src uses `.{class}`: remove the rule"),
            ));
        }
    }
    findings
}

/// `card` of `card__title`.
fn block(class: &str) -> &str {
    class.split_once("__").map_or(class, |(block, _)| block)
}

fn used_classes(tree: &Tree) -> Vec<(usize, String, &super::tree::File)> {
    let directive = Regex::new(r"\bclass:([A-Za-z_][\w-]*)").expect("a constant pattern");
    let mut used = Vec::new();
    for file in tree.below(&MARKUP, "rs") {
        let Some(source) = &file.rust else { continue };
        for found in directive.captures_iter(&source.code) {
            let name = found.get(1).expect("the group always takes part");
            used.push((name.start(), name.as_str().to_owned(), file));
        }
        let literals = source.literals.iter();
        for literal in literals.filter(|literal| !source.in_test(literal.offset)) {
            let words = literal
                .value
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
            for word in words.filter(|word| !word.is_empty()) {
                used.push((literal.offset, word.to_owned(), file));
            }
        }
    }
    used
}

/// Every class named in a selector, with its place.
fn selected_classes(css: &str) -> Vec<(usize, String)> {
    let class = Regex::new(r"\.(-?[A-Za-z_][\w-]*)").expect("a constant pattern");
    let plain = without_comments_and_strings(css);
    let mut classes = Vec::new();
    let mut start = 0;
    let mut parentheses = 0_usize;
    for (at, byte) in plain.bytes().enumerate() {
        match byte {
            b'(' => parentheses += 1,
            b')' => parentheses = parentheses.saturating_sub(1),
            b'{' | b'}' | b';' if parentheses == 0 => {
                let before = &plain[start..at];
                let rule = before.trim_start();
                // Of what ends at a brace, the rest is conditions (`@media`); of what ends elsewhere, declarations.
                if byte == b'{' && (!rule.starts_with('@') || rule.starts_with("@scope")) {
                    let found = class.captures_iter(before).filter_map(|found| found.get(1));
                    classes.extend(found.map(|it| (start + it.start(), it.as_str().to_owned())));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    classes
}

/// The same text, byte for byte, with those parts blank.
fn without_comments_and_strings(css: &str) -> String {
    let parts = Regex::new(r#"(?s)/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"#)
        .expect("a constant pattern");
    let mut plain = String::with_capacity(css.len());
    let mut end = 0;
    for part in parts.find_iter(css) {
        plain.push_str(&css[end..part.start()]);
        plain.extend(std::iter::repeat_n(' ', part.len()));
        end = part.end();
    }
    plain.push_str(&css[end..]);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_selectors_name_classes() {
        let css = "/* .a */ @layer ui { .b:is(.c, .d__x) > p { inset: .5em; background: url(x.svg;.e);\n\
            content: \".f {\"; &[data-x] .g { margin: 1.5em } } } @media (width > 1.5em) { .h-2 {} }";
        let classes: Vec<_> = selected_classes(css)
            .into_iter()
            .map(|(_, it)| it)
            .collect();
        assert_eq!(classes, ["b", "c", "d__x", "g", "h-2"]);
    }

    #[test]
    fn a_misspelt_part_and_an_unused_rule_are_found() {
        let tree = Tree::of(&[
            (
                "style/ui/card.css",
                ".card {}\n.card__title {}\n.card__due {}\n.card__old {}\n",
            ),
            (
                "app/src/card.rs",
                "view! { <p class=\"card flex\" class:card__due=late>\n<b class=move || \"card__titel\"/></p> }",
            ),
        ]);
        let lines: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "app/src/card.rs:2: no rule in style/ defines `.card__titel`: correct the name or write the rule",
                "style/ui/card.css:4: nothing in app/src or server/src uses `.card__old`: remove the rule",
                "style/ui/card.css:2: nothing in app/src or server/src uses `.card__title`: remove the rule",
            ]
        );
    }
}
