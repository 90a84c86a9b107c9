//! HTML that was made from a text by `crate::markdown`, put into its place.

use web_sys::Element;

/// Marks a place that shows a text as it was written.
const PLAIN: &str = "data-plain";

/// Whether anything is in the place: what the server wrote, or an earlier text.
pub fn is_filled(place: &Element) -> bool {
    place.has_child_nodes()
}

/// Shows HTML. It must come from `markdown::render`, which writes nothing that can do harm.
pub fn show(place: &Element, html: &str) {
    // The attribute's name is valid, so this cannot fail.
    let _ = place.remove_attribute(PLAIN);
    place.set_inner_html(html);
}

/// Shows a text as it was written.
pub fn show_plain(place: &Element, text: &str) {
    let _ = place.set_attribute(PLAIN, "true");
    place.set_text_content(Some(text));
}
