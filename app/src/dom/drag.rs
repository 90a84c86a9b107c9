//! Dragging by mouse, pen and finger: when a press becomes a drag, what floats under the pointer, and scrolling at the
//! edges. What is dragged and where it may go is the owner's business, told through [`Drag`].

use super::listen::{Listener, Phase, listen};
use super::pixels::px;
use leptos::prelude::{TimeoutHandle, request_animation_frame, set_timeout_with_handle};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{DomRect, Element, Event, HtmlElement, KeyboardEvent, MouseEvent, PointerEvent};

/// How far a mouse moves before it drags, in pixels: less is a click with an unsteady hand.
const THRESHOLD_PX: f64 = 4.0;
/// How far a finger may move while it presses, in pixels: more is scrolling.
const SLACK_PX: f64 = 8.0;
/// How long a finger presses before it drags.
const LONG_PRESS: Duration = Duration::from_millis(300);
/// How near to an edge scrolling begins, in pixels.
const EDGE_PX: f64 = 56.0;
/// How fast it gets, in pixels a millisecond.
const SPEED_MAX: f64 = 1.1;
/// What inside of a thing that can be dragged is pressed for itself.
const CONTROLS: &str = "button, input, textarea, select, [popover]";

/// A place in the window, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

impl Point {
    fn of(event: &PointerEvent) -> Self {
        Self {
            x: f64::from(event.client_x()),
            y: f64::from(event.client_y()),
        }
    }

    fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Decides whether the element with that id may be dragged from that place.
type Begin = dyn Fn(&str, Point) -> bool;

/// What can be dragged in a surface, and what comes of it.
pub struct Drag {
    /// Selects what can be dragged.
    pub handle: &'static str,
    /// Selects what scrolls up and down by itself inside of the surface.
    pub scroller: &'static str,
    /// The class of the box that floats under the pointer.
    pub ghost: &'static str,
    /// A drag begins, of the element with that id, from that place. Says no by `false`.
    pub begin: Box<Begin>,
    /// The pointer is there now, at most once a frame.
    pub over: Box<dyn Fn(Point)>,
    /// It was let go, after a last `over`.
    pub drop: Box<dyn Fn()>,
    /// It came to nothing.
    pub cancel: Box<dyn Fn()>,
}

/// Watches a surface until it is dropped.
pub struct Watch {
    surface: Rc<Surface>,
    _listeners: Vec<Listener>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.surface.finish(false);
    }
}

struct Surface {
    element: HtmlElement,
    drag: Drag,
    state: RefCell<State>,
    /// The click that ends a drag is not one.
    swallow_click: Cell<bool>,
    frame_asked: Cell<bool>,
}

enum State {
    Idle,
    Pressed(Press),
    Dragging(Held),
}

struct Press {
    pointer: i32,
    is_touch: bool,
    start: Point,
    element: HtmlElement,
    timer: Option<TimeoutHandle>,
}

struct Held {
    pointer: i32,
    at: Point,
    /// From the pointer to the corner of the ghost.
    grip: Point,
    ghost: HtmlElement,
    last_frame_ms: f64,
    _escape: Option<Listener>,
}

/// Begins to watch a surface.
pub fn watch(element: &HtmlElement, drag: Drag) -> Watch {
    let surface = Rc::new(Surface {
        element: element.clone(),
        drag,
        state: RefCell::new(State::Idle),
        swallow_click: Cell::new(false),
        frame_asked: Cell::new(false),
    });
    let on = |event: &'static str, phase: Phase, run: fn(&Rc<Surface>, &Event)| {
        let surface = Rc::downgrade(&surface);
        listen(element, event, phase, move |event| {
            if let Some(surface) = surface.upgrade() {
                run(&surface, &event);
            }
        })
    };
    let pointer = |event, run| on(event, Phase::default(), run);
    let may_prevent = Phase {
        may_prevent: true,
        capture: false,
    };
    let first = Phase {
        may_prevent: true,
        capture: true,
    };
    let listeners = vec![
        pointer("pointerdown", |it, event| it.pressed(event.unchecked_ref())),
        pointer("pointermove", |it, event| it.moved(event.unchecked_ref())),
        pointer("pointerup", |it, event| it.released(event.unchecked_ref())),
        pointer("pointercancel", |it, _| it.finish(false)),
        pointer("lostpointercapture", |it, event| {
            let event: &PointerEvent = event.unchecked_ref();
            if it.holds(event.pointer_id()) {
                it.finish(false);
            }
        }),
        // A finger that drags must not scroll, and only the listener that was there before the touch is asked.
        on("touchmove", may_prevent, |surface, event| {
            if surface.is_dragging() {
                event.prevent_default();
            }
        }),
        on("contextmenu", may_prevent, |surface, event| {
            if surface.is_dragging() {
                event.prevent_default();
            }
        }),
        // The browser's own dragging of links and pictures.
        on("dragstart", may_prevent, |_, event| event.prevent_default()),
        on("click", first, |surface, event| {
            let event: &MouseEvent = event.unchecked_ref();
            // A click by key has no presses.
            if event.detail() > 0 && surface.swallow_click.take() {
                event.prevent_default();
                event.stop_propagation();
            }
        }),
    ];
    Watch {
        surface,
        _listeners: listeners,
    }
}

impl Surface {
    fn is_dragging(&self) -> bool {
        matches!(*self.state.borrow(), State::Dragging(_))
    }

    fn holds(&self, pointer: i32) -> bool {
        matches!(&*self.state.borrow(), State::Dragging(held) if held.pointer == pointer)
    }

    fn pressed(self: &Rc<Self>, event: &PointerEvent) {
        self.swallow_click.set(false);
        let is_other = event.button() != 0 || event.ctrl_key() || !event.is_primary();
        if is_other || self.is_dragging() {
            return;
        }
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let Some(element) = target.as_ref().and_then(|it| closest(it, self.drag.handle)) else {
            return;
        };
        let control = target.and_then(|it| closest(&it, CONTROLS));
        if control.is_some_and(|control| element.contains(Some(&control))) {
            return;
        }
        let is_touch = event.pointer_type() == "touch";
        let timer = is_touch.then(|| {
            let surface = Rc::downgrade(self);
            let begin = move || begin_pressed(&surface);
            set_timeout_with_handle(begin, LONG_PRESS).ok()
        });
        self.state.replace(State::Pressed(Press {
            pointer: event.pointer_id(),
            is_touch,
            start: Point::of(event),
            element,
            timer: timer.flatten(),
        }));
    }

    fn moved(self: &Rc<Self>, event: &PointerEvent) {
        let at = Point::of(event);
        let begins = match &mut *self.state.borrow_mut() {
            State::Pressed(press) if press.pointer == event.pointer_id() => {
                let far = press.start.distance(at);
                if press.is_touch && far > SLACK_PX {
                    None
                } else {
                    Some(!press.is_touch && far > THRESHOLD_PX)
                }
            }
            State::Dragging(held) if held.pointer == event.pointer_id() => {
                held.at = at;
                Some(false)
            }
            _ => return,
        };
        match begins {
            None => self.finish(false),
            Some(true) => self.begin(at),
            Some(false) if self.is_dragging() => self.ask_frame(),
            Some(false) => {}
        }
    }

    fn released(self: &Rc<Self>, event: &PointerEvent) {
        if self.holds(event.pointer_id()) {
            (self.drag.over)(Point::of(event));
            self.finish(true);
        } else if !self.is_dragging() {
            self.finish(false);
        }
    }

    /// Turns the press into a drag, if the owner agrees.
    fn begin(self: &Rc<Self>, at: Point) {
        let State::Pressed(press) = self.state.replace(State::Idle) else {
            return;
        };
        stop(press.timer);
        if !(self.drag.begin)(&press.element.id(), press.start) {
            return;
        }
        let rect = press.element.get_bounding_client_rect();
        let Some(ghost) = ghost(&press.element, &rect, self.drag.ghost) else {
            return (self.drag.cancel)();
        };
        // The pointer may be gone already; then the drag ends by itself at once.
        let _ = self.element.set_pointer_capture(press.pointer);
        let surface = Rc::downgrade(self);
        let escape = web_sys::window().map(|window| {
            let phase = Phase {
                capture: true,
                may_prevent: true,
            };
            listen(&window, "keydown", phase, move |event| {
                let key: &KeyboardEvent = event.unchecked_ref();
                // Other keys would act on a card that is on its way.
                event.stop_propagation();
                if let Some(surface) = surface.upgrade().filter(|_| key.key() == "Escape") {
                    event.prevent_default();
                    surface.finish(false);
                }
            })
        });
        self.state.replace(State::Dragging(Held {
            pointer: press.pointer,
            at,
            grip: Point {
                x: rect.left() - press.start.x,
                y: rect.top() - press.start.y,
            },
            ghost,
            last_frame_ms: js_sys::Date::now(),
            _escape: escape,
        }));
        self.frame();
    }

    fn ask_frame(self: &Rc<Self>) {
        if !self.frame_asked.replace(true) {
            let surface = Rc::downgrade(self);
            request_animation_frame(move || {
                if let Some(surface) = surface.upgrade() {
                    surface.frame_asked.set(false);
                    surface.frame();
                }
            });
        }
    }

    /// One picture of the drag: first everything is measured, then everything is moved.
    fn frame(self: &Rc<Self>) {
        let (at, passed_ms) = match &mut *self.state.borrow_mut() {
            State::Dragging(held) => {
                let now = js_sys::Date::now();
                let passed = (now - std::mem::replace(&mut held.last_frame_ms, now)).min(50.0);
                (held.at, passed)
            }
            _ => return,
        };
        let bounds = self.element.get_bounding_client_rect();
        let sideways = push(at.x, bounds.left(), bounds.right());
        let scroller = self.scroller_at(at.x);
        let upright = scroller
            .as_ref()
            .map_or(0.0, |(_, rect)| push(at.y, rect.top(), rect.bottom()));
        (self.drag.over)(at);

        if let State::Dragging(held) = &*self.state.borrow() {
            place(&held.ghost, held.at, held.grip);
        }
        if sideways != 0.0 {
            self.element
                .scroll_by_with_x_and_y(sideways * passed_ms, 0.0);
        }
        if let Some((scroller, _)) = scroller.filter(|_| upright != 0.0) {
            scroller.scroll_by_with_x_and_y(0.0, upright * passed_ms);
        }
        if sideways != 0.0 || upright != 0.0 {
            self.ask_frame();
        }
    }

    fn scroller_at(&self, x: f64) -> Option<(Element, DomRect)> {
        let all = self.element.query_selector_all(self.drag.scroller).ok()?;
        (0..all.length()).find_map(|index| {
            let element: Element = all.get(index)?.dyn_into().ok()?;
            let rect = element.get_bounding_client_rect();
            (rect.left() <= x && x < rect.right()).then_some((element, rect))
        })
    }

    /// Ends whatever is under way.
    fn finish(&self, is_drop: bool) {
        match self.state.replace(State::Idle) {
            State::Idle => {}
            State::Pressed(press) => stop(press.timer),
            State::Dragging(held) => {
                held.ghost.remove();
                // It is released already when the pointer is up.
                let _ = self.element.release_pointer_capture(held.pointer);
                self.swallow_click.set(true);
                if is_drop {
                    (self.drag.drop)();
                } else {
                    (self.drag.cancel)();
                }
            }
        }
    }
}

fn begin_pressed(surface: &Weak<Surface>) {
    let Some(surface) = surface.upgrade() else {
        return;
    };
    let start = match &*surface.state.borrow() {
        State::Pressed(press) => press.start,
        _ => return,
    };
    surface.begin(start);
}

fn stop(timer: Option<TimeoutHandle>) {
    if let Some(timer) = timer {
        timer.clear();
    }
}

fn closest(element: &Element, selector: &str) -> Option<HtmlElement> {
    element.closest(selector).ok()??.dyn_into().ok()
}

/// A picture of an element, floating where the element is.
fn ghost(element: &HtmlElement, rect: &DomRect, class: &str) -> Option<HtmlElement> {
    let document = web_sys::window()?.document()?;
    let picture: Element = element.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    picture.remove_attribute("id").ok()?;
    picture.remove_attribute("tabindex").ok()?;
    let ghost: HtmlElement = document.create_element("div").ok()?.dyn_into().ok()?;
    ghost.set_class_name(class);
    ghost.set_attribute("aria-hidden", "true").ok()?;
    let width = px(rect.width());
    ghost.style().set_property("inline-size", &width).ok()?;
    ghost.append_child(&picture).ok()?;
    document.body()?.append_child(&ghost).ok()?;
    Some(ghost)
}

fn place(ghost: &HtmlElement, at: Point, grip: Point) {
    let translate = format!("{} {}", px(at.x + grip.x), px(at.y + grip.y));
    // Any browser that knows pointers takes the property.
    let _ = ghost.style().set_property("translate", &translate);
}

/// How fast to scroll for a pointer between two edges, in pixels a millisecond; faster the nearer it is to one.
fn push(at: f64, start: f64, end: f64) -> f64 {
    let edge = EDGE_PX.min((end - start) / 3.0);
    let into = |depth: f64| match depth {
        // Not `clamp`: the message of its assertion brings the printing of fractions along.
        ..=0.0 => 0.0,
        depth => (depth / edge).min(1.0).powi(2) * SPEED_MAX,
    };
    if edge <= 0.0 {
        0.0
    } else if at < start + edge {
        -into(start + edge - at)
    } else {
        into(at - (end - edge))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrolling_gets_faster_towards_the_edges() {
        let push = |at| push(at, 0.0, 1_000.0);
        assert!(push(500.0).abs() < f64::EPSILON);
        assert!(push(50.0) < 0.0 && push(10.0) < push(50.0));
        assert!(push(950.0) > 0.0 && push(990.0) > push(950.0));
        assert!((push(1_200.0) - SPEED_MAX).abs() < f64::EPSILON);
    }

    #[test]
    fn a_narrow_place_still_has_a_middle_that_rests() {
        assert!(push(30.0, 0.0, 60.0).abs() < f64::EPSILON);
        assert!(push(5.0, 0.0, 0.0).abs() < f64::EPSILON);
    }
}
