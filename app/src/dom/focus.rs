//! Moving the keyboard focus, and bringing what has it into sight.

use wasm_bindgen::JsCast;
use web_sys::{
    Element, FocusOptions, HtmlElement, Node, ScrollIntoViewOptions, ScrollLogicalPosition,
};

/// Which neighbour [`step`] moves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first item.
    First,
    /// The last item.
    Last,
    /// The one after the focused item, around the end.
    Next,
    /// The one before the focused item, around the start.
    Previous,
}

impl Step {
    /// The step a key asks for in a vertical list.
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "ArrowDown" => Some(Self::Next),
            "ArrowUp" => Some(Self::Previous),
            "Home" => Some(Self::First),
            "End" => Some(Self::Last),
            _ => None,
        }
    }

    /// The index to go to from `current` in a list of `len`; nothing in an empty list.
    pub fn from_index(self, current: Option<usize>, len: usize) -> Option<usize> {
        let last = len.checked_sub(1)?;
        Some(match (self, current) {
            (Self::First, _) | (Self::Next, None) => 0,
            (Self::Last, _) | (Self::Previous, None) => last,
            (Self::Next, Some(index)) => {
                if index >= last {
                    0
                } else {
                    index + 1
                }
            }
            (Self::Previous, Some(index)) => index.checked_sub(1).unwrap_or(last),
        })
    }
}

/// The element that has the focus, unless it is the page itself.
pub fn focused() -> Option<HtmlElement> {
    let document = web_sys::window()?.document()?;
    let element = document.active_element()?.dyn_into::<HtmlElement>().ok()?;
    (element.tag_name() != "BODY").then_some(element)
}

/// Moves the focus among the elements of `container` that match `items`.
pub fn step(container: &Element, items: &str, step: Step) {
    let found = all(container, items);
    let current = focused().and_then(|focused| {
        let focused: &Node = &focused;
        found
            .iter()
            .position(|item| item.is_same_node(Some(focused)))
    });
    if let Some(item) = step
        .from_index(current, found.len())
        .and_then(|index| found.get(index))
    {
        focus(item);
    }
}

/// Focuses the first element of `container` that matches one of `choices`, tried in order.
/// Returns whether there was one.
pub fn first(container: &Element, choices: &[&str]) -> bool {
    let found = choices
        .iter()
        .find_map(|choice| container.query_selector(choice).ok().flatten());
    let element = found.and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.inspect(focus).is_some()
}

/// Focuses an element. One that is no longer in the page is left alone.
pub fn focus(element: &HtmlElement) {
    // The call fails only for an element that cannot take the focus, which is no fault here.
    let _ = element.focus();
}

/// Scrolls the element with this id into sight by the shortest way, without moving the focus.
pub fn reveal(id: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(element) = document.and_then(|document| document.get_element_by_id(id)) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Focuses the first element of the page that matches. Returns whether there was one.
pub fn in_page(choice: &str) -> bool {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    root.is_some_and(|root| first(&root, &[choice]))
}

/// Focuses the first element of the page that matches, if what has the focus goes with what was just changed.
pub fn refill(choice: &'static str) {
    later(move || {
        if focused().is_none() {
            in_page(choice);
        }
    });
}

/// The focused row of a list is about to go: the next one gets the focus, or the one before, or the page.
pub fn leave_row(row: &str, choice: &'static str) {
    let row = focused().and_then(|it| it.closest(row).ok().flatten());
    let beside = row.and_then(|row| {
        row.next_element_sibling()
            .or_else(|| row.previous_element_sibling())
    });
    later(move || {
        if focused().is_none() && !beside.is_some_and(|row| first(&row, &[choice])) {
            in_page("#main");
        }
    });
}

/// Focuses an element without scrolling, unless somebody is typing elsewhere.
pub fn take_gently(element: &HtmlElement) {
    let is_typing =
        focused().is_some_and(|it| it.matches("input, textarea, select").unwrap_or(false));
    if !is_typing {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

/// Whether an element of the page matches now: `.toasts:focus-within`.
pub fn matches(choice: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| matches!(document.query_selector(choice), Ok(Some(_))))
}

/// Runs something when the page shows what was just changed: an element that was hidden cannot take the focus before.
pub fn later(run: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(run);
}

fn all(container: &Element, items: &str) -> Vec<HtmlElement> {
    let Ok(list) = container.query_selector_all(items) else {
        return Vec::new();
    };
    (0..list.length())
        .filter_map(|index| list.get(index)?.dyn_into().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Step;

    #[test]
    fn steps_go_around_both_ends() {
        assert_eq!(Step::Next.from_index(Some(2), 3), Some(0));
        assert_eq!(Step::Previous.from_index(Some(0), 3), Some(2));
        assert_eq!(Step::Next.from_index(None, 3), Some(0));
        assert_eq!(Step::Last.from_index(Some(0), 3), Some(2));
    }

    #[test]
    fn an_empty_list_has_no_step() {
        assert_eq!(Step::Next.from_index(None, 0), None);
    }
}
