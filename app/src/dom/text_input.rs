//! The selection in a text box, and changes that its own undo knows about.

use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

/// What is selected, in UTF-16 units; an empty range is the cursor.
pub fn selection(input: &HtmlTextAreaElement) -> Range<usize> {
    let position = |at: Result<Option<u32>, _>| at.ok().flatten().unwrap_or_default() as usize;
    position(input.selection_start())..position(input.selection_end())
}

/// Replaces a part of the text as if it were typed, and selects another.
pub fn replace(
    input: &HtmlTextAreaElement,
    replaced: Range<usize>,
    text: &str,
    selected: Range<usize>,
) {
    // Whatever of this fails leaves the text as the person wrote it.
    let _ = input.focus();
    select(input, replaced.clone());
    let typed = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.dyn_into::<HtmlDocument>().ok())
        .is_some_and(|document| {
            matches!(
                document.exec_command_with_show_ui_and_value("insertText", false, text),
                Ok(true)
            )
        });
    if !typed {
        let (start, end) = (units(replaced.start), units(replaced.end));
        let _ = input.set_range_text_with_start_and_end(text, start, end);
        if let Ok(event) = web_sys::Event::new("input") {
            let _ = input.dispatch_event(&event);
        }
    }
    select(input, selected);
}

/// Focuses a text box with all of its text selected, to be typed over.
pub fn select_all(input: &HtmlTextAreaElement) {
    // It fails only for a box that is not in the page any more.
    let _ = input.focus();
    input.select();
}

fn select(input: &HtmlTextAreaElement, range: Range<usize>) {
    let _ = input.set_selection_range(units(range.start), units(range.end));
}

fn units(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
