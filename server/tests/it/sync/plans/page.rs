//! A browser without a screen: the real client, driven natively over real connections, with stores that outlive its page.
//!
//! No timer runs here. A wait before connecting again ends at once, or when there is a server; what only time brings to
//! light, silence on a half-open connection, comes when the person in front of the page lets time pass.

use super::history::History;
use super::link::{self, Arrived, Link};
use super::way::{Stuck, Way};
use shared::ids::{CommandId, ReplicaId, UserId, WorkspaceId};
use shared::sync::digest::Hashed;
use shared::sync::protocol::{ClientMessage, Mode, Outcome, Own, Presence, ServerMessage, Welcome};
use shared::sync::sim::{Chance, Doing, Person};
use shared::sync::{
    ChunkKey, Client, Command, Context, Cover, Effect, Event, Header, Kept, Lead,
    Link as Connected, Readable, Settings, Timer, Transport,
};
use shared::values::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tokio::sync::mpsc;

/// When people act, as far as they know.
const NOW: Time = Time(1_800_000_000_000);

/// How much is remembered of what happened, for whoever looks for what went wrong.
const NOTES_MAX: usize = 400;
const NOTE_BYTES_MAX: usize = 1_000;

/// Who sits in front of a browser, and where it connects to.
pub(super) struct Setup {
    pub(super) user: UserId,
    pub(super) token: String,
    pub(super) workspace: WorkspaceId,
    pub(super) seed: u64,
}

pub(super) struct Page {
    setup: Setup,
    chance: Chance,
    pub(super) way: Way,
    history: Arc<History>,
    client: Client,
    outbox: Outbox,
    rows: Option<Rows>,
    /// Commands on their way into the outbox.
    unstored: VecDeque<CommandId>,
    /// Commands that need not be kept any more once the rows are.
    settled: BTreeSet<Own>,
    is_keeping: bool,
    timers: BTreeSet<Timer>,
    /// What is shown, and so has to be complete.
    shows: BTreeSet<Cover>,
    /// What rows came to when they were last compared.
    hashed: Hashed,
    fetching: usize,
    link: Option<Link>,
    turns: u64,
    tell: mpsc::UnboundedSender<Arrived>,
    arrived: mpsc::UnboundedReceiver<Arrived>,
    /// What happened last.
    trace: VecDeque<String>,
}

/// Commands that are kept until they are judged, and the identity they are numbered under.
struct Outbox {
    replica: ReplicaId,
    last_mid: u64,
    kept: BTreeMap<u64, Kept>,
}

/// The rows that are kept.
struct Rows {
    header: Header,
    chunks: BTreeMap<ChunkKey, String>,
}

impl Page {
    pub(super) fn open(setup: Setup, way: Way, history: Arc<History>) -> Self {
        let mut chance = Chance::new(setup.seed);
        let replica = chance.id();
        let (tell, arrived) = mpsc::unbounded_channel();
        let mut page = Self {
            client: Client::new(Settings {
                workspace: setup.workspace,
                replica,
                me: setup.user,
            }),
            setup,
            chance,
            way,
            history,
            outbox: Outbox {
                replica,
                last_mid: 0,
                kept: BTreeMap::new(),
            },
            rows: None,
            unstored: VecDeque::new(),
            settled: BTreeSet::new(),
            is_keeping: false,
            timers: BTreeSet::new(),
            shows: BTreeSet::from([Cover::Workspace]),
            hashed: Hashed::default(),
            fetching: 0,
            link: None,
            turns: 0,
            tell,
            arrived,
            trace: VecDeque::new(),
        };
        page.begin();
        page
    }

    pub(super) fn user(&self) -> UserId {
        self.setup.user
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// What the page lacks of what it shows.
    pub(super) fn lacks(&self) -> Vec<Cover> {
        let shows = self.shows.iter().copied();
        shows.filter(|cover| !self.client.has(*cover)).collect()
    }

    /// How it is, for whoever looks for what hangs.
    pub(super) fn describe(&self) -> String {
        let pending = self.client.replica().pending().iter();
        let pending: Vec<_> = pending.map(|it| (it.mid, it.done_at)).collect();
        format!(
            "{}: {:?} at {}, {:?}, lacks {:?}, {} fetches, {:?}, pending {pending:?}",
            self.setup.user,
            self.client.state(),
            self.client.replica().cursor(),
            self.timers,
            self.lacks(),
            self.fetching,
            self.way.stuck().borrow(),
        )
    }

    /// What happened last.
    pub(super) fn trace(&self) -> String {
        let lines: Vec<&str> = self.trace.iter().map(String::as_str).collect();
        lines.join("\n")
    }

    fn begin(&mut self) {
        self.recall();
        if let Some(rows) = &self.rows {
            let chunks = rows.chunks.clone().into_iter().collect();
            self.feed(Event::Opened(rows.header.clone(), chunks));
        }
        self.feed(Event::Led(Lead::Leader));
        for cover in self.shows.clone() {
            self.feed(Event::Want(cover));
        }
    }

    /// The page is closed in the midst of whatever it does, and opened again from what the browser has kept.
    fn reload(&mut self) {
        self.note("the page is opened again".to_owned());
        self.leave();
        (self.tell, self.arrived) = mpsc::unbounded_channel();
        self.client = Client::new(Settings {
            workspace: self.setup.workspace,
            replica: self.chance.id(),
            me: self.setup.user,
        });
        self.unstored.clear();
        self.settled.clear();
        self.timers.clear();
        self.is_keeping = false;
        self.fetching = 0;
        self.begin();
    }

    /// The person does so many things, sometimes without waiting for anything, and sometimes for a while.
    pub(super) async fn act(&mut self, deeds: usize, churn: u64) {
        for _ in 0..deeds {
            match Person::new(&mut self.chance, &self.client).next(churn) {
                Some(Doing::Look(cover)) => {
                    if let Cover::Board(project) = cover {
                        let project = Some(project);
                        let presence = Presence {
                            project,
                            ..Presence::default()
                        };
                        self.feed(Event::Moved(presence));
                    }
                    self.shows.insert(cover);
                    self.feed(Event::Want(cover));
                }
                Some(Doing::Change(command)) => self.perform(command),
                None => {}
            }
            self.happens_besides().await;
            for _ in 0..self.chance.below(6) {
                if self.is_quiet() {
                    break;
                }
                self.next().await;
            }
        }
    }

    async fn happens_besides(&mut self) {
        if self.is_away() && self.chance.percent(60) {
            let mut servers = self.way.servers();
            let back = servers.wait_for(|servers| !servers.is_empty()).await;
            drop(back.unwrap());
        }
        if self.is_stuck() && self.chance.percent(30) {
            self.time_passes().await;
        }
        match self.chance.below(100) {
            0..4 => self.reload(),
            4..7 => self.feed(Event::Tick(Timer::Ping)),
            7..9 => self.feed(Event::Tick(Timer::Climb)),
            9..11 => self.feed(Event::Woken),
            11..15 => self.feed(Event::Tick(Timer::Check)),
            _ => {}
        }
    }

    fn perform(&mut self, command: Command) {
        let context = Context {
            actor: self.setup.user,
            now: NOW,
            cid: self.chance.id(),
        };
        self.feed(Event::Perform(Box::new(command), context));
    }

    /// From here on nothing goes wrong any more.
    pub(super) async fn heal(&mut self) {
        self.way.heal().await;
        self.feed(Event::Woken);
    }

    /// Waits until nothing is unsent, and everything up to a number is here.
    pub(super) async fn settle(&mut self, head: u64) {
        while !self.is_settled() || self.client.replica().cursor() < head {
            if self.is_stuck() {
                self.time_passes().await;
            } else {
                self.next().await;
            }
        }
    }

    /// Nothing is under way.
    pub(super) fn is_settled(&self) -> bool {
        let state = self.client.state();
        let busy = self.fetching > 0 || self.is_keeping || !self.timers.is_empty();
        state.link == Connected::Live && state.unsent == 0 && !busy && self.unstored.is_empty()
    }

    fn is_stuck(&self) -> bool {
        *self.way.stuck().borrow() != Stuck::default()
    }

    fn is_away(&self) -> bool {
        self.way.servers().borrow().is_empty()
    }

    /// Whether nothing may happen by itself.
    fn is_quiet(&self) -> bool {
        self.is_settled() || self.is_stuck() || self.is_away()
    }

    /// A while passes in which nothing more is heard of what is stuck.
    async fn time_passes(&mut self) {
        let swallowed = self.way.stuck().borrow().swallowed;
        self.way.time_passes().await;
        if swallowed > 0 {
            self.feed(Event::Tick(Timer::Silence));
        }
    }

    /// Waits for something to happen, and takes it in.
    async fn next(&mut self) {
        if let Ok(arrived) = self.arrived.try_recv() {
            return self.take(arrived);
        }
        if let Some(cid) = self.unstored.pop_front() {
            return self.store(cid);
        }
        if self.is_keeping {
            return self.keep_rows();
        }
        let (mut stuck, mut servers) = (self.way.stuck(), self.way.servers());
        stuck.borrow_and_update();
        let is_away = servers.borrow_and_update().is_empty();
        if !is_away && let Some(timer) = self.timers.pop_first() {
            tokio::task::yield_now().await;
            return self.feed(Event::Tick(timer));
        }
        if self.is_stuck() {
            return;
        }
        tokio::select! {
            arrived = self.arrived.recv() => self.take(arrived.unwrap()),
            _ = stuck.changed() => {}
            _ = servers.changed() => {}
        }
    }

    fn feed(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            self.note(format!("< {event:?}"));
            for effect in self.client.step(event) {
                if !matches!(effect, Effect::Reveal(_) | Effect::SetTimer(..)) {
                    self.note(format!("> {effect:?}"));
                }
                self.carry_out(effect, &mut events);
            }
        }
    }

    fn note(&mut self, mut what: String) {
        what.truncate(what.floor_char_boundary(NOTE_BYTES_MAX));
        if self.trace.len() == NOTES_MAX {
            self.trace.pop_front();
        }
        self.trace.push_back(what);
    }

    fn carry_out(&mut self, effect: Effect, events: &mut VecDeque<Event>) {
        match effect {
            Effect::Connect(way) => self.connect(way, events),
            Effect::Disconnect => self.leave(),
            Effect::Send(message) => self.send(message),
            Effect::Fetch(cover) => {
                self.fetching += 1;
                tokio::spawn(link::fetch(self.door(), cover, self.tell.clone()));
            }
            Effect::Check(cover) => {
                if let Some(ours) = self.client.content(cover, &mut self.hashed) {
                    tokio::spawn(link::check(self.door(), ours, self.tell.clone()));
                }
            }
            Effect::Store(cid) => self.unstored.push_back(cid),
            Effect::Forget(own) => drop(self.settled.insert(own)),
            Effect::Recall => events.push_back(self.restored()),
            Effect::Keep => self.is_keeping = true,
            Effect::SetTimer(timer @ (Timer::Reconnect | Timer::Refetch), ..) => {
                self.timers.insert(timer);
            }
            Effect::StopTimer(timer) => drop(self.timers.remove(&timer)),
            Effect::Revive(..) => {
                // The log has one life here: the server has lost nothing.
                let (replica, given, kept) = self.kept();
                events.push_back(Event::Revived(replica, given, kept));
            }
            Effect::NewReplica => {
                self.renumber();
                events.push_back(self.restored());
            }
            Effect::Refused(refused) => {
                let kept = refused.mid.and_then(|mid| self.outbox.kept.get(&mid));
                if let Some(kept) = kept.filter(|kept| kept.cid == refused.cid) {
                    let mid = kept.mid;
                    self.outbox.kept.remove(&mid);
                }
            }
            Effect::SignIn(why) => panic!("nobody was signed out: {why}"),
            Effect::OfferReload => panic!("there is one version"),
            Effect::SetTimer(..)
            | Effect::Reveal(_)
            | Effect::Overwritten(_)
            | Effect::LetGo(..)
            | Effect::Status
            | Effect::People(..)
            | Effect::ServerTime(_) => {}
        }
    }

    fn door(&self) -> link::Door {
        link::Door {
            address: self.way.address,
            token: self.setup.token.clone(),
            workspace: self.setup.workspace,
        }
    }

    fn leave(&mut self) {
        self.turns += 1;
        self.link = None;
    }

    fn connect(&mut self, way: Transport, events: &mut VecDeque<Event>) {
        self.leave();
        let link = Link::open(self.door(), way, self.turns, self.tell.clone());
        self.link = Some(link);
        if way != Transport::Socket {
            events.push_back(Event::Connected);
        }
    }

    fn send(&mut self, message: ClientMessage) {
        let writer = self.client.writer();
        if let Some(link) = &mut self.link {
            link.send(message, writer);
        }
    }

    fn take(&mut self, arrived: Arrived) {
        let (turn, what) = match arrived {
            Arrived::Fetched(cover, event) => return self.fetched(cover, *event),
            Arrived::Checked(both) => {
                let [ours, theirs] = *both;
                assert!(!ours.differs(&theirs), "{ours:?} is not {theirs:?}");
                return;
            }
            Arrived::Linked(turn, what) => (turn, what),
        };
        if turn != self.turns || self.link.is_none() {
            return;
        }
        match what {
            link::News::Opened => self.feed(Event::Connected),
            link::News::Closed => {
                self.leave();
                self.feed(Event::Disconnected);
            }
            link::News::Said(text) => self.hear(&text),
            link::News::Polled(texts, is_first) => self.polled(texts, is_first),
        }
    }

    fn fetched(&mut self, cover: Cover, event: Event) {
        self.fetching -= 1;
        match &event {
            Event::Fetched(snapshot) => self.history.fetched(self.setup.user, snapshot),
            Event::FetchRefused(_) => drop(self.shows.remove(&cover)),
            _ => {}
        }
        self.feed(event);
    }

    /// Every poll is answered with a welcome. After the first it says that the server is there, and what changed of what
    /// the person sees before the question was asked: then the link begins anew.
    fn polled(&mut self, texts: Vec<String>, is_first: bool) {
        let turn = self.turns;
        for text in texts {
            let goes_on = |welcome: &Welcome| {
                welcome.mode == Mode::CatchUp && welcome.scopes == self.client.scopes()
            };
            match serde_json::from_str(&text).unwrap() {
                ServerMessage::Welcome(welcome) if !is_first && goes_on(&welcome) => {
                    let server_time = welcome.server_time;
                    let pong = ServerMessage::Pong {
                        t: 0.0,
                        server_time,
                    };
                    self.feed(Event::Received(Box::new(pong)));
                }
                ServerMessage::Welcome(_) if !is_first => {
                    self.leave();
                    self.feed(Event::Disconnected);
                }
                _ => self.hear(&text),
            }
            if turn != self.turns {
                return;
            }
        }
        let hello = self.client.hello();
        if let Some(link) = &mut self.link {
            link.poll(&hello, false);
        }
    }

    fn hear(&mut self, text: &str) {
        let message: ServerMessage = serde_json::from_str(text).unwrap();
        self.history.heard(self.setup.user, text, &message);
        if let ServerMessage::Results { results } = &message {
            for answer in results {
                let kept = self.outbox.kept.get(&answer.mid);
                if let Some(kept) = kept
                    && matches!(answer.outcome, Outcome::Done(_) | Outcome::Refused(_))
                {
                    let (replica, outcome) = (self.outbox.replica, answer.outcome.clone());
                    self.history
                        .answered((replica, answer.mid), kept.cid, outcome);
                }
            }
        }
        self.feed(Event::Received(Box::new(message)));
    }

    /// Number and command are kept as one; only then is the command called saved.
    fn store(&mut self, cid: CommandId) {
        let mut pending = self.client.replica().pending().iter();
        let Some(pending) = pending.find(|pending| pending.cid == cid) else {
            return;
        };
        let mid = self.outbox.last_mid + 1;
        self.history
            .saved(cid, self.setup.user, pending.command.clone());
        self.outbox.kept.insert(mid, Kept::of(mid, pending));
        self.outbox.last_mid = mid;
        self.feed(Event::Stored(cid, mid));
    }

    fn kept(&self) -> (ReplicaId, u64, Vec<Readable>) {
        let kept = self.outbox.kept.values().cloned();
        let kept = kept.filter_map(Kept::read).collect();
        (self.outbox.replica, self.outbox.last_mid, kept)
    }

    fn restored(&self) -> Event {
        let (replica, given, kept) = self.kept();
        Event::Restored(replica, given, kept)
    }

    fn recall(&mut self) {
        self.settled.clear();
        let restored = self.restored();
        self.feed(restored);
    }

    /// All that is unanswered is numbered anew, under another identity.
    fn renumber(&mut self) {
        let done = self.client.replica().pending().iter();
        let done: BTreeSet<CommandId> = done
            .filter(|pending| pending.done_at.is_some())
            .map(|pending| pending.cid)
            .collect();
        let settled = std::mem::take(&mut self.settled);
        self.outbox.replica = self.chance.id();
        let before = std::mem::take(&mut self.outbox.kept).into_values();
        let unanswered =
            before.filter(|it| !done.contains(&it.cid) && !settled.contains(&it.own()));
        let renumbered = (1..).zip(unanswered);
        self.outbox.kept = renumbered
            .map(|(mid, kept)| (mid, Kept { mid, ..kept }))
            .collect();
        self.outbox.last_mid = self.outbox.kept.len() as u64;
    }

    fn keep_rows(&mut self) {
        self.is_keeping = false;
        let stored = self.rows.as_ref().map(|rows| &rows.header);
        let Some(write) = self.client.write(stored) else {
            return;
        };
        if self.chance.percent(5) {
            // The browser's store objects.
            return self.feed(Event::Written(None));
        }
        let mut chunks = match self.rows.take() {
            Some(rows) if !write.replace => rows.chunks,
            _ => BTreeMap::new(),
        };
        for (key, chunk) in write.chunks {
            match chunk {
                Some(text) => drop(chunks.insert(key, text)),
                None => drop(chunks.remove(&key)),
            }
        }
        let header = write.header;
        self.rows = Some(Rows {
            header: header.clone(),
            chunks,
        });
        self.feed(Event::Written(Some(header)));
        let settled = std::mem::take(&mut self.settled);
        let kept = &mut self.outbox.kept;
        kept.retain(|_, kept| !settled.contains(&kept.own()));
    }
}
