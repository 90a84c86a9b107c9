//! The WebSocket: JSON texts, one message each.

use super::offline::Job;
use super::{feed, loader};
use leptos::prelude::{set_timeout, window};
use shared::ids::WorkspaceId;
use shared::sync::protocol::{ClientMessage, ServerMessage};
use shared::sync::{Event, Heard};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// The server closes so whom it asks for a second step of signing in: its page says how to go on.
const SECOND_STEP: u16 = 4003;

thread_local! {
    /// Messages that have arrived since the last look. A burst is taken in at once, and revealed at once.
    static ARRIVED: RefCell<VecDeque<String>> = const { RefCell::new(VecDeque::new()) };
}

/// At most one open socket.
pub(super) struct Socket {
    workspace: WorkspaceId,
    open: Option<Open>,
}

/// A socket with what it calls; dropped, it is closed and calls nothing more.
struct Open {
    web: WebSocket,
    _opened: Closure<dyn FnMut()>,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    pub(super) fn new(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            open: None,
        }
    }

    /// Opens a socket in place of the one there was.
    pub(super) fn open(&mut self) {
        self.close();
        self.open = Open::to(self.workspace);
        if self.open.is_none() {
            // Not from within: the state machine is in the middle of a step.
            set_timeout(|| feed(Event::Disconnected), Duration::ZERO);
        }
    }

    /// Closes the socket; nothing more is heard of it.
    pub(super) fn close(&mut self) {
        self.open = None;
        forget_arrived();
    }

    /// Sends a message; one that cannot be sent is lost with the socket, which tells so itself.
    pub(super) fn send(&self, message: &ClientMessage) {
        let Some(open) = &self.open else { return };
        if let Ok(text) = serde_json::to_string(message) {
            let _closing = open.web.send_with_str(&text);
        }
    }
}

impl Open {
    fn to(workspace: WorkspaceId) -> Option<Self> {
        let location = window().location();
        let scheme = if location.protocol().ok()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let host = location.host().ok()?;
        let address = format!("{scheme}://{host}/sync/socket?workspace={workspace}");
        let socket = WebSocket::new(&address).ok()?;
        let on_open = Closure::<dyn FnMut()>::new(|| feed(Event::Connected));
        let on_message = Closure::<dyn FnMut(_)>::new(arrived);
        let on_close = Closure::<dyn FnMut(_)>::new(|event: CloseEvent| {
            take_all_in();
            if event.code() == SECOND_STEP {
                loader::job(Job::LetGo);
            }
            feed(Event::Disconnected);
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self {
            web: socket,
            _opened: on_open,
            _heard: on_message,
            _closed: on_close,
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.web.set_onopen(None);
        self.web.set_onmessage(None);
        self.web.set_onclose(None);
        let _ending = self.web.close();
    }
}

/// Notes a message. A burst is taken in at once, and revealed at once.
pub(super) fn arrived(event: MessageEvent) {
    let Some(text) = event.data().as_string() else {
        return;
    };
    let first = ARRIVED.with_borrow_mut(|arrived| {
        arrived.push_back(text);
        arrived.len() == 1
    });
    if first {
        // A timeout and not a frame of animation: hidden pages are kept live too.
        set_timeout(take_all_in, Duration::ZERO);
    }
}

fn take_all_in() {
    while let Some(text) = ARRIVED.with_borrow_mut(VecDeque::pop_front) {
        take_in(text);
    }
}

/// Takes a message in, whichever way it came.
pub(super) fn take_in(text: String) {
    match serde_json::from_str::<ServerMessage>(&text) {
        Ok(message) => {
            let heard = Heard::of(&message);
            if heard != Heard::Own {
                loader::job(Job::Heard(heard, text));
            }
            feed(Event::Received(Box::new(message)));
        }
        // A kind of message that only newer pages know; a lost frame shows as a gap in the numbers.
        Err(error) => leptos::logging::warn!("a message was not understood: {error}"),
    }
}

/// Forgets what has arrived and was not taken in.
pub(super) fn forget_arrived() {
    ARRIVED.with_borrow_mut(VecDeque::clear);
}
