//! Work that is done once a frame, however often it is asked for.

use leptos::prelude::request_animation_frame;
use std::cell::Cell;
use std::rc::Rc;

/// A function that, called many times, runs once before the next picture.
pub fn once_a_frame(run: impl Fn() + 'static) -> impl Fn() + Clone + 'static {
    let asked = Rc::new(Cell::new(false));
    let run = Rc::new(run);
    move || {
        if !asked.replace(true) {
            let (asked, run) = (Rc::clone(&asked), Rc::clone(&run));
            request_animation_frame(move || {
                asked.set(false);
                run();
            });
        }
    }
}
