//! Where the lines of a list are.

use wasm_bindgen::JsCast;
use web_sys::Element;

/// The ids of the lines whose middle is above a place, from the top.
pub fn above(list: &Element, lines: &str, y: f64) -> Vec<String> {
    let Ok(found) = list.query_selector_all(lines) else {
        return Vec::new();
    };
    let line = |index| found.get(index)?.dyn_into::<Element>().ok();
    let is_above = |line: &Element| {
        let rect = line.get_bounding_client_rect();
        f64::midpoint(rect.top(), rect.bottom()) < y
    };
    (0..found.length())
        .filter_map(line)
        .filter(is_above)
        .map(|line| line.id())
        .collect()
}
