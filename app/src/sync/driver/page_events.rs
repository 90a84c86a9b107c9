//! What the browser tells the page: that it is shown, put aside, back on the network, about to go.

use super::offline::Job;
use super::{carry_out, feed, leads, loader, lost};
use crate::sync::rows::Rows;
use leptos::ev;
use leptos::prelude::*;
use leptos::web_sys::{BeforeUnloadEvent, PageTransitionEvent};
use shared::sync::{Effect as Task, Event};

/// Listens for as long as the page is there.
pub(super) fn listen(rows: Rows) {
    let _page_long = window_event_listener(ev::online, |_| feed(Event::Woken));
    let _page_long = window_event_listener(ev::pageshow, |event: PageTransitionEvent| {
        if event.persisted() {
            loader::job(Job::Front);
        }
        feed(Event::Woken);
    });
    // A socket notices only after a long silence. If the server can be reached all the same, one is soon open again.
    let _page_long = window_event_listener(ev::offline, |_| hang_up());
    // A page with an open socket cannot be kept for the way back.
    let _page_long = window_event_listener(ev::pagehide, |_| {
        loader::job(Job::Leave);
        hang_up();
    });
    let _page_long = window_event_listener_untyped("visibilitychange", |_| {
        if !document().hidden() {
            loader::job(Job::Front);
            feed(Event::Woken);
        }
    });
    let _page_long = window_event_listener(ev::beforeunload, move |event: BeforeUnloadEvent| {
        if lost(rows) > 0 {
            // The browser asks in its own words.
            event.prevent_default();
        }
    });
}

/// A follower's link is to another page, which is there with or without a network.
fn hang_up() {
    if !leads() {
        return;
    }
    carry_out(Task::Disconnect);
    feed(Event::Disconnected);
}
