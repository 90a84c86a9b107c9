//! Where a setting's text comes from, and the list of what was wrong with it.

use super::problems::{Problems, closest};
use std::borrow::Cow;
use std::collections::BTreeMap;

const PREFIX: &str = "TEAMFLOW_";
/// Variables that other parts of the project read: this file's own path, and the end-to-end tests' server.
const NOT_SETTINGS: [&str; 2] = ["TEAMFLOW_CONFIG", "TEAMFLOW_BIN"];
/// What tests read. They start servers, which inherit their variables.
const TEST_PREFIX: &str = "TEAMFLOW_TEST_";

pub(super) struct Source<'a> {
    vars: &'a BTreeMap<String, String>,
    file: toml::Table,
    known: Vec<Cow<'static, str>>,
    problems: Vec<String>,
}

impl<'a> Source<'a> {
    pub(super) fn new(vars: &'a BTreeMap<String, String>, file: Option<&str>) -> Self {
        let mut problems = Vec::new();
        let file = file
            .unwrap_or_default()
            .parse()
            .unwrap_or_else(|error: toml::de::Error| {
                problems.push(format!(
                    "the file is not TOML: {}",
                    error.to_string().trim_end()
                ));
                toml::Table::new()
            });
        Self {
            vars,
            file,
            known: Vec::new(),
            problems,
        }
    }

    /// The setting `key`, or nothing where it is not set or wrong. An empty variable is not set.
    pub(super) fn optional<T>(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let key = key.into();
        self.known.push(key.clone());
        let variable = variable(&key);
        let (origin, text) = match self.vars.get(&variable).filter(|text| !text.is_empty()) {
            Some(text) => (variable, text.clone()),
            None => (
                format!("`{key}` in the file"),
                file_text(self.file.get(&*key)?),
            ),
        };
        parse(&text)
            .map_err(|problem| self.problems.push(format!("{origin}: {problem}")))
            .ok()
    }

    /// The setting `key`, or its default.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(key, parse).unwrap_or(default)
    }

    /// The keys that are set and begin so: for settings that people name themselves.
    pub(super) fn keys(&self, prefix: &str) -> Vec<String> {
        let vars = self.vars.iter().filter(|(_, text)| !text.is_empty());
        let vars = vars.filter_map(|(name, _)| Some(name.strip_prefix(PREFIX)?.to_lowercase()));
        let all = vars.chain(self.file.keys().cloned());
        all.filter(|key| key.starts_with(prefix)).collect()
    }

    /// Whether the setting is there, right or wrong.
    pub(super) fn has(&self, key: &str) -> bool {
        let in_vars = self
            .vars
            .get(&variable(key))
            .is_some_and(|text| !text.is_empty());
        in_vars || self.file.contains_key(key)
    }

    /// Passes over what was a setting once: whoever still has it starts all the same.
    pub(super) fn retired(&mut self, key: &str) {
        self.known.push(key.to_owned().into());
    }

    /// Notes what is wrong with several settings together.
    pub(super) fn problem(&mut self, problem: &str) {
        self.problems.push(problem.to_owned());
    }

    /// Call it when every setting has been asked for: what is left is not one.
    pub(super) fn finish(mut self) -> Result<(), Problems> {
        let unknown = |typed: &str, meant: Option<String>| match meant {
            Some(name) => format!("{typed} is not a setting. Did you mean {name}?"),
            None => format!("{typed} is not a setting."),
        };
        for typed in self.vars.keys().filter(|name| is_ours(name)) {
            if !self.known.iter().any(|key| variable(key) == *typed) {
                let key = typed[PREFIX.len()..].to_lowercase();
                let meant = closest(&key, self.known.iter().map(AsRef::as_ref));
                self.problems.push(unknown(typed, meant.map(variable)));
            }
        }
        for typed in self.file.keys() {
            if !self.known.iter().any(|key| key == typed) {
                let meant = closest(typed, self.known.iter().map(AsRef::as_ref));
                self.problems.push(unknown(
                    &format!("`{typed}` in the file"),
                    meant.map(str::to_owned),
                ));
            }
        }
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Problems(self.problems))
        }
    }
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase())
}

pub(super) fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX) && !NOT_SETTINGS.contains(&name)
}

/// The file may write numbers and booleans bare; they are then read like a variable's text.
fn file_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Reads a list with commas in it.
pub(super) fn list<T>(
    text: &str,
    one: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let parts = text.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(one).collect()
}

/// Reads a whole number in a range.
pub(super) fn whole(text: &str, min: u64, max: u64) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!(
            "\"{text}\" is not a whole number from {min} to {max}"
        )),
    }
}

/// Reads one of a few words.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    words
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            format!("\"{text}\" is none of: {}", words.join(", "))
        })
}

/// Reads `1`, `true`, `0` or `false`.
pub(super) fn flag(text: &str) -> Result<bool, String> {
    word(
        text,
        &[("1", true), ("true", true), ("0", false), ("false", false)],
    )
}
