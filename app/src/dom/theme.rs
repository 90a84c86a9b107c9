//! The theme: an attribute of the root element, and a cookie so that the server writes it into the next page.

use crate::layout::Theme;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

const ATTRIBUTE: &str = "data-theme";
const YEAR_SECONDS: u32 = 365 * 24 * 3_600;

/// The theme that is shown.
pub fn current() -> Theme {
    let root = document().document_element();
    let value = root.and_then(|root| root.get_attribute(ATTRIBUTE));
    value.as_deref().map(Theme::parse).unwrap_or_default()
}

/// Shows another theme from now on.
pub fn choose(theme: Theme) {
    if let Some(root) = document().document_element() {
        // The name is constant and valid.
        let _ = root.set_attribute(ATTRIBUTE, theme.as_str());
    }
    let is_secure = window()
        .location()
        .protocol()
        .is_ok_and(|it| it == "https:");
    let (prefix, secure) = if is_secure {
        ("__Host-", "; Secure")
    } else {
        ("", "")
    };
    let cookie = format!(
        "{prefix}{}={}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax{secure}",
        Theme::COOKIE,
        theme.as_str()
    );
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        // A browser that keeps no cookies shows the theme until the page is left.
        let _ = document.set_cookie(&cookie);
    }
}
