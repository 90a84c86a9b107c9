//! Event listeners that need what a component's `on:` cannot say: the capture phase, or that scrolling has to wait.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{AddEventListenerOptions, Event, EventTarget};

/// How an event is listened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phase {
    /// Before the elements inside hear of it.
    pub capture: bool,
    /// It may be prevented, so the browser waits for us before it scrolls.
    pub may_prevent: bool,
}

/// Listens until it is dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    capture: bool,
    run: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It fails only for a listener that was never added.
        let _ = self.target.remove_event_listener_with_callback_and_bool(
            self.event,
            self.run.as_ref().unchecked_ref(),
            self.capture,
        );
    }
}

/// Calls a function for every event of a kind, until the listener is dropped.
pub fn listen(
    target: &EventTarget,
    event: &'static str,
    phase: Phase,
    run: impl FnMut(Event) + 'static,
) -> Listener {
    let run = Closure::new(run);
    let options = AddEventListenerOptions::new();
    options.set_capture(phase.capture);
    options.set_passive(!phase.may_prevent);
    // It fails only for options that a browser does not know, and these are as old as pointers.
    let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
        event,
        run.as_ref().unchecked_ref(),
        &options,
    );
    Listener {
        target: target.clone(),
        event,
        capture: phase.capture,
        run,
    }
}
