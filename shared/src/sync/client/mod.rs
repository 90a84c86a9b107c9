//! The browser's side of the engine as a state machine: [`Client::step`] takes an event and answers effects.
//!
//! No clock, no chance, no socket and no storage in here: the driver owns those and reports back with events. So the same
//! code runs in a browser, natively, and in a simulator. Regions run side by side: [`Boot`], [`Link`], [`Outbox`], [`Lead`].

mod receive;
#[cfg(test)]
mod tests;

use super::command::Command;
use super::protocol::{
    ClientMessage, Granted, Hello, Numbered, PING_EVERY_MS, PUSH_COMMANDS_MAX, Person, Presence,
    SCHEMA, SILENCE_MS_MAX, ServerMessage, VERSION,
};
use super::replica::{Replica, Snapshot};
use super::rows::{Cover, Key};
use super::tx::Context;
use crate::codes::Rejected;
use crate::ids::{CommandId, Epoch, ProjectId, ReplicaId, WorkspaceId};
use crate::sorted::SortedMap;
use crate::values::Time;
use std::collections::BTreeSet;

/// The first wait before connecting again, in milliseconds; it doubles up to [`BACKOFF_MS_MAX`].
const BACKOFF_MS_MIN: u32 = 500;
/// The longest wait before connecting again, in milliseconds.
const BACKOFF_MS_MAX: u32 = 30_000;

/// Where the rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// Nothing is known yet: a snapshot is awaited.
    Bootstrapping,
    /// The page came with rows.
    Ready,
}

/// The connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not wanted: a follower, or the session has ended.
    Closed,
    /// Waiting before the next attempt.
    Backoff,
    /// Being made, or the hello is unanswered.
    Connecting,
    /// Missing changes are arriving.
    CatchingUp,
    /// Everything is here.
    Live,
}

/// What becomes of this browser's commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbox {
    /// Nothing is under way.
    Idle,
    /// One push is under way, up to this number.
    Sending(u64),
    /// The link broke during a push: it is sent again, and the server answers what it answered before.
    Uncertain,
}

/// Whether this page speaks for the browser's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// It does.
    Leader,
    /// Another page does.
    Follower,
}

/// Things that happen after a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Connect again.
    Reconnect,
    /// Show that we are there.
    Ping,
    /// Nothing was heard for too long.
    Silence,
    /// Ask for a snapshot again.
    Refetch,
}

/// What is fixed for the life of a client.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The identity under which commands are numbered.
    pub replica: ReplicaId,
}

/// What happens to a client.
#[derive(Clone, Debug)]
pub enum Event {
    /// The page came with rows and with what its person sees.
    Seeded(Snapshot, Vec<Granted>),
    /// Begin to connect.
    Start,
    /// The person did something.
    Perform(Box<Command>, Context),
    /// A command is durably kept under this number.
    Stored(CommandId, u64),
    /// A page needs something to be complete.
    Want(Cover),
    /// A snapshot arrived.
    Fetched(Snapshot),
    /// A snapshot did not arrive.
    FetchFailed(Cover),
    /// There is nothing to fetch there, for this person.
    FetchRefused(Cover),
    /// The socket is open.
    Connected,
    /// The socket is closed, or could not be opened.
    Disconnected,
    /// The session is no longer good: reading goes on, writing waits.
    SignedOut,
    /// The server said something.
    Received(Box<ServerMessage>),
    /// A timer ran out.
    Tick(Timer),
    /// The network is back, or the page was brought to the front.
    Woken,
    /// The person is somewhere else now.
    Moved(Presence),
    /// Another page took or left the lead.
    Led(Lead),
}

/// What the driver has to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Open a socket.
    Connect,
    /// Close the socket.
    Disconnect,
    /// Send a message.
    Send(ClientMessage),
    /// Fetch a snapshot.
    Fetch(Cover),
    /// Keep a command durably and give it the next number; answer with [`Event::Stored`].
    Store(CommandId),
    /// A command is settled: it need not be kept any more.
    Forget(CommandId),
    /// Start or restart a timer, at a moment chosen evenly between these milliseconds.
    SetTimer(Timer, u32, u32),
    /// Stop a timer.
    StopTimer(Timer),
    /// These rows look different now.
    Reveal(BTreeSet<Key>),
    /// A command was refused; nothing of it remains.
    Refused(Box<Command>, Rejected),
    /// The connection or the number of unsent commands changed.
    Status,
    /// Who is on a project.
    People(ProjectId, Vec<Person>),
    /// The server's clock, at the moment of this event.
    ServerTime(Time),
    /// Go on as a new replica: store the pending commands anew under it.
    NewReplica,
    /// The session has ended: offer to sign in.
    SignIn(String),
    /// The page is older than the server: offer to reload.
    OfferReload,
}

/// What the interface shows of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkState {
    /// The connection.
    pub link: Link,
    /// How many commands the server has not confirmed.
    pub unsent: usize,
}

/// The state.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Settings,
    replica: Replica,
    boot: Boot,
    link: Link,
    outbox: Outbox,
    lead: Lead,
    epoch: Option<Epoch>,
    scopes: Vec<Granted>,
    /// What pages asked for; fetched again whenever it was lost.
    wanted: SortedMap<Cover, ()>,
    /// What is being fetched.
    fetching: SortedMap<Cover, ()>,
    /// The number up to which the server has to get before the link counts as live.
    head: u64,
    attempts: u32,
    presence: Presence,
    upgrade_required: bool,
}

impl Client {
    /// A client that knows nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            replica: Replica::default(),
            boot: Boot::Bootstrapping,
            link: Link::Closed,
            outbox: Outbox::Idle,
            lead: Lead::Leader,
            epoch: None,
            scopes: Vec::new(),
            wanted: SortedMap::from_iter([(Cover::Workspace, ())]),
            fetching: SortedMap::new(),
            head: 0,
            attempts: 0,
            presence: Presence::default(),
            upgrade_required: false,
        }
    }

    /// The rows.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Where the rows come from.
    pub fn boot(&self) -> Boot {
        self.boot
    }

    /// What becomes of this browser's commands.
    pub fn outbox(&self) -> Outbox {
        self.outbox
    }

    /// What the interface shows of the connection.
    pub fn state(&self) -> LinkState {
        LinkState {
            link: self.link,
            unsent: self.replica.pending().len(),
        }
    }

    /// Whether something that a page asked for is complete.
    pub fn has(&self, cover: Cover) -> bool {
        self.replica.has(cover)
    }

    /// Takes the identity under which commands are numbered from now on.
    pub fn take_replica(&mut self, replica: ReplicaId) {
        self.settings.replica = replica;
    }

    /// Takes an event; answers what is to be done, in order.
    pub fn step(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        let before = self.state();
        match event {
            Event::Seeded(snapshot, scopes) => self.seed(&snapshot, scopes, &mut effects),
            Event::Start => self.connect(&mut effects),
            Event::Perform(command, context) => self.perform(*command, context, &mut effects),
            Event::Stored(cid, mid) => self.stored(cid, mid, &mut effects),
            Event::Want(cover) => {
                self.wanted.insert(cover, ());
                self.fetch_missing(&mut effects);
            }
            Event::Fetched(snapshot) => self.fetched(&snapshot, &mut effects),
            Event::FetchFailed(cover) => {
                self.fetching.remove(&cover);
                self.replica.give_up(cover);
                effects.push(Effect::SetTimer(Timer::Refetch, 1_000, 3_000));
            }
            Event::FetchRefused(cover) => {
                self.fetching.remove(&cover);
                self.wanted.remove(&cover);
                self.replica.give_up(cover);
            }
            Event::Connected => self.connected(&mut effects),
            Event::Disconnected => self.disconnected(&mut effects),
            Event::SignedOut => self.signed_out("Your session has ended.".into(), &mut effects),
            Event::Received(message) => self.received(*message, &mut effects),
            Event::Tick(timer) => self.tick(timer, &mut effects),
            Event::Woken => {
                if self.link == Link::Backoff {
                    self.attempts = 0;
                    self.connect(&mut effects);
                }
            }
            Event::Moved(presence) => {
                self.presence = presence;
                if self.is_open() {
                    effects.push(Effect::Send(ClientMessage::Presence(self.presence.clone())));
                }
            }
            Event::Led(lead) => self.led(lead, &mut effects),
        }
        if self.state() != before {
            effects.push(Effect::Status);
        }
        effects
    }

    fn is_open(&self) -> bool {
        matches!(self.link, Link::CatchingUp | Link::Live)
    }

    fn seed(&mut self, snapshot: &Snapshot, scopes: Vec<Granted>, effects: &mut Vec<Effect>) {
        self.replica.begin_at(snapshot.seq);
        self.epoch = Some(snapshot.epoch);
        self.scopes = scopes;
        match self.replica.cover(snapshot) {
            Ok(touched) => {
                self.boot = Boot::Ready;
                effects.push(Effect::Reveal(touched));
            }
            Err(_) => self.start_over(effects),
        }
    }

    fn perform(&mut self, command: Command, context: Context, effects: &mut Vec<Effect>) {
        match self.replica.perform(command.clone(), context) {
            Ok(touched) => {
                effects.push(Effect::Reveal(touched));
                effects.push(Effect::Store(context.cid));
            }
            Err(rejected) => effects.push(Effect::Refused(Box::new(command), rejected)),
        }
    }

    fn stored(&mut self, cid: CommandId, mid: u64, effects: &mut Vec<Effect>) {
        if let Some(pending) = self.replica.pending_mut(cid) {
            pending.mid = Some(mid);
            self.push(effects);
        }
    }

    /// Sends what is stored and unanswered, if nothing is under way.
    fn push(&mut self, effects: &mut Vec<Effect>) {
        if !self.is_open() || matches!(self.outbox, Outbox::Sending(_)) {
            return;
        }
        let commands: Vec<Numbered> = self
            .replica
            .pending()
            .iter()
            // In order and without gaps: what is not stored yet holds back what follows.
            .take_while(|pending| pending.mid.is_some())
            .filter(|pending| pending.done_at.is_none())
            .take(PUSH_COMMANDS_MAX)
            .filter_map(|p| Some(Numbered::new(p.mid?, p.cid, &p.command)))
            .collect();
        if let Some(last) = commands.last() {
            self.outbox = Outbox::Sending(last.mid);
            effects.push(Effect::Send(ClientMessage::Push { commands }));
        } else {
            self.outbox = Outbox::Idle;
        }
    }

    fn fetch_missing(&mut self, effects: &mut Vec<Effect>) {
        for (cover, ()) in self.wanted.clone() {
            if !self.has(cover) && self.fetching.insert(cover, ()).is_none() {
                self.replica.expect(cover);
                effects.push(Effect::Fetch(cover));
            }
        }
    }

    fn fetched(&mut self, snapshot: &Snapshot, effects: &mut Vec<Effect>) {
        for cover in &snapshot.covers {
            self.fetching.remove(cover);
        }
        if self.epoch.is_some_and(|epoch| epoch != snapshot.epoch) {
            return self.start_over(effects);
        }
        if let Ok(touched) = self.replica.cover(snapshot) {
            if self.has(Cover::Workspace) {
                self.boot = Boot::Ready;
            }
            effects.push(Effect::Reveal(touched));
        } else {
            for cover in &snapshot.covers {
                self.replica.give_up(*cover);
            }
            effects.push(Effect::SetTimer(Timer::Refetch, 200, 600));
        }
    }

    fn connect(&mut self, effects: &mut Vec<Effect>) {
        if self.lead == Lead::Leader
            && !self.upgrade_required
            && matches!(self.link, Link::Closed | Link::Backoff)
        {
            self.link = Link::Connecting;
            effects.push(Effect::StopTimer(Timer::Reconnect));
            effects.push(Effect::SetTimer(
                Timer::Silence,
                SILENCE_MS_MAX,
                SILENCE_MS_MAX,
            ));
            effects.push(Effect::Connect);
        }
    }

    fn connected(&mut self, effects: &mut Vec<Effect>) {
        if self.link != Link::Connecting {
            return;
        }
        let known = self.epoch.is_some();
        effects.push(Effect::Send(ClientMessage::Hello(Hello {
            proto: VERSION,
            schema: SCHEMA,
            workspace: self.settings.workspace,
            replica: self.settings.replica,
            epoch: self.epoch,
            cursor: known.then(|| self.replica.cursor()),
            scopes: self.scopes.clone(),
        })));
    }

    fn disconnected(&mut self, effects: &mut Vec<Effect>) {
        if self.link == Link::Closed {
            return;
        }
        let longest = BACKOFF_MS_MIN
            .saturating_mul(1 << self.attempts.min(10))
            .min(BACKOFF_MS_MAX);
        self.attempts = self.attempts.saturating_add(1);
        self.wait(longest, effects);
    }

    fn wait(&mut self, longest_ms: u32, effects: &mut Vec<Effect>) {
        self.link = Link::Backoff;
        if matches!(self.outbox, Outbox::Sending(_)) {
            self.outbox = Outbox::Uncertain;
        }
        effects.push(Effect::StopTimer(Timer::Ping));
        effects.push(Effect::StopTimer(Timer::Silence));
        effects.push(Effect::SetTimer(
            Timer::Reconnect,
            longest_ms / 2,
            longest_ms,
        ));
    }

    /// Closes the socket by ourselves and comes back soon.
    fn reconnect(&mut self, effects: &mut Vec<Effect>) {
        effects.push(Effect::Disconnect);
        self.wait(BACKOFF_MS_MIN, effects);
    }

    fn signed_out(&mut self, why: String, effects: &mut Vec<Effect>) {
        self.close(effects);
        effects.push(Effect::SignIn(why));
    }

    fn close(&mut self, effects: &mut Vec<Effect>) {
        self.wait(BACKOFF_MS_MAX, effects);
        self.link = Link::Closed;
        effects.push(Effect::StopTimer(Timer::Reconnect));
        effects.push(Effect::Disconnect);
    }

    fn led(&mut self, lead: Lead, effects: &mut Vec<Effect>) {
        self.lead = lead;
        match lead {
            Lead::Leader => self.connect(effects),
            Lead::Follower if self.link != Link::Closed => self.close(effects),
            Lead::Follower => {}
        }
    }

    fn tick(&mut self, timer: Timer, effects: &mut Vec<Effect>) {
        match timer {
            Timer::Reconnect if self.link == Link::Backoff => self.connect(effects),
            Timer::Ping if self.is_open() => {
                effects.push(Effect::Send(ClientMessage::Ping { t: 0.0 }));
                effects.push(Effect::SetTimer(Timer::Ping, PING_EVERY_MS, PING_EVERY_MS));
            }
            Timer::Silence if !matches!(self.link, Link::Closed | Link::Backoff) => {
                effects.push(Effect::Disconnect);
                self.disconnected(effects);
            }
            Timer::Refetch => self.fetch_missing(effects),
            Timer::Reconnect | Timer::Ping | Timer::Silence => {}
        }
    }

    /// Forgets all rows and fetches what is wanted anew; what is pending stays.
    fn start_over(&mut self, effects: &mut Vec<Effect>) {
        let touched = self.replica.reset();
        self.boot = Boot::Bootstrapping;
        self.epoch = None;
        self.scopes.clear();
        self.fetching.clear();
        effects.push(Effect::Reveal(touched));
        if !matches!(self.link, Link::Closed | Link::Backoff) {
            self.reconnect(effects);
        }
    }
}
