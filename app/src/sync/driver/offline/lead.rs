//! The pages of one browser: what they tell each other, and which of them leads.

use super::lock::{Ask, Told};
use super::{Offline, State, clock, feed, receive};
use leptos::prelude::{document, set_timeout};
use serde_json::value::RawValue;
use shared::ids::{CommandId, ReplicaId};
use shared::sync::{Event, Heard, Lead, RELAYED_FRAMES_MAX, TabMessage};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// How long a page that came to the front waits for the leader's word.
const LEAD_AFTER: Duration = Duration::from_secs(3);

impl Offline {
    pub(super) fn hear(self: Rc<Self>, message: TabMessage) {
        let followed = self.state.borrow().leader;
        let told = self
            .rows
            .with_client(|client| message.to_follower(client, self.tab, followed));
        if let Some((leader, messages)) = told {
            self.state.borrow_mut().leader = Some(leader);
            for message in messages {
                receive(message);
            }
            return;
        }
        let leads = self.leads();
        match message {
            TabMessage::Kept { writer, .. } if !self.goes_by(writer) => self.recall_kept(),
            TabMessage::Kept { command, .. } => {
                // What this version cannot read holds back what follows, until the server has judged it.
                if let Some(kept) = command.read() {
                    feed(Event::Joined(Box::new(kept)));
                }
            }
            TabMessage::Renumbered => self.recall(),
            TabMessage::Hello { tab, asked, hello } if leads => {
                let mut state = self.state.borrow_mut();
                state.have_followers();
                let now = clock::now();
                let (writer, messages) = self.rows.with_client(|client| {
                    let messages = state.relay.answer(client, &hello, now);
                    (client.writer(), messages)
                });
                drop(state);
                self.tell(&if messages.is_empty() {
                    TabMessage::Alone
                } else {
                    TabMessage::Answer {
                        tab,
                        asked,
                        leader: self.tab,
                        writer,
                        messages,
                    }
                });
            }
            TabMessage::Leading if !leads => {
                feed(Event::Disconnected);
                feed(Event::Woken);
            }
            TabMessage::Alone if !leads => feed(Event::Disconnected),
            TabMessage::Want(cover) if leads => feed(Event::Want(cover)),
            TabMessage::MayLead { tab } if leads => self.hand_over(tab),
            TabMessage::Lead { tab, may } if tab == self.tab => {
                self.state.borrow_mut().has_asked = false;
                if may {
                    self.ask(Ask::AtOnce);
                }
            }
            TabMessage::Parked => {
                if let Some(outbox) = self.outbox() {
                    spawn_local(async move { self.read_parked(&outbox).await });
                }
            }
            TabMessage::LetGo(key, field) => feed(Event::LetGo(key, field)),
            TabMessage::Hello { .. }
            | TabMessage::Answer { .. }
            | TabMessage::Heard { .. }
            | TabMessage::Leading
            | TabMessage::Alone
            | TabMessage::Want(_)
            | TabMessage::MayLead { .. }
            | TabMessage::Lead { .. } => {}
        }
    }

    /// Asks for the lead.
    pub(super) fn ask(self: &Rc<Self>, ask: Ask) {
        let Some(lock) = &self.lock else { return };
        let (me, other) = (self.clone(), self.clone());
        lock.ask(
            ask,
            Told {
                answered: Box::new(move |is_ours| me.answered(ask, is_ours)),
                lost: Box::new(move || other.follow()),
            },
        );
    }

    fn answered(self: Rc<Self>, ask: Ask, is_ours: bool) {
        if !is_ours {
            return self.follow();
        }
        if ask == Ask::IfFree {
            return feed(Event::Led(Lead::Leader));
        }
        // Whoever led before may have kept more than this page knows.
        spawn_local(async move {
            let store = self.state.borrow().store.clone();
            let rows = match store {
                Some(store) => store.read().await.unwrap_or_default(),
                None => None,
            };
            if let Some((header, chunks)) = rows {
                feed(Event::Opened(header, chunks));
            }
            feed(Event::Led(Lead::Leader));
        });
    }

    fn follow(self: Rc<Self>) {
        feed(Event::Led(Lead::Follower));
        self.ask(Ask::InTurn);
    }

    /// Another page came to the front. Whoever is in the background puts everything down first.
    fn hand_over(self: Rc<Self>, tab: CommandId) {
        let may = document().hidden();
        if !may {
            return self.tell(&TabMessage::Lead { tab, may });
        }
        spawn_local(async move {
            let store = self.state.borrow().store.clone();
            if let Some(store) = store {
                self.write_to(&store).await;
            }
            if let Some(lock) = &self.lock {
                lock.release();
            }
            self.clone().follow();
            self.tell(&TabMessage::Lead { tab, may });
        });
    }

    pub(super) fn come_to_the_front(self: Rc<Self>) {
        let Some(lock) = &self.lock else { return };
        if lock.is_held() || !self.state.borrow().is_open {
            return;
        }
        if self.leads() {
            // The page was put aside, and is back.
            return self.ask(Ask::AtOnce);
        }
        self.state.borrow_mut().has_asked = true;
        self.tell(&TabMessage::MayLead { tab: self.tab });
        set_timeout(
            move || {
                // A frozen page cannot answer, and keeps the lock.
                if std::mem::take(&mut self.state.borrow_mut().has_asked) {
                    self.ask(Ask::AtOnce);
                }
            },
            LEAD_AFTER,
        );
    }

    pub(super) fn leave(self: Rc<Self>) {
        self.clone().write();
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }

    /// Hands on what was heard.
    pub(super) fn relay(&self, heard: Heard, text: String) {
        let writer = self.rows.with_client(|client| client.writer());
        let mut state = self.state.borrow_mut();
        if !state.has_followers {
            if let Heard::Frame(..) = heard {
                state.unread.push_back((writer, heard, text));
                if state.unread.len() > RELAYED_FRAMES_MAX {
                    state.unread.pop_front();
                }
            }
            return;
        }
        let text = state.hear(writer, heard, text);
        drop(state);
        if let Some(message) = text {
            self.tell(&TabMessage::Heard {
                leader: self.tab,
                writer,
                message,
            });
        }
    }

    /// Tells whether the server is there.
    pub(super) fn linked(&self, is_linked: bool) {
        let was_linked = std::mem::replace(&mut self.state.borrow_mut().is_linked, is_linked);
        if was_linked != is_linked && self.leads() {
            self.tell(if is_linked {
                &TabMessage::Leading
            } else {
                &TabMessage::Alone
            });
        }
    }
}

impl State {
    fn hear(&mut self, writer: ReplicaId, heard: Heard, text: String) -> Option<Box<RawValue>> {
        let text = RawValue::from_string(text).ok()?;
        self.relay.hear(writer, heard, &text);
        Some(text)
    }

    /// From now on there is somebody to hand on to.
    fn have_followers(&mut self) {
        self.has_followers = true;
        for (writer, heard, text) in std::mem::take(&mut self.unread) {
            self.hear(writer, heard, text);
        }
    }
}
