//! What the client does with what the server says.

use super::fetch::{CHECK_EVERY_MS, CHECK_FIRST_MS};
use super::settled::Settled;
use super::{ASKS_MAX, Client, Effect, Lead, Link, Outbox, Recall, Refused, Timer, lost};
use crate::ids::Epoch;
use crate::sorted::sorted_by_key;
use crate::sync::patch::{Op, Part};
use crate::sync::pending::Pending;
use crate::sync::protocol::{
    Answer, ClientMessage, Frame, Granted, Mode, Outcome, Own, PING_EVERY_MS, SILENCE_MS_MAX,
    ServerMessage, Welcome,
};
use crate::sync::rows::{Cover, Table};

/// How many answers are remembered to commands that are not known yet.
const EARLY_MAX: usize = 256;

impl Client {
    pub(super) fn received(&mut self, message: ServerMessage, effects: &mut Vec<Effect>) {
        if matches!(self.link, Link::Closed | Link::Backoff) {
            // A message of a socket that we have given up.
            return;
        }
        effects.push(Effect::SetTimer(
            Timer::Silence,
            SILENCE_MS_MAX,
            SILENCE_MS_MAX,
        ));
        match message {
            ServerMessage::Welcome(welcome) => self.welcome(welcome, effects),
            ServerMessage::Frame(frame) => self.frame(frame, effects),
            ServerMessage::Results { results } => self.results(results, effects),
            ServerMessage::Reset { .. } => self.start_over(effects),
            ServerMessage::Kick { why } => self.signed_out(why, effects),
            ServerMessage::Drain { spread_ms } => {
                effects.push(Effect::Disconnect);
                self.wait(spread_ms.max(1), effects);
            }
            ServerMessage::Pong { server_time, .. } => {
                self.mine.set_now(server_time);
                self.mine.forget_old();
                effects.push(Effect::ServerTime(server_time));
            }
            ServerMessage::Present { project, people } => {
                effects.push(Effect::People(project, people));
            }
        }
    }

    fn welcome(&mut self, welcome: Welcome, effects: &mut Vec<Effect>) {
        if self.link != Link::Connecting {
            return self.reconnect(effects);
        }
        if self.would_go_back(&welcome) {
            // The leader has not noticed yet that the server is gone, or that another page leads.
            return self.disconnected(effects);
        }
        self.mine.set_now(welcome.server_time);
        effects.push(Effect::ServerTime(welcome.server_time));
        match welcome.mode {
            Mode::UpgradeRequired => {
                self.upgrade_required = true;
                self.close(effects);
                effects.push(Effect::OfferReload);
                return;
            }
            Mode::Bootstrap => self.bootstrap(welcome.epoch, welcome.head, effects),
            Mode::CatchUp => {}
        }
        self.attempts = 0;
        match self.ladder.welcomed() {
            Some(after_ms) => effects.push(Effect::SetTimer(Timer::Climb, after_ms, after_ms)),
            None => effects.push(Effect::StopTimer(Timer::Climb)),
        }
        self.link = Link::CatchingUp;
        self.head = welcome.head;
        self.replica.welcomed(welcome.head);
        self.take_scopes(welcome.scopes, welcome.head, effects);
        self.go_live();
        effects.push(Effect::SetTimer(Timer::Ping, PING_EVERY_MS, PING_EVERY_MS));
        effects.push(Effect::SetTimer(
            Timer::Check,
            CHECK_FIRST_MS,
            CHECK_EVERY_MS / 4,
        ));
        effects.push(Effect::Send(ClientMessage::Presence(self.presence.clone())));
        match self.lead {
            Lead::Leader => {
                self.judged = welcome.last_mid;
                self.recall = Recall::Idle;
                if self.revived != Some(welcome.epoch) {
                    (self.revived, self.is_reviving) = (Some(welcome.epoch), true);
                    effects.push(Effect::Revive(welcome.epoch, welcome.last_mid));
                }
            }
            Lead::Follower => self.done = Some((welcome.last_mid, welcome.head)),
        }
        self.drop_done(effects);
        // Everything unanswered goes again, judged or not: the server answers the judged ones as it did before.
        self.outbox = Outbox::Idle;
        self.push(effects);
    }

    /// Whether a leader begins anew as of before where the rows are, or were: an answer may also be a late one, to what was
    /// asked of a former leader.
    fn would_go_back(&self, welcome: &Welcome) -> bool {
        let now = self.epoch.map(|epoch| (epoch, self.replica.reached()));
        let is_further = |(epoch, seq)| epoch == welcome.epoch && seq > welcome.head;
        self.lead == Lead::Follower
            && welcome.mode == Mode::Bootstrap
            && self.attempts < ASKS_MAX
            && (self.furthest.is_some_and(is_further) || now.is_some_and(is_further))
    }

    /// Drops what is pending though its changes are in the base: nothing else would come for it.
    ///
    /// A leader says up to which number this browser's commands are settled in its rows. A follower sends none itself: it
    /// would wait for ever for the answer to what it has read in the store.
    pub(super) fn drop_done(&mut self, effects: &mut Vec<Effect>) {
        if let Some((mid, seq)) = self.done {
            self.replica.done_up_to(mid, seq);
        }
        let cursor = self.replica.cursor();
        let is_here = |pending: &Pending| pending.done_at.is_some_and(|seq| seq <= cursor);
        let settled = self.replica.pending().iter().filter(|p| is_here(p));
        let settled: Vec<Own> = settled.filter_map(Pending::own).collect();
        let touched = self.replica.drop_pending(is_here);
        self.settle(settled, effects);
        effects.push(Effect::Reveal(touched));
    }

    /// The effects of commands are here: whoever reads the store again has not to take them for new.
    fn settle(&mut self, settled: Vec<Own>, effects: &mut Vec<Effect>) {
        for own in settled {
            self.settled.note_one(own);
            effects.push(Effect::Forget(own));
        }
    }

    fn bootstrap(&mut self, epoch: Epoch, head: u64, effects: &mut Vec<Effect>) {
        let touched = self.reset();
        effects.push(Effect::Reveal(touched));
        self.boot = super::Boot::Bootstrapping;
        self.scopes.clear();
        self.is_outdated = false;
        // What is gone for good meanwhile, nobody tells.
        self.mine.forget();
        self.replica.keep_again();
        if self.epoch != Some(epoch) {
            // What was answered in another life of the log is to be sent again, as far as it is still kept.
            self.replica.doubt();
            self.early.clear();
            (self.doubts, self.settled, self.done) = (true, Settled::default(), None);
            if self.lead == Lead::Follower {
                effects.push(Effect::Recall);
            }
        }
        self.epoch = Some(epoch);
        self.begun_at = head;
        self.replica.begin_at(head);
    }

    fn frame(&mut self, frame: Frame, effects: &mut Vec<Effect>) {
        let is_welcome = self.link != Link::Connecting;
        if !is_welcome && self.lead == Lead::Follower {
            // What a leader hears before it answers is part of its answer. Asked anew at each frame, it would answer for ever
            // what is not asked any more.
            return;
        }
        if !is_welcome || frame.from != self.replica.cursor() || frame.to < frame.from {
            // Something is missing: the cursor tells the server what.
            return self.reconnect(effects);
        }
        let to = frame.to;
        if let Some(scopes) = frame.scopes {
            self.take_scopes(scopes, to, effects);
        }
        let parts = self.as_seen(frame.parts);
        let settles = |pending: &Pending| {
            pending.own().is_some_and(|own| frame.own.contains(&own))
                || pending.done_at.is_some_and(|seq| seq <= to)
        };
        let settled = self
            .replica
            .pending()
            .iter()
            .filter(|pending| settles(pending));
        let mut settled: Vec<Own> = settled.filter_map(Pending::own).collect();
        let advanced = self.replica.advance(to, &parts, settles);
        let Ok(touched) = advanced else {
            return self.start_over(effects);
        };
        if let Some(epoch) = self.epoch {
            self.mine.look(self.settings.me, epoch, to, &parts);
        }
        // The server judges in order, so all before were judged too.
        let last = frame.own.iter().map(|own| own.0).max().unwrap_or(0);
        self.judged = self.judged.max(last);
        for own in &frame.own {
            self.settled.note(*own);
        }
        settled.extend(frame.own);
        let mut settled = sorted_by_key(settled, |own| *own);
        settled.dedup();
        self.settle(settled, effects);
        effects.push(Effect::Reveal(touched));
        if parts.iter().any(|part| self.moves_what_is_wanted(part)) {
            self.fetch_missing(effects);
        }
        self.go_live();
    }

    /// Whether a task came or went whose texts a page shows: what is here of them may not be all of them.
    fn moves_what_is_wanted(&self, part: &Part) -> bool {
        part.changes.iter().any(|change| {
            change.key.table == Table::Tasks
                && matches!(change.op, Op::Put(_) | Op::Evict)
                && self.wanted.contains_key(&Cover::Task(change.key.id.into()))
        })
    }

    /// Leaves out what is from before the person saw it as they do: a fresh snapshot holds what became of that. Who hears it
    /// from a leader may know already what the leader was told only later.
    fn as_seen(&self, mut parts: Vec<Part>) -> Vec<Part> {
        let since = |scope| self.scopes.iter().find(|granted| granted.0 == scope);
        parts.retain(|part| since(part.scope).is_some_and(|granted| part.seq >= granted.1));
        parts
    }

    fn go_live(&mut self) {
        if self.link == Link::CatchingUp && self.replica.cursor() >= self.head {
            self.link = Link::Live;
        }
    }

    /// Takes over what the person sees as of a number: rows of what they no longer see, or see anew, are forgotten.
    fn take_scopes(&mut self, scopes: Vec<Granted>, as_of: u64, effects: &mut Vec<Effect>) {
        let lost = lost(&self.scopes, &scopes);
        let gained = scopes.iter().any(|granted| !self.scopes.contains(granted));
        let newest = scopes.iter().map(|granted| granted.1).fold(as_of, u64::max);
        self.scopes = scopes;
        self.mine.keep_seen(&self.scopes);
        if !lost.is_empty() {
            let (touched, _) = self.replica.forget(&lost);
            effects.push(Effect::Reveal(touched));
        }
        if gained || !lost.is_empty() {
            self.replica.require(newest);
        }
        // The frame of a newly visible project comes with the workspace's snapshot.
        self.is_outdated |= gained;
        self.fetch_missing(effects);
    }

    pub(super) fn results(&mut self, results: Vec<Answer>, effects: &mut Vec<Effect>) {
        let is_asked = matches!(self.outbox, Outbox::Sending(_));
        if self.lead == Lead::Leader && !is_asked {
            return;
        }
        let mut is_forked = false;
        let mut is_set_back = false;
        // What the server is known to have judged before this.
        let before = self.judged;
        for answer in results {
            let found = self
                .replica
                .pending()
                .iter()
                // What is done may have its number from before all was numbered anew.
                .find(|p| p.mid == Some(answer.mid) && p.done_at.is_none());
            let found = found.map(|p| (p.cid, p.made_here, p.command.clone()));
            let is_judged = matches!(answer.outcome, Outcome::Done(_) | Outcome::Refused(_));
            if is_judged {
                self.judged = self.judged.max(answer.mid);
            }
            let Some((cid, made_here, command)) = found else {
                if is_judged && self.lead == Lead::Follower && !self.settled.is_past(answer.mid) {
                    if self.early.len() == EARLY_MAX {
                        self.early.remove(0);
                    }
                    self.early.push(answer);
                }
                continue;
            };
            match answer.outcome {
                Outcome::Done(seq) => {
                    if let Some(pending) = self.replica.pending_mut(cid) {
                        pending.done_at = Some(seq);
                    }
                    if seq <= self.replica.cursor() {
                        let touched = self.replica.drop_pending(|pending| pending.cid == cid);
                        self.settle(vec![Own(answer.mid, cid)], effects);
                        effects.push(Effect::Reveal(touched));
                    }
                }
                Outcome::Refused(rejected) => {
                    let touched = self.replica.drop_pending(|pending| pending.cid == cid);
                    effects.push(Effect::Reveal(touched));
                    effects.push(Effect::Refused(Box::new(Refused {
                        cid,
                        mid: Some(answer.mid),
                        made_here,
                        command,
                        rejected,
                    })));
                }
                // A request may reach a server that was set back before the link shows it: it lacks what it had judged.
                Outcome::Gap(expected) if expected <= before => is_set_back = true,
                Outcome::Gap(_) | Outcome::Forked => is_forked = true,
            }
        }
        if self.lead == Lead::Follower {
            return;
        }
        self.outbox = Outbox::Idle;
        if is_forked {
            // Numbers that the server does not expect: all that is pending is numbered anew under a new identity.
            effects.push(Effect::NewReplica);
            self.reconnect(effects);
        } else if is_set_back {
            // The welcome says in which life of the log it is, and up to where it has judged. What it has lost is sent
            // again then, by its numbers; under another identity nobody could tell any more what that is.
            self.reconnect(effects);
        } else {
            self.push(effects);
        }
    }
}
