//! Which crate may depend on which: `shared <- app <- frontend` and `shared, app <- server`.

use super::{Finding, tree::Tree};

const CRATES: [(&str, &[&str]); 5] = [
    ("shared", &[]),
    ("app", &["shared"]),
    ("frontend", &["app", "shared"]),
    ("server", &["shared", "app"]),
    ("xtask", &[]),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &tree.packages {
        let Some((_, allowed)) = CRATES.iter().find(|(name, _)| *name == package.name) else {
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let ours = CRATES.iter().any(|(crate_name, _)| *crate_name == name);
            if ours && !allowed.contains(&name) {
                findings.push(Finding {
                    path: format!("{}/Cargo.toml", package.name),
                    line: 1,
                    text: format!(
                        "`{}` must not depend on `{name}`: move what both need into `shared`",
                        package.name
                    ),
                });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Dependency, Package};
    use super::*;

    fn tree(name: &str, dependency: &str) -> Tree {
        let mut tree = Tree::of(&[]);
        tree.packages.push(Package {
            name: name.to_owned(),
            dependencies: vec![Dependency {
                name: dependency.to_owned(),
            }],
        });
        tree
    }

    #[test]
    fn an_arrow_against_the_direction_is_found() {
        assert_eq!(check(&tree("shared", "app")).len(), 1);
        assert_eq!(check(&tree("app", "server")).len(), 1);
        assert_eq!(check(&tree("xtask", "server")).len(), 1);
    }

    #[test]
    fn the_planned_arrows_and_foreign_crates_are_fine() {
        assert!(check(&tree("server", "app")).is_empty());
        assert!(check(&tree("shared", "serde")).is_empty());
    }
}
