//! Where sockets do not get through: commands go by requests of their own, and what the server says comes by a stream or by
//! polls. A request may reach any node; it may be lost, its answer too, and something on the way may send it twice, or so late
//! that newer ones are before it.

use super::Simulation;
use super::agenda::Happening;
use super::database::{Asker, Task, Work};
use super::network::{End, Link, LinkId};
use super::node::NodeId;
use super::oracle::Checked;
use super::page::PageId;
use crate::ids::{ReplicaId, UserId};
use crate::sync::protocol::{ClientMessage, Mode, Numbered, ServerMessage, Welcome};
use crate::sync::{Event, Transport};
use std::rc::Rc;

/// How long a poll waits for news at most.
const POLL_MS_MAX: u64 = 25_000;

/// Commands in a request of their own.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) user: UserId,
    pub(super) replica: ReplicaId,
    pub(super) commands: Vec<Numbered>,
    /// Who waits for the answer; nobody does for that of a request that was sent again on the way.
    pub(super) from: Option<(PageId, u64)>,
}

impl Simulation {
    /// A page sends commands beside its stream or polls.
    pub(super) fn post(&mut self, id: PageId, commands: Vec<Numbered>) {
        let page = self.page(id);
        let (user, replica) = (page.user, page.client.writer());
        let from = (id, page.turn);
        if !self.healing && self.chance.percent(self.plan.requests_lost) {
            self.happened.note("pushing request lost");
            return self.answer_post(Some(from), None);
        }
        let is_repeated = !self.healing && self.chance.percent(self.plan.posts_repeated);
        let copies = 1 + u64::from(is_repeated);
        let answered = self.chance.below(copies);
        for copy in 0..copies {
            let is_late = !self.healing && self.chance.percent(self.plan.posts_late);
            let takes = if is_late {
                self.happened.note("pushing request late");
                self.chance.between(500, 15_000)
            } else {
                self.latency() + self.latency()
            };
            let post = Post {
                user,
                replica,
                commands: commands.clone(),
                from: (copy == answered).then_some(from),
            };
            let node = self.some_node();
            self.agenda
                .after(takes, Happening::Posted(node, Box::new(post)));
        }
        if is_repeated {
            self.happened.note("pushing request sent twice");
        }
    }

    /// Commands reach a node by a request of their own.
    pub(super) fn posted(&mut self, id: NodeId, post: Post) {
        let node = &self.nodes[id];
        let is_welcome = node.up && node.reaches && node.hub.access.role(post.user).is_some();
        if !is_welcome {
            return self.answer_post(post.from, None);
        }
        let newest = post.commands.iter().map(|it| it.mid).max();
        let writer = self.db.state.writers.get(&post.replica);
        if newest.is_some_and(|newest| writer.is_some_and(|it| it.last_mid > newest)) {
            self.happened.note("pushing request after newer ones");
        }
        let task = Task::Push(Asker::Post(post.from), post.replica, post.commands);
        let actor = post.user;
        self.submit(id, Work { actor, task });
    }

    /// What a request is answered, if it is answered, is on its way.
    pub(super) fn answer_post(&mut self, to: Option<(PageId, u64)>, text: Option<Rc<str>>) {
        let Some((page, turn)) = to else { return };
        let is_lost = !self.healing && self.chance.percent(self.plan.requests_lost);
        if text.is_some() && is_lost {
            self.happened.note("answer to a pushing request lost");
        }
        let text = text.filter(|_| !is_lost);
        let takes = self.latency();
        self.agenda
            .after(takes, Happening::PostAnswered(page, turn, text));
    }

    pub(super) fn post_answered(
        &mut self,
        id: PageId,
        turn: u64,
        text: Option<Rc<str>>,
    ) -> Checked {
        if self.pages.get(&id).is_none_or(|page| page.turn != turn) {
            return Ok(());
        }
        match text {
            Some(text) => self.take_in(id, &text),
            None => self.broke(id),
        }
    }

    /// A page gives its stream or its polls up, as a request came to nothing.
    fn broke(&mut self, id: PageId) -> Checked {
        let page = self.page(id);
        page.turn += 1;
        if let Some(link) = page.link.take() {
            self.leave(link);
        }
        self.note(format_args!("{id:?} gets no answer"));
        self.feed(id, Event::Disconnected)
    }

    /// A poll has something to say, or waits for that.
    pub(super) fn poll_goes_on(&mut self, link: LinkId) {
        let Some(it) = self.links.get(&link) else {
            return;
        };
        if it.down.len() > 1 || it.is_first {
            return self.end_poll(link);
        }
        let waits = self.chance.between(200, POLL_MS_MAX);
        self.agenda.after(waits, Happening::PollEnds(link));
    }

    /// A poll is answered with what there is.
    pub(super) fn end_poll(&mut self, link: LinkId) {
        let Some(it) = self.links.get_mut(&link) else {
            return;
        };
        let (id, texts) = (it.node, Vec::from(std::mem::take(&mut it.down)));
        let is_gone = it.dead || it.left;
        self.nodes[id].connections.remove(&link);
        if is_gone || texts.is_empty() {
            return;
        }
        let is_lost = !self.healing && self.chance.percent(self.plan.requests_lost);
        if is_lost {
            self.happened.note("answer to a poll lost");
        }
        let texts = if is_lost { Vec::new() } else { texts };
        let takes = self.latency();
        self.agenda.after(takes, Happening::Polled(link, texts));
    }

    /// The answer of a poll reaches its page, which asks again.
    pub(super) fn polled(&mut self, link: LinkId, texts: &[Rc<str>]) -> Checked {
        let Some(it) = self.links.get(&link).filter(|it| !it.dead) else {
            return Ok(());
        };
        let (id, is_first) = (it.page, it.is_first);
        let listens = |it: &Self| {
            it.pages
                .get(&id)
                .is_some_and(|page| page.link == Some(link))
        };
        if !listens(self) {
            return Ok(());
        }
        if texts.is_empty() {
            return self.broke(id);
        }
        self.happened.note("poll answered");
        for text in texts {
            self.take_polled(id, text, is_first)?;
            if !listens(self) {
                return Ok(());
            }
        }
        self.links.remove(&link);
        self.ask_again(id);
        Ok(())
    }

    /// Every answer begins with a welcome. After the first it mostly says only that the server is there.
    fn take_polled(&mut self, id: PageId, text: &Rc<str>, is_first: bool) -> Checked {
        let goes_on = |page: &Self, welcome: &Welcome| {
            let scopes = page.pages[&id].client.scopes();
            scopes == welcome.scopes && welcome.mode == Mode::CatchUp
        };
        let read: ServerMessage = serde_json::from_str(text).expect("what a node says reads back");
        match read {
            ServerMessage::Welcome(welcome) if !is_first => {
                if !goes_on(self, &welcome) {
                    return self.broke(id);
                }
                let (t, server_time) = (0.0, welcome.server_time);
                let pong = ServerMessage::Pong { t, server_time };
                self.feed(id, Event::Received(Box::new(pong)))
            }
            _ => self.take_in(id, text),
        }
    }

    fn ask_again(&mut self, id: PageId) {
        let node = self.some_node();
        self.last_id += 1;
        let link = LinkId(self.last_id);
        let page = self.page(id);
        page.link = Some(link);
        let mut hello = page.client.hello();
        hello.schema = page.build;
        let takes = self.latency();
        let mut it = Link::new(id, node, Transport::Poll);
        it.is_first = false;
        it.up.push_back(ClientMessage::Hello(hello));
        it.up_until = self.agenda.now + takes;
        self.links.insert(link, it);
        self.agenda.after(takes, Happening::Up(link));
    }

    /// Whether a page's link is a poll, whose answers come all at once.
    pub(super) fn is_poll(&self, link: LinkId) -> bool {
        let link = self.links.get(&link);
        link.is_some_and(|it| it.way == Transport::Poll)
    }

    /// Commands that a node has not committed are forgotten with it: whoever sent them by a request is not answered.
    pub(super) fn fail_posts(&mut self, works: &[Work]) {
        for work in works {
            if let Task::Push(Asker::Post(from), ..) = work.task {
                self.answer_post(from, None);
            }
        }
    }

    /// A page finds out that its link is gone, while what it has sent is still on its way.
    pub(super) fn linger(&mut self, link: LinkId) {
        let now = self.agenda.now;
        let held = self.chance.between(500, 12_000);
        let noticed = self.chance.below(held.min(3_000));
        if let Some(it) = self.links.get_mut(&link) {
            it.held_until = now + held;
            self.agenda
                .after(noticed, Happening::Broken(link, End::Page));
        }
    }
}
