//! What goes between a page and its node: messages one way and the other, and how the link ends.

use super::Simulation;
use super::agenda::Happening;
use super::connection::Connection;
use super::mutant::Mutant;
use super::network::{End, Link, LinkId};
use super::oracle::{Checked, require};
use super::page::PageId;
use crate::sync::protocol::{
    Answer as Verdict, ClientMessage, Mode, Outcome, ServerMessage, Welcome,
};
use crate::sync::{Event, Heard, Link as Connected, Transport};
use std::rc::Rc;

impl Simulation {
    pub(super) fn connect(&mut self, id: PageId, way: Transport) {
        let node = self.some_node();
        self.last_id += 1;
        let link = LinkId(self.last_id);
        let page = self.page(id);
        page.turn += 1;
        let before = page.link.replace(link);
        if let Some(before) = before {
            self.leave(before);
        }
        self.links.insert(link, Link::new(id, node, way));
        let takes = self.latency();
        self.agenda.after(takes, Happening::Open(link));
    }

    /// A wish for a socket reaches a node; the handshake asks who comes.
    pub(super) fn open(&mut self, link: LinkId) {
        let Some(it) = self.links.get_mut(&link) else {
            return;
        };
        let (page, node) = (self.pages.get(&it.page), &self.nodes[it.node]);
        let welcome = page.is_some_and(|page| {
            let passes = self.browsers[page.browser].passes.lets(it.way);
            passes && page.online && node.up && node.hub.access.role(page.user).is_some()
        });
        it.life = Some(node.life);
        let way = it.way;
        if welcome {
            self.happened.note(match way {
                Transport::Socket => "socket opened",
                Transport::Stream => "stream opened",
                Transport::Poll => "polls begun",
            });
            let takes = self.latency();
            self.agenda.after(takes, Happening::Opened(link));
        } else {
            self.break_link(link, End::Page);
        }
    }

    pub(super) fn opened(&mut self, link: LinkId) -> Checked {
        let page = self.links.get(&link).map(|it| it.page);
        match page.filter(|id| self.pages.get(id).is_some_and(|it| it.link == Some(link))) {
            Some(id) => self.feed(id, Event::Connected),
            None => Ok(()),
        }
    }

    pub(super) fn send_up(&mut self, id: PageId, message: ClientMessage) {
        let build = self.page(id).build;
        let Some(link) = self.page(id).link else {
            return;
        };
        let arrives = self.agenda.now + self.latency();
        let Some(it) = self.links.get(&link) else {
            return;
        };
        if let ClientMessage::Push { commands } = &message {
            let mids: Vec<u64> = commands.iter().map(|command| command.mid).collect();
            self.trace
                .note(self.agenda.now, format_args!("{id:?} pushes {mids:?}"));
        }
        let way = it.way;
        match message {
            // A stream and polls carry nothing that a page says; whether a stream still does, an empty request shows.
            ClientMessage::Push { commands } if way != Transport::Socket => {
                return self.post(id, commands);
            }
            ClientMessage::Ping { .. } if way == Transport::Stream => {
                return self.post(id, Vec::new());
            }
            ClientMessage::Hello(_) => {}
            _ if way != Transport::Socket => return,
            _ => {}
        }
        let Some(it) = self.links.get_mut(&link).filter(|it| !it.dead) else {
            return;
        };
        let message = match message {
            // The constant is the same for all versions that are simulated.
            ClientMessage::Hello(mut hello) => {
                hello.schema = build;
                ClientMessage::Hello(hello)
            }
            message => message,
        };
        it.up.push_back(message);
        it.up_until = it.up_until.max(arrives);
        self.agenda.at(it.up_until, Happening::Up(link));
    }

    pub(super) fn send_down(&mut self, link: LinkId, message: &ServerMessage) {
        let text = serde_json::to_string(message).expect("a message is plain data");
        self.send_text(link, text.into());
    }

    pub(super) fn send_text(&mut self, link: LinkId, text: Rc<str>) {
        let arrives = self.agenda.now + self.latency();
        if let Some(it) = self.links.get_mut(&link) {
            // A dead socket takes messages until it is full.
            it.down.push_back(text);
            // What a poll says is said all at once.
            if !it.dead && it.way != Transport::Poll {
                it.down_until = it.down_until.max(arrives);
                self.agenda.at(it.down_until, Happening::Down(link));
            }
        }
    }

    /// A message reaches a page.
    pub(super) fn down(&mut self, link: LinkId) -> Checked {
        let Some(it) = self.links.get_mut(&link) else {
            return Ok(());
        };
        if it.dead || it.left {
            return Ok(());
        }
        if it.stalled_until > self.agenda.now {
            it.down_until = it.down_until.max(it.stalled_until);
            self.agenda.at(it.stalled_until, Happening::Down(link));
            return Ok(());
        }
        let (id, Some(text)) = (it.page, it.down.pop_front()) else {
            return Ok(());
        };
        let node = &self.nodes[self.links[&link].node];
        if node
            .connections
            .get(&link)
            .is_some_and(Connection::is_waiting)
        {
            self.woken.push_back(link);
        }
        if self
            .pages
            .get(&id)
            .is_none_or(|page| page.link != Some(link))
        {
            return Ok(());
        }
        self.take_in(id, &text)
    }

    /// A page takes in what the server says, whichever way it came.
    pub(super) fn take_in(&mut self, id: PageId, text: &str) -> Checked {
        let mut message: ServerMessage =
            serde_json::from_str(text).expect("what a node says reads back");
        if let ServerMessage::Results { results } = &mut message {
            self.take_results(id, results)?;
            if self.mutant == Some(Mutant::DropOnResults) {
                drop_on_results(results);
            }
        }
        self.relay(id, Heard::of(&message), text);
        self.hear(id, message)
    }

    /// A page hears the server, or its leader.
    pub(super) fn hear(&mut self, id: PageId, message: ServerMessage) -> Checked {
        if !self.pages.contains_key(&id) {
            return Ok(());
        }
        let before = self.page(id).client.replica().cursor();
        let open = self.page(id).client.state().link;
        let open = matches!(open, Connected::CatchingUp | Connected::Live);
        match &message {
            ServerMessage::Welcome(welcome) => {
                let welcome = welcome.clone();
                self.welcomed(id, welcome)
            }
            ServerMessage::Frame(frame) => {
                let (from, to, rescoped) = (frame.from, frame.to, frame.scopes.is_some());
                self.note(format_args!("{id:?} hears ({from}, {to}] at {before}"));
                self.feed(id, Event::Received(Box::new(message)))?;
                self.took_the_frame(id, before, (from, to), open)?;
                if rescoped {
                    self.holds_only_what_it_may(id)?;
                }
                Ok(())
            }
            _ => self.feed(id, Event::Received(Box::new(message))),
        }
    }

    fn take_results(&mut self, id: PageId, results: &[Verdict]) -> Checked {
        self.note(format_args!("{id:?} is answered {results:?}"));
        for result in results {
            let page = &self.pages[&id];
            let mut pending = page.client.replica().pending().iter();
            let asked = pending.find(|it| it.mid == Some(result.mid) && it.done_at.is_none());
            if let Some(asked) = asked
                && page.client.epoch() == Some(self.db.state.epoch)
            {
                self.answered_truly(page.replica, result.mid, asked.cid, &result.outcome)?;
            }
        }
        Ok(())
    }

    /// A page is welcomed: it may begin anew, but not as of before where it has been.
    fn welcomed(&mut self, id: PageId, welcome: Welcome) -> Checked {
        let page = self.page(id);
        let (ahead, furthest) = (page.ahead, page.furthest);
        let (epoch, mode, head) = (welcome.epoch, welcome.mode.clone(), welcome.head);
        let connecting = page.client.state().link == Connected::Connecting;
        if connecting && mode == Mode::Bootstrap {
            page.ahead = head;
        }
        let message = ServerMessage::Welcome(welcome);
        self.feed(id, Event::Received(Box::new(message)))?;
        let Some(page) = self.pages.get_mut(&id).filter(|_| connecting) else {
            return Ok(());
        };
        let link = page.client.state().link;
        if mode == Mode::Bootstrap && matches!(link, Connected::CatchingUp | Connected::Live) {
            let before = furthest.filter(|before| before.0 == epoch);
            require(
                before.is_none_or(|(_, furthest)| head >= furthest),
                "P7 monotony",
                || format!("{id:?} was at {furthest:?} and begins anew at {head}"),
            )?;
        } else {
            page.ahead = ahead;
        }
        self.holds_only_what_it_may(id)
    }

    /// The page closes a socket, or is gone itself: the node hears of it after a while, or never.
    pub(super) fn leave(&mut self, link: LinkId) {
        if let Some(it) = self.links.get_mut(&link) {
            it.left = true;
            it.down.clear();
            self.break_link(link, End::Node);
        }
    }

    /// Tells an end of a socket that it is closed.
    pub(super) fn break_link(&mut self, link: LinkId, end: End) {
        let now = self.agenda.now + self.latency();
        if let Some(it) = self.links.get(&link)
            && !it.dead
        {
            let after = match end {
                End::Page => it.down_until,
                End::Node => it.up_until.max(it.held_until),
            };
            self.agenda.at(now.max(after), Happening::Broken(link, end));
        }
    }

    /// An end of a socket notices that it is closed.
    pub(super) fn broken(&mut self, link: LinkId, end: End) -> Checked {
        let Some(it) = self.links.get(&link) else {
            return Ok(());
        };
        let (id, node) = (it.page, it.node);
        match end {
            End::Node => {
                self.nodes[node].connections.remove(&link);
                self.links.remove(&link);
                Ok(())
            }
            End::Page => {
                let listens = self.pages.get_mut(&id).filter(|it| it.link == Some(link));
                if let Some(page) = listens {
                    page.link = None;
                    page.turn += 1;
                    self.note(format_args!("{id:?} is cut off"));
                    self.leave(link);
                    return self.feed(id, Event::Disconnected);
                }
                Ok(())
            }
        }
    }

    pub(super) fn back_online(&mut self, id: PageId) -> Checked {
        if let Some(page) = self.pages.get_mut(&id) {
            page.online = true;
            return self.feed(id, Event::Woken);
        }
        Ok(())
    }
}

/// [`Mutant::DropOnResults`]: what was done counts as taken in.
fn drop_on_results(results: &mut [Verdict]) {
    for result in results {
        if let Outcome::Done(seq) = &mut result.outcome {
            *seq = 0;
        }
    }
}
