//! HTML that was made from a text by `crate::markdown`, put into its place.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent};

/// Marks a place that shows a text as it was written.
const PLAIN: &str = "data-plain";

/// Whether anything is in the place: what the server wrote, or an earlier text. The comment that holds the place of
/// children is nothing.
pub fn is_filled(place: &Element) -> bool {
    place.first_element_child().is_some()
        || place.text_content().is_some_and(|text| !text.is_empty())
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

/// Whether a click was on the text itself: not on a link in it, and not the end of selecting.
pub fn is_plain_click(event: &MouseEvent) -> bool {
    let is_control = is_in(event, "a, button, input");
    let selection = web_sys::window().and_then(|window| window.get_selection().ok().flatten());
    !is_control && selection.is_none_or(|selection| selection.is_collapsed())
}

/// Whether an event happened in an element that matches.
pub fn is_in(event: &Event, choice: &str) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|it| matches!(it.closest(choice), Ok(Some(_))))
}

/// A text for `<title>` or `<textarea>`: the rendering puts into those what it is given as it is.
pub fn text(text: String) -> String {
    if cfg!(feature = "ssr") {
        text.replace('&', "&amp;").replace('<', "&lt;")
    } else {
        text
    }
}
