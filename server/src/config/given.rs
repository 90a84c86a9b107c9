//! What the operator has set, kept to tell it apart from what is set in the application.

use super::{Config, Problems};
use std::collections::BTreeMap;
use std::fmt;

/// Variables and file, as they were when the server began.
#[derive(Clone, Default)]
pub struct Given {
    vars: BTreeMap<String, String>,
    file: toml::Table,
}

impl Given {
    pub(super) fn new(vars: &BTreeMap<String, String>, file: Option<&str>) -> Self {
        Self {
            vars: vars.clone(),
            // What is wrong with it was said already.
            file: file.and_then(|text| text.parse().ok()).unwrap_or_default(),
        }
    }

    /// Whether the operator has set this key: then nobody else does.
    pub fn has(&self, key: &str) -> bool {
        let variable = format!("TEAMFLOW_{}", key.to_uppercase());
        let is_var = self
            .vars
            .get(&variable)
            .is_some_and(|text| !text.is_empty());
        is_var || self.file.contains_key(key)
    }

    /// The settings with what is set in the application beneath what the operator has set.
    pub fn with(&self, stored: &BTreeMap<String, String>) -> Result<Config, Problems> {
        let mut file = self.file.clone();
        for (key, text) in stored {
            if !self.has(key) {
                file.insert(key.clone(), toml::Value::String(text.clone()));
            }
        }
        Config::read(&self.vars, Some(&file.to_string()))
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some of it is secret.
        f.write_str("Given(..)")
    }
}
