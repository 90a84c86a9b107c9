//! A page in a browser: the real client, and a driver that carries out its effects as the app's does.

use super::Simulation;
use super::agenda::{Answer, Arrival, Happening, name_of, short};
use super::browser::BrowserId;
use super::connection::Connection;
use super::mutant::Mutant;
use super::network::{End, Link, LinkId};
use super::oracle::{Checked, require};
use crate::ids::{CommandId, Epoch, ReplicaId, UserId, WorkspaceId};
use crate::sync::digest::{CoverDigest, Digest};
use crate::sync::protocol::{
    Answer as Verdict, ClientMessage, Mode, Outcome, Own, ServerMessage, Welcome,
};
use crate::sync::{
    Client, Cover, Effect, Event, Heard, Lead, Link as Connected, Relay, Settings, TabMessage,
    Timer,
};
use crate::tasks::Task;
use crate::values::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use uuid::Uuid;

/// A page, for as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PageId(pub(super) u64);

#[derive(Debug)]
pub(super) struct Page {
    pub(super) browser: BrowserId,
    pub(super) user: UserId,
    pub(super) client: Client,
    /// The identity under which its commands are numbered, as far as it has read it.
    pub(super) replica: ReplicaId,
    /// What it is called among the pages of its browser.
    pub(super) tab: CommandId,
    /// The page that has answered it.
    pub(super) leader: Option<CommandId>,
    /// The version of the program that it runs.
    pub(super) build: u32,
    pub(super) online: bool,
    /// What this browser's clock is ahead of the true time.
    pub(super) clock_ms: i64,
    pub(super) link: Option<LinkId>,
    pub(super) timers: BTreeMap<Timer, u64>,
    pub(super) requests: BTreeMap<u64, Cover>,
    /// What is shown, and so has to be complete.
    pub(super) shows: BTreeSet<Cover>,
    /// Whether the browser's stores are open.
    pub(super) has_stores: bool,
    /// Commands on their way into the store, which takes one after the other.
    pub(super) unstored: VecDeque<CommandId>,
    /// Commands that need not be kept any more, and in which life of the log they took effect.
    pub(super) settled: BTreeMap<Own, Option<Epoch>>,
    /// Whether the rows are about to be kept.
    pub(super) is_keeping: bool,
    /// What it remembers for followers, while it leads.
    pub(super) relay: Relay,
    /// Counts on its own: only for the mutant that numbers in memory.
    pub(super) last_mid: u64,

    /// What the oracles know of it: how far it has been in which life of the log, and as of when its newest rows are.
    pub(super) furthest: Option<(Epoch, u64)>,
    pub(super) ahead: u64,
}

impl Simulation {
    /// Sends a page on its way to a browser.
    pub(super) fn open_page(&mut self, browser: BrowserId) {
        let user = self.browsers[browser].user;
        let seed = self.seed(user);
        let arrival = Arrival {
            browser,
            // Where a service worker answers, there is nothing in the page.
            seed: seed.filter(|_| self.chance.percent(70)),
            build: self.build,
        };
        let takes = self.latency() * 4;
        self.agenda
            .after(takes, Happening::Arrive(Box::new(arrival)));
    }

    pub(super) fn arrive(&mut self, arrival: Arrival) -> Checked {
        self.last_id += 1;
        let id = PageId(self.last_id);
        let replica = self.chance.id();
        let user = self.browsers[arrival.browser].user;
        let page = Page {
            browser: arrival.browser,
            user,
            client: Client::new(Settings {
                workspace: WorkspaceId::from_uuid(Uuid::from_u128(1)),
                replica,
            }),
            replica,
            tab: self.chance.id(),
            leader: None,
            build: arrival.build,
            online: true,
            clock_ms: 0,
            link: None,
            timers: BTreeMap::new(),
            requests: BTreeMap::new(),
            shows: BTreeSet::from([Cover::Workspace]),
            has_stores: false,
            unstored: VecDeque::new(),
            settled: BTreeMap::new(),
            is_keeping: false,
            relay: Relay::default(),
            last_mid: self.browsers[arrival.browser].outbox.last_mid,
            furthest: None,
            ahead: 0,
        };
        self.pages.insert(id, page);
        self.note(format_args!("{id:?} of {} opens", short(user.uuid())));
        if let Some((snapshot, scopes)) = arrival.seed {
            self.page(id).ahead = snapshot.seq;
            let covers = snapshot.covers.clone();
            self.feed(id, Event::Seeded(snapshot, scopes))?;
            for cover in covers {
                self.show(id, cover)?;
            }
        }
        let takes = self.chance.between(1, 60);
        self.agenda.after(takes, Happening::OpenStores(id));
        Ok(())
    }

    /// A page that is certainly there.
    pub(super) fn page(&mut self, id: PageId) -> &mut Page {
        self.pages.get_mut(&id).expect("the page is open")
    }

    pub(super) fn close_page(&mut self, id: PageId) {
        self.note(format_args!("{id:?} closes"));
        let Some(page) = self.pages.remove(&id) else {
            return;
        };
        if let Some(link) = page.link {
            self.leave(link);
        }
        let browser = &mut self.browsers[page.browser];
        if browser.leader == Some(id) {
            browser.leader = None;
            let takes = self.chance.below(60);
            self.agenda.after(takes, Happening::Elect(page.browser));
        }
    }

    /// The page shows something, which has to be complete from now on.
    pub(super) fn show(&mut self, id: PageId, cover: Cover) -> Checked {
        self.page(id).shows.insert(cover);
        self.tell_tabs(id, &TabMessage::Want(cover));
        self.feed(id, Event::Want(cover))
    }

    /// Feeds the client, carries out what it says, and looks whether it did right.
    pub(super) fn feed(&mut self, id: PageId, event: Event) -> Checked {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let Some(page) = self.pages.get_mut(&id) else {
                return Ok(());
            };
            let was_open = is_open(page);
            let pending = page.client.replica().pending();
            let pending: Vec<_> = pending.iter().map(|it| (it.cid, it.mid)).collect();
            let mut touched = BTreeSet::new();
            for effect in page.client.step(event) {
                if let Effect::Reveal(keys) = &effect {
                    touched.extend(keys);
                }
                self.carry_out(id, effect, &mut events);
            }
            self.stepped(id, &pending, &touched)?;
            require(self.diverged.is_none(), "P6 digests agree", || {
                format!("{:?}", self.diverged)
            })?;
            self.tell_of_the_link(id, was_open);
        }
        Ok(())
    }

    /// A leader tells its followers whether it has the server.
    fn tell_of_the_link(&mut self, id: PageId, was_open: bool) {
        let Some(page) = self.pages.get(&id) else {
            return;
        };
        let now_open = is_open(page);
        if page.client.lead() == Lead::Leader && was_open != now_open {
            let message = if now_open {
                TabMessage::Leading
            } else {
                TabMessage::Alone
            };
            self.tell_tabs(id, &message);
        }
    }

    fn carry_out(&mut self, id: PageId, effect: Effect, events: &mut VecDeque<Event>) {
        let Some(page) = self.pages.get_mut(&id) else {
            return;
        };
        match effect {
            Effect::Connect(_) if page.client.lead() == Lead::Follower => {
                events.push_back(Event::Connected);
            }
            Effect::Connect(_) => self.connect(id),
            Effect::Disconnect => {
                if let Some(link) = page.link.take() {
                    self.leave(link);
                }
            }
            Effect::Send(message) if page.client.lead() == Lead::Follower => {
                let (tab, server_time) = (page.tab, Time(self.server_clock_ms));
                match message {
                    ClientMessage::Hello(hello) => {
                        self.tell_tabs(id, &TabMessage::Hello { tab, hello });
                    }
                    // Whether the leader is there, the lock tells.
                    ClientMessage::Ping { t } => {
                        let pong = ServerMessage::Pong { t, server_time };
                        events.push_back(Event::Received(Box::new(pong)));
                    }
                    _ => {}
                }
            }
            Effect::Send(message) => self.send_up(id, message),
            Effect::Fetch(cover) => self.fetch(id, cover),
            Effect::Store(cid) => {
                page.unstored.push_back(cid);
                let takes = self.chance.below(6);
                self.store_until = self.store_until.max(self.agenda.now + takes);
                self.agenda.at(self.store_until, Happening::Store(id));
            }
            Effect::Forget(own) => drop(page.settled.insert(own, page.client.epoch())),
            Effect::Check(cover) => {
                let takes = self.latency();
                self.agenda.after(takes, Happening::Check(id, cover));
            }
            Effect::Diverged(cover) => {
                self.diverged = Some(format!("{id:?}: {}", name_of(cover)));
            }
            Effect::Recall => self.agenda.after(1, Happening::Recall(id)),
            Effect::Revive(epoch, last_mid) => {
                self.agenda.after(2, Happening::Revive(id, epoch, last_mid));
            }
            Effect::Keep => {
                if !std::mem::replace(&mut page.is_keeping, true) {
                    let takes = self.chance.between(50, 250);
                    self.agenda.after(takes, Happening::KeepRows(id));
                }
            }
            Effect::SetTimer(timer, from_ms, to_ms) => {
                self.last_id += 1;
                let token = self.last_id;
                page.timers.insert(timer, token);
                let wait = self.chance.between(from_ms.into(), to_ms.into());
                self.agenda.after(wait, Happening::Tick(id, timer, token));
            }
            Effect::StopTimer(timer) => drop(page.timers.remove(&timer)),
            Effect::NewReplica => self.agenda.after(0, Happening::Renumber(id)),
            Effect::Refused(refused) => {
                if let Some(mid) = refused.mid {
                    self.unkeep(id, mid, refused.cid);
                }
            }
            Effect::OfferReload => {
                // The person takes the offer: a page of the new version comes in its place.
                let browser = page.browser;
                self.close_page(id);
                events.clear();
                self.open_page(browser);
            }
            Effect::Reveal(_)
            | Effect::Overwritten(_)
            | Effect::Status
            | Effect::People(..)
            | Effect::ServerTime(_)
            | Effect::SignIn(_) => {}
        }
    }

    pub(super) fn tick(&mut self, id: PageId, timer: Timer, token: u64) -> Checked {
        let Some(page) = self.pages.get_mut(&id) else {
            return Ok(());
        };
        if page.timers.get(&timer) != Some(&token) {
            return Ok(());
        }
        page.timers.remove(&timer);
        if matches!(timer, Timer::Reconnect | Timer::Silence | Timer::Refetch) {
            self.note(format_args!("{id:?} {timer:?}"));
        }
        self.feed(id, Event::Tick(timer))
    }

    fn fetch(&mut self, id: PageId, cover: Cover) {
        self.last_id += 1;
        let request = self.last_id;
        self.page(id).requests.insert(request, cover);
        let node = self.some_node();
        let takes = self.latency();
        self.note(format_args!("{id:?} fetches {} of {node}", name_of(cover)));
        self.agenda.after(takes, Happening::Ask(id, request, node));
    }

    /// The rows of a board, as the database has them, come to something.
    pub(super) fn check(&mut self, id: PageId, cover: Cover) {
        let Some(page) = self.pages.get(&id).filter(|page| page.online) else {
            return;
        };
        let state = &self.db.state;
        let scopes = state.access().granted(page.user);
        let sees = |scope| scopes.iter().any(|granted| granted.0 == scope);
        let rows = state.tables.iter().map(|(_, stored)| stored);
        let rows = rows.filter(|it| it.row.cover() == cover && sees(it.row.scope()));
        let checked = CoverDigest {
            epoch: state.epoch,
            seq: state.seq,
            cover,
            digest: Digest::of(rows.map(|stored| stored.v)),
        };
        let takes = self.latency();
        self.agenda
            .after(takes, Happening::Checked(id, Box::new(checked)));
    }

    /// What came of a request reaches the page.
    pub(super) fn fetched(&mut self, id: PageId, request: u64, answer: Answer) -> Checked {
        let Some(page) = self.pages.get_mut(&id) else {
            return Ok(());
        };
        let Some(cover) = page.requests.remove(&request) else {
            return Ok(());
        };
        let event = match answer {
            Answer::Snapshot(_) | Answer::Refused if !page.online => Event::FetchFailed(cover),
            Answer::Snapshot(snapshot) => {
                if page.client.epoch() == Some(snapshot.epoch) {
                    page.ahead = page.ahead.max(snapshot.seq);
                }
                Event::Fetched(snapshot)
            }
            Answer::Refused => {
                let view = page.client.replica().view();
                // What a page shows of its own making it shows on, and needs whole once the server knows it.
                let is_made = matches!(cover, Cover::Task(id) if view.get::<Task>(id).is_some());
                if !is_made {
                    page.shows.remove(&cover);
                }
                Event::FetchRefused(cover)
            }
            Answer::Lost => Event::FetchFailed(cover),
        };
        let what = match &event {
            Event::Fetched(snapshot) => format!("as of {}", snapshot.seq),
            Event::FetchRefused(_) => "nothing".to_owned(),
            _ => "no answer".to_owned(),
        };
        self.note(format_args!("{id:?} gets {}: {what}", name_of(cover)));
        self.feed(id, event)?;
        self.holds_only_what_it_may(id)
    }

    fn connect(&mut self, id: PageId) {
        let node = self.some_node();
        self.last_id += 1;
        let link = LinkId(self.last_id);
        let before = self.page(id).link.replace(link);
        if let Some(before) = before {
            self.leave(before);
        }
        self.links.insert(link, Link::new(id, node));
        let takes = self.latency();
        self.agenda.after(takes, Happening::Open(link));
    }

    /// A wish for a socket reaches a node; the handshake asks who comes.
    pub(super) fn open(&mut self, link: LinkId) {
        let Some(it) = self.links.get(&link) else {
            return;
        };
        let (page, node) = (self.pages.get(&it.page), &self.nodes[it.node]);
        let welcome = page.is_some_and(|page| {
            page.online && node.up && node.hub.access.role(page.user).is_some()
        });
        if welcome {
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

    fn send_up(&mut self, id: PageId, message: ClientMessage) {
        let build = self.page(id).build;
        let Some(link) = self.page(id).link else {
            return;
        };
        let arrives = self.agenda.now + self.latency();
        let Some(it) = self.links.get_mut(&link).filter(|it| !it.dead) else {
            return;
        };
        if let ClientMessage::Push { commands } = &message {
            let mids: Vec<u64> = commands.iter().map(|command| command.mid).collect();
            self.trace
                .note(self.agenda.now, format_args!("{id:?} pushes {mids:?}"));
        }
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
            if !it.dead {
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
        let mut message: ServerMessage =
            serde_json::from_str(&text).expect("what a node says reads back");
        if let ServerMessage::Results { results } = &mut message {
            self.take_results(id, results)?;
            if self.mutant == Some(Mutant::DropOnResults) {
                drop_on_results(results);
            }
        }
        self.relay(id, Heard::of(&message), &text);
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
                End::Node => it.up_until,
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
                    self.note(format_args!("{id:?} is cut off"));
                    self.links.remove(&link);
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

fn is_open(page: &Page) -> bool {
    let link = page.client.state().link;
    matches!(link, Connected::CatchingUp | Connected::Live)
}

/// [`Mutant::DropOnResults`]: what was done counts as taken in.
fn drop_on_results(results: &mut [Verdict]) {
    for result in results {
        if let Outcome::Done(seq) = &mut result.outcome {
            *seq = 0;
        }
    }
}
