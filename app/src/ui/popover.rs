use leptos::ev::{Event, MouseEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;

use crate::dom::overlay;
use crate::erased::memo;

pub use crate::dom::overlay::Anchor;

/// Something that opens beside what it belongs to. `Esc` or a press outside closes it and the focus
/// goes back to where it was. Its content exists only while it is open.
#[component]
pub fn Popover(
    /// Whether it is open, both ways.
    open: RwSignal<bool>,
    /// Its name for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// What it stands beside.
    #[prop(optional)]
    anchor: Anchor,
    /// Its role for screen readers.
    #[prop(default = "dialog")]
    role: &'static str,
    /// The element's id, for `aria-controls`.
    #[prop(optional, into)]
    id: Option<String>,
    children: ChildrenFn,
) -> impl IntoView {
    let popover = NodeRef::<Div>::new();
    let shown = RwSignal::new(false);
    // The content outlives `open` until the browser has closed it: only then is the focus back.
    let present = memo(move || open.get() || shown.get());

    Effect::new(move |_| {
        let wanted = open.get();
        if let Some(popover) = popover.get() {
            if wanted {
                overlay::show_popover(&popover, anchor);
            } else {
                overlay::hide_popover(&popover);
            }
        }
    });
    let on_toggle = move |_: Event| {
        let is_shown = popover
            .get_untracked()
            .is_some_and(|popover| overlay::is_shown(&popover));
        shown.set(is_shown);
        if !is_shown {
            open.set(false);
        }
    };
    view! {
        <div
            class="popover"
            popover="auto"
            role=role
            id=id
            aria-label=label
            node_ref=popover
            on:toggle=on_toggle
        >
            {move || present.get().then(|| children())}
        </div>
    }
}

/// The handlers of a button that opens and closes a popover, for `pointerdown` and `click`.
///
/// A press on the button is a press outside the popover: the browser closes it before the click
/// arrives, and the click must not open it again.
pub(crate) fn press_to_toggle(
    open: RwSignal<bool>,
) -> (
    impl Fn(PointerEvent) + Copy + 'static,
    impl Fn(MouseEvent) + Copy + 'static,
) {
    let pressed_while_open = StoredValue::new(false);
    let on_pointerdown = move |_: PointerEvent| pressed_while_open.set_value(open.get_untracked());
    let on_click = move |_: MouseEvent| {
        let closes = pressed_while_open.get_value() || open.get_untracked();
        pressed_while_open.set_value(false);
        open.set(!closes);
    };
    (on_pointerdown, on_click)
}
