//! The browser's side of the engine as a state machine: [`Client::step`] takes an event and answers effects.
//!
//! No clock, no chance, no socket and no storage in here: the driver owns those and reports back with events. So the same
//! code runs in a browser, natively, and in a simulator. Regions run side by side: [`Boot`], [`Link`], [`Outbox`], [`Lead`].

mod events;
mod fetch;
mod kept;
mod overwritten;
mod receive;
mod relay;
mod settled;
#[cfg(test)]
mod tests;
mod transport;

pub use events::{
    Boot, Effect, Event, Lead, Link, LinkState, Outbox, Refused, Settings, Standing, Timer,
};
pub use overwritten::{Mine, Overwritten};
pub use relay::{Heard, RELAYED_FRAMES_MAX, Relay, TabMessage};
pub use transport::Transport;

use super::command::Command;
use super::keep::{Header, Write};
use super::pending::{Pending, UNKNOWN};
use super::protocol::{
    Answer, ClientMessage, Granted, Hello, Numbered, Outcome, PING_EVERY_MS, PUSH_COMMANDS_MAX,
    Presence, SCHEMA, VERSION,
};
use super::replica::Replica;
use super::rows::{Cover, Key, Scope};
use super::snapshot::Snapshot;
use super::tx::Context;
use crate::ids::{CommandId, Epoch, ReplicaId, WorkspaceId};
use crate::sorted::SortedMap;
use settled::Settled;
use std::collections::BTreeSet;
use transport::Ladder;

/// The first wait before connecting again, in milliseconds; it doubles up to [`BACKOFF_MS_MAX`].
const BACKOFF_MS_MIN: u32 = 500;
/// The longest wait before connecting again, in milliseconds.
const BACKOFF_MS_MAX: u32 = 30_000;

/// How often a follower asks again, where its leader would begin the rows anew as of before what the page has seen.
const ASKS_MAX: u32 = 8;

/// How long a connection may take until its welcome, in milliseconds.
const WELCOME_MS_MAX: u32 = 10_000;

/// Whether the store is asked for a command that seems to be missing. What follows waits for what the store says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recall {
    Idle,
    Asked,
    Answered,
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
    /// What was asked for and not answered yet.
    fetching: SortedMap<Cover, ()>,
    /// Whether projects have become visible whose frame is not here: the workspace is to be fetched anew, though it is held.
    is_outdated: bool,
    /// How far the rows were before they were last begun anew, and in which life of the log.
    furthest: Option<(Epoch, u64)>,
    /// The number at which the rows were last begun anew: frames from before it may be of another life of the log.
    begun_at: u64,
    /// The number up to which the server has to get before the link counts as live.
    head: u64,
    /// The number of the last command that the server has judged, as far as known.
    judged: u64,
    /// The last number that this browser has given, as far as known. Where its profile was put back or cloned, the server
    /// has judged later ones, which are not those of this browser.
    given: u64,
    /// The commands of this browser whose effects are here.
    settled: Settled,
    /// What a leader said became of commands that are not known here yet: the word of the page that kept them is slower.
    early: Vec<Answer>,
    /// What a leader said: up to which number this browser's commands are settled, as of where in the order.
    done: Option<(u64, u64)>,
    /// What this person changed, and others overwrote.
    mine: Mine,
    /// Whether the kept commands are read again because one seems to be missing.
    recall: Recall,
    /// The life of the log for which the store was asked what the server may have lost.
    revived: Option<Epoch>,
    /// Whether the store has yet to answer. Nothing is sent before: what was lost comes first.
    is_reviving: bool,
    /// Whether another life of the log has begun, so that what is pending is compared with what is kept.
    doubts: bool,
    attempts: u32,
    /// How often it has said hello.
    asked: u64,
    ladder: Ladder,
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
            is_outdated: false,
            furthest: None,
            begun_at: 0,
            head: 0,
            judged: 0,
            given: 0,
            settled: Settled::default(),
            early: Vec::new(),
            done: None,
            mine: Mine::default(),
            recall: Recall::Idle,
            revived: None,
            is_reviving: false,
            doubts: false,
            attempts: 0,
            asked: 0,
            ladder: Ladder::new(),
            presence: Presence::default(),
            upgrade_required: false,
        }
    }

    /// The workspace.
    pub fn workspace(&self) -> WorkspaceId {
        self.settings.workspace
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
        let pending = self.replica.pending();
        LinkState {
            link: self.link,
            transport: self.ladder.current,
            unsent: pending.len(),
            unsaved: pending.iter().filter(|p| p.mid.is_none()).count(),
        }
    }

    /// How far the changes of a row have come that the server has not confirmed: the least of them.
    pub fn standing(&self, key: Key) -> Option<Standing> {
        let under_way = match self.outbox {
            Outbox::Sending(last) | Outbox::Uncertain(last) => last,
            Outbox::Idle => 0,
        };
        let standing = |pending: &Pending| match pending.mid {
            _ if pending.done_at.is_some() => Standing::Sent,
            None => Standing::Shown,
            Some(mid) if mid <= under_way => Standing::Sent,
            Some(_) => Standing::Saved,
        };
        let pending = self.replica.pending().iter();
        pending.filter(|p| p.wrote(key)).map(standing).min()
    }

    /// The life of the log that the rows are of.
    pub fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// What the person sees.
    pub fn scopes(&self) -> &[Granted] {
        &self.scopes
    }

    /// Whether this page speaks for the browser's pages.
    pub fn lead(&self) -> Lead {
        self.lead
    }

    /// What is to be kept of the rows, in one transaction, where the store's header is `stored`. The driver writes it and
    /// answers with [`Event::Written`]. Only the leader keeps rows.
    pub fn write(&mut self, stored: Option<&Header>) -> Option<Write> {
        let epoch = self.epoch.filter(|_| self.keeps_rows())?;
        self.replica.write(epoch, &self.scopes, &self.mine, stored)
    }

    /// Only the leader keeps rows, and only when they are as complete as they claim to be.
    fn keeps_rows(&self) -> bool {
        self.lead == Lead::Leader && !self.is_outdated
    }

    /// Whether something that a page asked for is complete.
    pub fn has(&self, cover: Cover) -> bool {
        self.replica.has(cover)
    }

    /// The identity under which commands are numbered.
    pub fn writer(&self) -> ReplicaId {
        self.settings.replica
    }

    /// How often it has said hello. Whoever answers over a way that outlives a connection says by this to which.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// What somebody overwrote of this person's, as far as they are still to be told.
    pub fn overwritten(&self) -> Vec<Overwritten> {
        self.mine.told()
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
            Event::Restored(replica, given, kept) => {
                self.restored(replica, given, kept, &mut effects);
            }
            Event::Revived(replica, given, kept) => {
                self.is_reviving = false;
                self.restored(replica, given, kept, &mut effects);
            }
            Event::Joined(kept) => self.joined(vec![*kept], &mut effects),
            Event::Opened(header, chunks) => self.opened(&header, &chunks, &mut effects),
            Event::Written(Some(header)) => self.replica.written(&header),
            Event::Written(None) => self.replica.not_written(),
            Event::Want(cover) => {
                self.wanted.insert(cover, ());
                self.fetch_missing(&mut effects);
            }
            Event::Fetched(snapshot) => self.fetched(&snapshot, &mut effects),
            Event::FetchFailed(cover) => self.fetch_failed(cover, &mut effects),
            Event::FetchRefused(cover) => self.fetch_refused(cover, &mut effects),
            Event::Diverged(cover) => self.diverged(cover, &mut effects),
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
            Event::LetGo(key, field) => {
                if self.mine.let_go(key, &field) {
                    self.replica.keep_again();
                    effects.push(Effect::LetGo(key, field));
                }
            }
        }
        if self.mine.take_news() {
            effects.push(Effect::Overwritten(self.mine.told()));
        }
        if self.state() != before {
            effects.push(Effect::Status);
        }
        if self.keeps_rows() && self.epoch.is_some() && self.replica.is_unkept() {
            effects.push(Effect::Keep);
        }
        effects
    }

    /// The number up to which the effects of all commands of this browser are in the rows.
    fn settled_up_to(&self) -> u64 {
        let first = self.replica.pending().iter().filter_map(|p| p.mid).min();
        let ours = self.judged.min(self.given);
        first.map_or(ours, |first| ours.min(first - 1))
    }

    /// What followers may have missed of the answers to later commands: what is done and not here yet, and what is settled.
    fn answers(&self) -> Vec<Answer> {
        let done = |mid| {
            let pending = self.replica.pending().iter().find(|p| p.mid == Some(mid));
            let done_at = pending.map_or(Some(self.replica.reached()), |pending| pending.done_at);
            done_at.filter(|seq| *seq != UNKNOWN)
        };
        let judged = self.settled_up_to() + 1..=self.judged.min(self.given);
        let answer = |mid| {
            let outcome = Outcome::Done(done(mid)?);
            Some(Answer { mid, outcome })
        };
        judged.filter_map(answer).collect()
    }

    fn is_open(&self) -> bool {
        matches!(self.link, Link::CatchingUp | Link::Live)
    }

    fn seed(&mut self, snapshot: &Snapshot, scopes: Vec<Granted>, effects: &mut Vec<Effect>) {
        self.replica.begin_at(snapshot.seq);
        self.epoch = Some(snapshot.epoch);
        self.scopes = scopes;
        match self.replica.cover(snapshot, |_| true) {
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
            Err(rejected) => effects.push(Effect::Refused(Box::new(Refused {
                cid: context.cid,
                mid: None,
                made_here: true,
                command,
                rejected,
            }))),
        }
    }

    fn stored(&mut self, cid: CommandId, mid: u64, effects: &mut Vec<Effect>) {
        self.given = self.given.max(mid);
        let touched = self.replica.number(cid, mid);
        effects.push(Effect::Reveal(touched));
        self.push(effects);
    }

    /// Sends what is stored and unanswered, if nothing is under way.
    fn push(&mut self, effects: &mut Vec<Effect>) {
        let is_busy = matches!(self.outbox, Outbox::Sending(_));
        if self.lead == Lead::Follower || !self.is_open() || is_busy || self.is_reviving {
            return;
        }
        let mut commands = Vec::new();
        let mut expected = self.judged + 1;
        for pending in self.replica.pending() {
            // In order and without gaps: what is not stored yet holds back what follows.
            let Some(mid) = pending.mid else { break };
            if pending.done_at.is_some() {
                expected = expected.max(mid + 1);
                continue;
            }
            if mid > expected && self.recall != Recall::Answered {
                // Another page has stored a command of which we have not heard.
                if self.recall == Recall::Idle {
                    self.recall = Recall::Asked;
                    effects.push(Effect::Recall);
                }
                break;
            }
            expected = expected.max(mid + 1);
            commands.push(Numbered::new(
                mid,
                pending.cid,
                Some(pending.seen),
                &pending.command,
            ));
            if commands.len() == PUSH_COMMANDS_MAX {
                break;
            }
        }
        if let Some(last) = commands.last() {
            self.recall = Recall::Idle;
            self.outbox = Outbox::Sending(last.mid);
            effects.push(Effect::Send(ClientMessage::Push { commands }));
        } else {
            self.outbox = Outbox::Idle;
        }
    }

    fn connect(&mut self, effects: &mut Vec<Effect>) {
        if !self.upgrade_required && matches!(self.link, Link::Closed | Link::Backoff) {
            self.link = Link::Connecting;
            effects.push(Effect::StopTimer(Timer::Reconnect));
            // A proxy may take a connection and never answer.
            effects.push(Effect::SetTimer(
                Timer::Silence,
                WELCOME_MS_MAX,
                WELCOME_MS_MAX,
            ));
            // A follower's leader is in the same browser: there is one way.
            let way = match self.lead {
                Lead::Leader => self.ladder.next(),
                Lead::Follower => Transport::Socket,
            };
            effects.push(Effect::Connect(way));
        }
    }

    fn connected(&mut self, effects: &mut Vec<Effect>) {
        if self.link == Link::Connecting {
            self.asked += 1;
            effects.push(Effect::Send(ClientMessage::Hello(self.hello())));
        }
    }

    /// How the client introduces itself, as of now.
    pub fn hello(&self) -> Hello {
        let known = self.epoch.is_some();
        Hello {
            proto: VERSION,
            schema: SCHEMA,
            workspace: self.settings.workspace,
            replica: self.settings.replica,
            epoch: self.epoch,
            cursor: known.then(|| self.replica.cursor()),
            scopes: self.scopes.clone(),
        }
    }

    fn disconnected(&mut self, effects: &mut Vec<Effect>) {
        if self.link == Link::Closed {
            return;
        }
        let is_own = self.link == Link::Connecting && self.lead == Lead::Leader;
        if is_own && self.ladder.failed() {
            self.wait(BACKOFF_MS_MIN, effects);
            return self.connect(effects);
        }
        let longest = BACKOFF_MS_MIN
            .saturating_mul(1 << self.attempts.min(10))
            .min(BACKOFF_MS_MAX);
        self.attempts = self.attempts.saturating_add(1);
        self.wait(longest, effects);
    }

    fn wait(&mut self, longest_ms: u32, effects: &mut Vec<Effect>) {
        self.link = Link::Backoff;
        if let Outbox::Sending(last) = self.outbox {
            self.outbox = Outbox::Uncertain(last);
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

    /// A leader's link leads to the server, a follower's to its leader: a change of the lead is a change of the link.
    fn led(&mut self, lead: Lead, effects: &mut Vec<Effect>) {
        if self.lead != lead && self.link != Link::Closed {
            self.close(effects);
        }
        if self.lead != lead {
            self.ladder = Ladder::new();
        }
        self.lead = lead;
        self.done = None;
        self.early.clear();
        // Another page may have led in between.
        (self.revived, self.is_reviving) = (None, false);
        self.attempts = 0;
        self.connect(effects);
    }

    fn tick(&mut self, timer: Timer, effects: &mut Vec<Effect>) {
        match timer {
            Timer::Reconnect if self.link == Link::Backoff => self.connect(effects),
            Timer::Ping if self.is_open() && self.lacks_an_answer() => self.reconnect(effects),
            Timer::Ping if self.is_open() => {
                effects.push(Effect::Send(ClientMessage::Ping { t: 0.0 }));
                effects.push(Effect::SetTimer(Timer::Ping, PING_EVERY_MS, PING_EVERY_MS));
            }
            Timer::Silence if !matches!(self.link, Link::Closed | Link::Backoff) => {
                effects.push(Effect::Disconnect);
                self.disconnected(effects);
            }
            Timer::Refetch => self.fetch_missing(effects),
            Timer::Climb if self.is_open() && self.ladder.climb() => {
                effects.push(Effect::Disconnect);
                self.wait(BACKOFF_MS_MIN, effects);
                self.connect(effects);
            }
            Timer::Check if self.is_open() => self.check(effects),
            Timer::Reconnect | Timer::Ping | Timer::Silence | Timer::Climb | Timer::Check => {}
        }
    }

    /// Whether a leader has heard what became of a command, and this page has not: it came to know the command only later.
    fn lacks_an_answer(&self) -> bool {
        let is_judged = |it: &Pending| it.done_at.is_none() && it.mid <= Some(self.judged);
        let mut stored = self.replica.pending().iter().filter(|it| it.mid.is_some());
        self.lead == Lead::Follower && stored.any(is_judged)
    }

    /// Forgets all rows and fetches what is wanted anew; what is pending stays.
    fn start_over(&mut self, effects: &mut Vec<Effect>) {
        let touched = self.reset();
        self.boot = Boot::Bootstrapping;
        self.epoch = None;
        self.scopes.clear();
        self.is_outdated = false;
        effects.push(Effect::Reveal(touched));
        if !matches!(self.link, Link::Closed | Link::Backoff) {
            self.reconnect(effects);
        }
    }

    /// Forgets all rows, and remembers how far they were.
    fn reset(&mut self) -> BTreeSet<Key> {
        let reached = self.replica.reached();
        if let Some(epoch) = self.epoch {
            let before = self.furthest.filter(|before| before.0 == epoch);
            let furthest = before.map_or(reached, |(_, before)| before.max(reached));
            self.furthest = Some((epoch, furthest));
        }
        self.replica.reset()
    }
}

/// The scopes of `before` that are not there any more, or only anew.
fn lost(before: &[Granted], now: &[Granted]) -> Vec<Scope> {
    let gone = before.iter().filter(|known| !now.contains(known));
    let scopes = gone.map(|known| known.0);
    // Everybody who is here at all has the workspace itself.
    scopes.filter(|scope| *scope != Scope::Workspace).collect()
}
