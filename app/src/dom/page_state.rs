//! What the document carries besides the app: the server's start, and marks that tests wait for.

use crate::start::{ELEMENT_ID, Start};
use leptos::prelude::document;

/// What the server told the page.
pub fn start() -> Start {
    let json = document()
        .get_element_by_id(ELEMENT_ID)
        .and_then(|element| element.text_content());
    json.and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default()
}

/// Sets an attribute of the root element.
pub fn set(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Only a name that is no attribute's name is refused, and these are constants.
        let _never = root.set_attribute(name, value);
    }
}
