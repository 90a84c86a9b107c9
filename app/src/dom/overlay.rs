//! Popovers and dialogs: opening them in the browser's top layer and placing them.
//!
//! The browser closes them on `Esc` and on a press outside, and gives the focus back; what is left
//! is where a popover stands, which CSS cannot yet say in every browser.

use web_sys::{DomRect, HtmlDialogElement, HtmlElement};

use super::focus;
use super::pixels::px;

/// What a popover stands beside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// The element just before it in the markup: the button that opens it.
    #[default]
    Previous,
    /// What has the focus when it opens: the card that a key acts on.
    Focused,
}

/// Space between a popover and its anchor, in pixels.
const GAP: f64 = 4.0;
/// Space kept between a popover and the edge of the window, in pixels.
const MARGIN: f64 = 8.0;

/// What takes the focus when something opens, the most wanted first.
const FOCUS_FIRST: &[&str] = &[
    "[data-autofocus]",
    ".dialog__body :is(input:not([type=hidden]), textarea, select)",
    "[role=combobox]",
    "[role^=menuitem]:not([disabled])",
    ".dialog__foot .button",
    "button, a[href]",
];

/// Opens a popover beside its anchor and moves the focus inside.
pub fn show_popover(popover: &HtmlElement, anchor: Anchor) {
    if is_shown(popover) {
        return;
    }
    let anchor = match anchor {
        Anchor::Previous => popover.previous_element_sibling(),
        Anchor::Focused => focus::focused().map(Into::into),
    };
    if popover.show_popover().is_err() {
        return;
    }
    if let Some(anchor) = anchor {
        place(popover, &anchor.get_bounding_client_rect());
    }
    focus::first(popover, FOCUS_FIRST);
}

/// Closes a popover; the browser gives the focus back if it was inside.
pub fn hide_popover(popover: &HtmlElement) {
    if is_shown(popover) {
        // It fails only when it was closed meanwhile, which is what was wanted.
        let _ = popover.hide_popover();
    }
}

/// Whether a popover is open right now.
pub fn is_shown(popover: &HtmlElement) -> bool {
    popover.matches(":popover-open").unwrap_or(false)
}

/// Whether anything is open over the page: `Esc` is for that first.
pub fn is_any_open() -> bool {
    focus::matches(":popover-open, dialog[open]")
}

/// Opens a dialog over the page and moves the focus to its first field.
pub fn show_dialog(dialog: &HtmlDialogElement) {
    if !dialog.open() && dialog.show_modal().is_ok() {
        focus::first(dialog, FOCUS_FIRST);
    }
}

/// Closes a dialog; the browser gives the focus back.
pub fn close_dialog(dialog: &HtmlDialogElement) {
    if dialog.open() {
        dialog.close();
    }
}

/// Hands the place to the stylesheet as custom properties, so that it can choose another on a
/// small screen.
fn place(popover: &HtmlElement, anchor: &DomRect) {
    let Some(root) = web_sys::window().and_then(|window| window.document()?.document_element())
    else {
        return;
    };
    let (width, height) = (
        f64::from(root.client_width()),
        f64::from(root.client_height()),
    );
    let size = popover.get_bounding_client_rect();
    let right_to_left = popover.matches(":dir(rtl)").unwrap_or(false);

    let below = height - anchor.bottom() - GAP - MARGIN;
    let above = anchor.top() - GAP - MARGIN;
    let opens_down = size.height() <= below || below >= above;
    let wanted = if right_to_left {
        anchor.right() - size.width()
    } else {
        anchor.left()
    };
    let left = wanted.min(width - size.width() - MARGIN).max(MARGIN);

    set(popover, "--popover-left", left);
    set(
        popover,
        "--popover-room",
        if opens_down { below } else { above },
    );
    set(popover, "--popover-anchor", anchor.width());
    // The side that the anchor is on stays put while the list inside grows and shrinks.
    if opens_down {
        set(popover, "--popover-top", anchor.bottom() + GAP);
        unset(popover, "--popover-bottom");
    } else {
        set(popover, "--popover-bottom", height - anchor.top() + GAP);
        unset(popover, "--popover-top");
    }
}

fn set(element: &HtmlElement, property: &str, pixels: f64) {
    // A custom property takes any value.
    let _ = element.style().set_property(property, &px(pixels));
}

fn unset(element: &HtmlElement, property: &str) {
    let _ = element.style().remove_property(property);
}

/// Whether an event came from the element itself and not from something inside it.
pub fn is_from_itself(event: &web_sys::Event) -> bool {
    let (target, current) = (event.target(), event.current_target());
    target.is_some() && target == current
}
