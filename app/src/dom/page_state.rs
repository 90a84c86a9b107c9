//! What the document carries besides the app: the server's start, and marks that tests wait for.

use crate::start::{ELEMENT_ID, Start};
use leptos::prelude::document;

/// What the server told the page; nothing in a document that the browser keeps for all pages.
pub fn start() -> Option<Start> {
    let element = document().get_element_by_id(ELEMENT_ID)?;
    let json = element.text_content().unwrap_or_default();
    Some(serde_json::from_str(&json).unwrap_or_default())
}

/// Sets an attribute of the root element.
pub fn set(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Only a name that is no attribute's name is refused, and these are constants.
        let _never = root.set_attribute(name, value);
    }
}
