//! What the server tells a page, so that its first render in the browser equals the server's.

use crate::accounts::Person;
use crate::backend::Failure;
use crate::sync::{KeptRows, Seed};
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

/// The element of the page that carries a [`Start`].
pub const ELEMENT_ID: &str = "seed";

/// The beginning of a page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Start {
    /// Who is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// The rows of the page, where it is one of a workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// The rows that this browser has kept, where no server made the page.
    #[serde(skip)]
    pub kept: Option<KeptRows>,
    /// The secret of a token that a plain form has just made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_token: Option<String>,
    /// The features that are on for who is signed in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Why something was refused that led here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Failure>,
    /// The address that was typed into a plain form that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed_email: Option<String>,
    /// Why the page could not be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Start {
    /// As JSON that may stand inside a `<script>` element: `<` is escaped, so nothing in it ends the element.
    pub fn to_script_json(&self) -> String {
        let json = serde_json::to_string(self).expect("a start is plain data");
        json.replace('<', "\\u003c")
    }
}

/// The part of a [`Start`] that pages read themselves; the seed is in [`crate::sync::Rows`].
#[derive(Clone, Debug, Default)]
pub struct StartContext {
    /// Who is signed in.
    pub person: Option<Person>,
    /// The secret of a token that a plain form has just made.
    pub new_token: Option<String>,
    /// The features that are on for who is signed in.
    pub flags: Vec<String>,
    /// Why something was refused that led here.
    pub refusal: Option<Failure>,
    /// The address that was typed into a plain form that was refused.
    pub typed_email: Option<String>,
    /// Why the page could not be made.
    pub failure: Option<Failure>,
}

impl StartContext {
    /// Whether a feature is on for who is signed in.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|on| on == flag)
    }
}

/// The path that the server was asked for.
#[derive(Clone, Debug)]
pub struct FirstPath(pub String);

/// What the server told this page.
pub fn use_start() -> StartContext {
    use_context().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_start_ends_its_element() {
        let start = Start {
            new_token: Some("</script><script>".into()),
            ..Start::default()
        };
        let json = start.to_script_json();
        assert!(!json.contains('<'), "{json}");
        let read: Start = serde_json::from_str(&json).unwrap();
        assert_eq!(read.new_token, start.new_token);
    }
}
