//! The link where sockets do not get through: a stream of events or polls one way, requests the other.

use crate::dom::http;
use crate::routes::href;
use crate::sync::driver::socket::{arrived, take_in};
use crate::sync::driver::{clock, feed};
use crate::sync::rows::Rows;
use serde_json::value::RawValue;
use shared::sync::protocol::{
    ClientMessage, Hello, Mode, Presence, Push, SILENCE_MS_MAX, ServerMessage, Welcome,
};
use shared::sync::{Event, Transport};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::{EventSource, MessageEvent};

/// How long the server may wait for news before it answers a poll, in seconds.
const POLL_SECONDS: u32 = 25;

/// How long an answer is waited for: as long as a link is that says nothing.
const SILENCE_MAX: Duration = Duration::from_millis(SILENCE_MS_MAX as u64);

/// At most one link.
#[derive(Default)]
pub(super) struct Requests {
    stream: RefCell<Option<Stream>>,
    /// Counts the links: what an earlier one is answered is no news.
    turn: Cell<u32>,
    is_open: Cell<bool>,
    /// Where the page is, while that waits to be told.
    presence: RefCell<Option<Presence>>,
    is_telling: Cell<bool>,
}

/// A stream with what it calls; dropped, it is closed and calls nothing more.
struct Stream {
    source: EventSource,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _failed: Closure<dyn FnMut()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

impl Requests {
    /// Begins a link in place of the one there was.
    pub(super) fn open(&self) {
        self.close();
        self.is_open.set(true);
    }

    /// Ends the link; nothing more is heard of it.
    pub(super) fn close(&self) {
        self.turn.set(self.turn.get() + 1);
        self.is_open.set(false);
        self.stream.borrow_mut().take();
    }

    /// Sends a message.
    pub(super) fn send(self: Rc<Self>, rows: Rows, way: Transport, message: ClientMessage) {
        match message {
            ClientMessage::Hello(hello) if way == Transport::Stream => self.stream(&hello),
            ClientMessage::Hello(_) => spawn_local(self.poll(rows)),
            ClientMessage::Push { commands } => {
                let replica = rows.with_client(|client| client.writer());
                let push = Push { replica, commands };
                spawn_local(self.push(rows, push));
            }
            // A stream shows by itself when it breaks, unless something on the way keeps it open.
            ClientMessage::Ping { t } if way == Transport::Stream => {
                let replica = rows.with_client(|client| client.writer());
                let empty = Push {
                    replica,
                    commands: Vec::new(),
                };
                spawn_local(async move {
                    let turn = self.turn.get();
                    if posted(rows, &empty).await.is_some() && turn == self.turn.get() {
                        let server_time = clock::now();
                        let pong = ServerMessage::Pong { t, server_time };
                        feed(Event::Received(Box::new(pong)));
                    }
                });
            }
            ClientMessage::Presence(presence) => {
                if self.presence.replace(Some(presence)).is_none() && !self.is_telling.get() {
                    spawn_local(self.tell_presence(rows));
                }
            }
            ClientMessage::Ping { .. } | ClientMessage::Ack { .. } => {}
        }
    }

    /// Tells where the page is, one request after the other: what is told later must not arrive earlier.
    async fn tell_presence(self: Rc<Self>, rows: Rows) {
        self.is_telling.set(true);
        while let Some(presence) = self.presence.take() {
            let replica = rows.with_client(|client| client.writer());
            let workspace = rows.workspace();
            let address = format!("/sync/presence?workspace={workspace}&replica={replica}");
            if let Ok(body) = serde_json::to_string(&presence) {
                // Where it is lost, or not answered for as long as a push may be, others see it with the next one.
                let _in_time = http::within(SILENCE_MAX, http::post_json(&address, &body)).await;
            }
        }
        self.is_telling.set(false);
    }

    fn stream(self: Rc<Self>, hello: &Hello) {
        let address = address("stream", hello);
        let Ok(source) = EventSource::new(&address) else {
            return feed(Event::Disconnected);
        };
        let on_message = Closure::<dyn FnMut(_)>::new(arrived);
        let me = self.clone();
        // The browser would come back with the same hello: the state machine has a newer one.
        let on_error = Closure::<dyn FnMut()>::new(move || {
            // Not from within: the stream goes with its closure.
            let me = me.clone();
            spawn_local(async move { me.broke() });
        });
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.stream.replace(Some(Stream {
            source,
            _heard: on_message,
            _failed: on_error,
        }));
    }

    fn broke(&self) {
        if self.is_open.get() {
            self.close();
            feed(Event::Disconnected);
        }
    }

    async fn poll(self: Rc<Self>, rows: Rows) {
        let turn = self.turn.get();
        let mut is_first = true;
        loop {
            let hello = rows.with_client(|client| client.hello());
            let wait = if is_first { 0 } else { POLL_SECONDS };
            let address = format!("{}&wait={wait}", address("poll", &hello));
            let answer = http::get(&address).await;
            if turn != self.turn.get() {
                return;
            }
            let messages: Option<Vec<Box<RawValue>>> = match answer {
                Some(answer) if answer.status == 200 => serde_json::from_str(&answer.text).ok(),
                Some(answer) if answer.status == 401 => return feed(Event::SignedOut),
                Some(answer) if answer.status == 403 => return super::run(super::Job::LetGo),
                _ => None,
            };
            let Some(messages) = messages else {
                return self.broke();
            };
            for message in messages {
                self.take(rows, message.get(), is_first);
                if turn != self.turn.get() {
                    return;
                }
            }
            is_first = false;
        }
    }

    /// Every answer begins with a welcome. After the first it mostly says only that the server is there. What changed of
    /// what the person sees before the question was asked is told there alone: then the link begins anew.
    fn take(&self, rows: Rows, text: &str, is_first: bool) {
        if is_first {
            return take_in(text.to_owned());
        }
        let goes_on = |welcome: &Welcome| {
            let same = rows.with_client(|client| client.scopes() == welcome.scopes);
            same && welcome.mode == Mode::CatchUp
        };
        match serde_json::from_str(text) {
            Ok(ServerMessage::Welcome(welcome)) if goes_on(&welcome) => {
                let server_time = welcome.server_time;
                let pong = ServerMessage::Pong {
                    t: 0.0,
                    server_time,
                };
                feed(Event::Received(Box::new(pong)));
            }
            Ok(ServerMessage::Welcome(_)) => self.broke(),
            _ => take_in(text.to_owned()),
        }
    }

    async fn push(self: Rc<Self>, rows: Rows, push: Push) {
        let turn = self.turn.get();
        let answer = posted(rows, &push).await;
        if turn != self.turn.get() {
            return;
        }
        match answer {
            Some(text) => take_in(text),
            None => self.broke(),
        }
    }
}

/// Sends commands; answers what the server says, if it says anything of use.
async fn posted(rows: Rows, push: &Push) -> Option<String> {
    let body = serde_json::to_string(push).ok()?;
    let address = format!("/sync/push?workspace={}", rows.workspace());
    let answer = http::post_json(&address, &body).await?;
    if answer.status == 401 {
        feed(Event::SignedOut);
    }
    (answer.status == 200).then_some(answer.text)
}

fn address(door: &str, hello: &Hello) -> String {
    let json = serde_json::to_string(hello).unwrap_or_default();
    let (workspace, hello) = (hello.workspace, href::encoded(&json));
    format!("/sync/{door}?workspace={workspace}&hello={hello}")
}
