//! What the browser tells the page: that it is shown, put aside, back on the network, about to go.

use super::{carry_out, feed};
use crate::sync::rows::Rows;
use leptos::ev;
use leptos::prelude::*;
use leptos::web_sys::BeforeUnloadEvent;
use shared::sync::{Effect as Task, Event};

/// Listens for as long as the page is there.
pub(super) fn listen(rows: Rows) {
    let _page_long = window_event_listener(ev::online, |_| feed(Event::Woken));
    let _page_long = window_event_listener(ev::pageshow, |_| feed(Event::Woken));
    // A socket notices only after a long silence. If the server can be reached all the same, one is soon open again.
    let _page_long = window_event_listener(ev::offline, |_| hang_up());
    // A page with an open socket cannot be kept for the way back.
    let _page_long = window_event_listener(ev::pagehide, |_| hang_up());
    let _page_long = window_event_listener_untyped("visibilitychange", |_| {
        if !document().hidden() {
            feed(Event::Woken);
        }
    });
    let _page_long = window_event_listener(ev::beforeunload, move |event: BeforeUnloadEvent| {
        if rows.link().get_untracked().unsent > 0 {
            // The browser asks in its own words.
            event.prevent_default();
        }
    });
}

fn hang_up() {
    carry_out(Task::Disconnect);
    feed(Event::Disconnected);
}
