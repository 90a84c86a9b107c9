//! A page in a browser: the real client, and a driver that carries out its effects as the app's does.

use super::Simulation;
use super::agenda::{Answer, Arrival, Happening, name_of, short};
use super::browser::BrowserId;
use super::network::LinkId;
use super::oracle::{Checked, require};
use crate::ids::{CommandId, Epoch, ReplicaId, UserId, WorkspaceId};
use crate::sync::digest::{Content, CoverDigest, Hashed, hash_of};
use crate::sync::protocol::{ClientMessage, Own, ServerMessage};
use crate::sync::{
    Client, Cover, Effect, Event, Lead, Link as Connected, Relay, Settings, TabMessage, Timer,
};
use crate::tasks::Task;
use crate::values::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    /// Counts its links, where a poll is none of its own: what an earlier one is answered is no news.
    pub(super) turn: u64,
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
                me: user,
            }),
            replica,
            tab: self.chance.id(),
            leader: None,
            build: arrival.build,
            online: true,
            clock_ms: 0,
            link: None,
            turn: 0,
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
            Effect::Connect(way) => self.connect(id, way),
            Effect::Disconnect => {
                page.turn += 1;
                if let Some(link) = page.link.take() {
                    self.leave(link);
                }
            }
            Effect::Send(message) if page.client.lead() == Lead::Follower => {
                let (tab, server_time) = (page.tab, Time(self.server_clock_ms));
                match message {
                    ClientMessage::Hello(hello) => {
                        let asked = page.client.asked();
                        self.tell_tabs(id, &TabMessage::Hello { tab, asked, hello });
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
                if let Some(content) = page.client.content(cover, &mut Hashed::default()) {
                    let takes = self.latency();
                    let check = Happening::Check(id, Box::new(content));
                    self.agenda.after(takes, check);
                }
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
            | Effect::LetGo(..)
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

    /// The rows that a page holds come to what those of the database do, where it compares them.
    pub(super) fn check(&self, id: PageId, content: &CoverDigest) -> Checked {
        let Some(page) = self.pages.get(&id).filter(|page| page.online) else {
            return Ok(());
        };
        let cover = content.cover;
        let state = &self.db.state;
        let scopes = state.access().granted(page.user);
        let sees = |scope| scopes.iter().any(|granted| granted.0 == scope);
        let rows = state.tables.iter().map(|(_, stored)| stored);
        let rows = rows.filter(|it| it.row.cover() == cover && sees(it.row.scope()));
        let stored = CoverDigest {
            epoch: state.epoch,
            seq: state.seq,
            cover,
            digest: Content::of(rows.map(|stored| hash_of(stored.v, &stored.row))),
        };
        require(!content.differs(&stored), "P6 digests agree", || {
            format!("{id:?}: {}", name_of(cover))
        })
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
}

fn is_open(page: &Page) -> bool {
    let link = page.client.state().link;
    matches!(link, Connected::CatchingUp | Connected::Live)
}
