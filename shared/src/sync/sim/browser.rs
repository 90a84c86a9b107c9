//! A browser: what its pages share. Commands are kept strictly, rows behind, and one page leads.
//!
//! The driver of the app owns all this; here is a model of it, with transactions that happen whole or not at all.

use super::Simulation;
use super::agenda::{Happening, short};
use super::chance::Chance;
use super::mutant::Mutant;
use super::oracle::{Checked, require};
use super::page::{Page, PageId};
use crate::ids::{CommandId, Epoch, ReplicaId, UserId};
use crate::sync::protocol::{Own, ServerMessage};
use crate::sync::{
    Acked, ChunkKey, Event, Header, Heard, Kept, Lead, Readable, Relay, TabMessage, Transport,
    Write,
};
use crate::values::Time;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// A browser profile's place among all.
pub(super) type BrowserId = usize;

/// Commands that are kept until they are judged, and the identity they are numbered under.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    pub(super) replica: ReplicaId,
    pub(super) last_mid: u64,
    pub(super) kept: BTreeMap<u64, Kept>,
    /// Commands that took effect, as long as they are remembered.
    pub(super) acked: Vec<Acked>,
}

impl Outbox {
    fn empty(replica: ReplicaId) -> Self {
        Self {
            replica,
            last_mid: 0,
            kept: BTreeMap::new(),
            acked: Vec::new(),
        }
    }

    /// The commands of which it could tell a server that has lost them.
    pub(super) fn remembers(&self) -> impl Iterator<Item = CommandId> {
        let acked = self.acked.iter();
        let own = acked.filter(|acked| acked.replica == self.replica);
        let kept = self.kept.values().map(|kept| kept.cid);
        own.map(|acked| acked.kept.cid).chain(kept)
    }
}

/// The rows that are kept.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    header: Header,
    chunks: BTreeMap<ChunkKey, String>,
    /// What the oracles know of it: as of when the newest rows are; a snapshot may have been ahead of the cursor.
    ahead: u64,
}

/// A browser profile.
#[derive(Debug)]
pub(super) struct Browser {
    pub(super) user: UserId,
    pub(super) outbox: Outbox,
    pub(super) rows: Option<Rows>,
    pub(super) leader: Option<PageId>,
    /// Whether a proxy lets sockets and streams through.
    pub(super) passes: Passes,
    /// When the channel between the pages has delivered what one of them told another: it keeps each one's order alone.
    channel_until: BTreeMap<(PageId, PageId), u64>,
}

/// What a proxy lets through; polls always.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passes {
    pub(super) sockets: bool,
    pub(super) streams: bool,
}

impl Passes {
    pub(super) fn some(chance: &mut Chance) -> Self {
        Self {
            sockets: chance.percent(65),
            streams: chance.percent(50),
        }
    }

    pub(super) fn lets(self, way: Transport) -> bool {
        match way {
            Transport::Socket => self.sockets,
            Transport::Stream => self.streams,
            Transport::Poll => true,
        }
    }
}

impl Browser {
    pub(super) fn new(user: UserId, replica: ReplicaId, passes: Passes) -> Self {
        Self {
            user,
            outbox: Outbox::empty(replica),
            rows: None,
            leader: None,
            passes,
            channel_until: BTreeMap::new(),
        }
    }

    /// Everything that was stored is gone.
    pub(super) fn wipe(&mut self, replica: ReplicaId) {
        self.rows = None;
        self.outbox = Outbox::empty(replica);
    }

    fn apply(&mut self, write: &Write, ahead: u64) {
        let rows = self.rows.get_or_insert_with(|| Rows {
            header: write.header.clone(),
            chunks: BTreeMap::new(),
            ahead,
        });
        if write.replace {
            rows.chunks.clear();
        }
        rows.header.clone_from(&write.header);
        rows.ahead = rows.ahead.max(ahead);
        for (key, chunk) in &write.chunks {
            match chunk {
                Some(text) => drop(rows.chunks.insert(*key, text.clone())),
                None => drop(rows.chunks.remove(key)),
            }
        }
    }
}

impl Simulation {
    pub(super) fn browser_of(&mut self, id: PageId) -> &mut Browser {
        let browser = self.page(id).browser;
        &mut self.browsers[browser]
    }

    /// The pages of a browser, in the order in which they were opened.
    pub(super) fn pages_of(&self, browser: BrowserId) -> Vec<PageId> {
        let pages = self.pages.iter();
        pages
            .filter(|(_, page)| page.browser == browser)
            .map(|(id, _)| *id)
            .collect()
    }

    /// A page has opened the browser's stores.
    pub(super) fn open_stores(&mut self, id: PageId) -> Checked {
        if !self.pages.contains_key(&id) {
            return Ok(());
        }
        self.page(id).has_stores = true;
        self.recall(id)?;
        self.read_rows(id)?;
        for _ in 0..self.page(id).unstored.len() {
            self.agenda.after(0, Happening::Store(id));
        }
        let lead = if self.browser_of(id).leader.is_some() {
            Lead::Follower
        } else {
            self.browser_of(id).leader = Some(id);
            Lead::Leader
        };
        self.led(id, lead)
    }

    /// Reads what is kept of the rows: at the beginning, and when it comes to lead, as another page may have kept more.
    fn read_rows(&mut self, id: PageId) -> Checked {
        let Some(rows) = self.browser_of(id).rows.clone() else {
            return Ok(());
        };
        let cursor = rows.header.cursor;
        self.note(format_args!("{id:?} reads rows as of {cursor}"));
        let page = self.page(id);
        // What is kept may be older than the rows of the page: then the cursor goes back by intent.
        page.furthest = None;
        page.ahead = page.ahead.max(page.client.replica().cursor());
        let epoch = page.client.epoch();
        if epoch.is_none_or(|epoch| epoch == rows.header.epoch) {
            page.ahead = page.ahead.max(rows.ahead).max(cursor);
        }
        let chunks = rows.chunks.into_iter().collect();
        self.feed(id, Event::Opened(rows.header, chunks))
    }

    /// Reads which commands are kept.
    pub(super) fn recall(&mut self, id: PageId) -> Checked {
        match self.read_outbox(id) {
            Some((replica, given, kept)) => self.feed(id, Event::Restored(replica, given, kept)),
            None => Ok(()),
        }
    }

    fn read_outbox(&mut self, id: PageId) -> Option<(ReplicaId, u64, Vec<Readable>)> {
        if !self.pages.get(&id).is_some_and(|page| page.has_stores) {
            return None;
        }
        let outbox = &self.browser_of(id).outbox;
        let kept = outbox.kept.values().cloned();
        let (replica, given) = (outbox.replica, outbox.last_mid);
        let kept = kept.filter_map(Kept::read).collect();
        let page = self.page(id);
        let (same, epoch) = (page.replica == replica, page.client.epoch());
        page.replica = replica;
        // Numbers of another identity, or of another life of the log, say nothing any more.
        page.settled.retain(|_, of| same && *of == epoch);
        Some((replica, given, kept))
    }

    /// What a server in this life of the log has lost is kept again.
    pub(super) fn revive(&mut self, id: PageId, epoch: Epoch, last_mid: u64) -> Checked {
        if !self.pages.contains_key(&id) {
            return Ok(());
        }
        let outbox = &mut self.browser_of(id).outbox;
        let replica = outbox.replica;
        let (now, before): (Vec<Acked>, Vec<Acked>) = std::mem::take(&mut outbox.acked)
            .into_iter()
            .partition(|acked| acked.epoch == epoch);
        outbox.acked = now;
        let lost = before
            .into_iter()
            .filter(|acked| acked.is_lost(epoch, replica, last_mid));
        let mut revived = 0;
        for Acked { kept, .. } in lost {
            outbox.kept.entry(kept.mid).or_insert(kept);
            revived += 1;
        }
        if revived > 0 {
            self.note(format_args!("{id:?} keeps {revived} again"));
            self.tell_tabs(id, &TabMessage::Renumbered);
        }
        match self.read_outbox(id) {
            Some((replica, given, kept)) => self.feed(id, Event::Revived(replica, given, kept)),
            None => Ok(()),
        }
    }

    /// A page's oldest unstored command is kept: number and command in one transaction.
    pub(super) fn store(&mut self, id: PageId) -> Checked {
        let Some(page) = self.pages.get_mut(&id).filter(|page| page.has_stores) else {
            return Ok(());
        };
        let Some(cid) = page.unstored.pop_front() else {
            return Ok(());
        };
        let pending = page.client.replica().pending();
        let Some(pending) = pending.iter().find(|pending| pending.cid == cid).cloned() else {
            return Ok(());
        };
        let in_memory = self.mutant == Some(Mutant::NumberInMemory);
        let mid = if in_memory {
            let page = self.page(id);
            page.last_mid += 1;
            page.last_mid
        } else {
            self.browser_of(id).outbox.last_mid + 1
        };
        let kept = Kept::of(mid, &pending);
        let outbox = &mut self.browser_of(id).outbox;
        outbox.last_mid = outbox.last_mid.max(mid);
        outbox.kept.insert(mid, kept.clone());
        let writer = outbox.replica;
        self.saved.insert(cid);
        let command = kept;
        self.tell_tabs(id, &TabMessage::Kept { writer, command });
        if writer != self.pages[&id].client.writer() {
            return self.recall(id);
        }
        self.feed(id, Event::Stored(cid, mid))
    }

    /// A command was settled or refused: it need not be kept any more.
    pub(super) fn unkeep(&mut self, id: PageId, mid: u64, cid: CommandId) {
        // Whoever was told that it was refused decides what becomes of it.
        self.owed.remove(&cid);
        let kept = &mut self.browser_of(id).outbox.kept;
        if kept.get(&mid).is_some_and(|kept| kept.cid == cid) {
            kept.remove(&mid);
        }
    }

    /// All that is unanswered is numbered anew, under another identity.
    pub(super) fn renumber(&mut self, id: PageId) -> Checked {
        if !self.pages.contains_key(&id) {
            return Ok(());
        }
        let replica: ReplicaId = self.chance.id();
        let page = self.page(id);
        let done = page.client.replica().pending().iter();
        let done: BTreeSet<CommandId> = done
            .filter(|pending| pending.done_at.is_some())
            .map(|pending| pending.cid)
            .collect();
        let settled = std::mem::take(&mut page.settled);
        let outbox = &mut self.browser_of(id).outbox;
        outbox.replica = replica;
        let before = std::mem::take(&mut outbox.kept);
        let unanswered = before.into_values();
        let unanswered =
            unanswered.filter(|it| !done.contains(&it.cid) && !settled.contains_key(&it.own()));
        outbox.kept = (1..)
            .zip(unanswered)
            .map(|(mid, kept)| (mid, Kept { mid, ..kept }))
            .collect();
        outbox.last_mid = outbox.kept.len() as u64;
        let acked: Vec<CommandId> = outbox.acked.iter().map(|acked| acked.kept.cid).collect();
        for cid in acked {
            // What was numbered under another identity cannot be told from what the server has.
            self.owed.remove(&cid);
        }
        self.page(id).last_mid = self.browser_of(id).outbox.last_mid;
        self.note(format_args!("{id:?} goes on as {}", short(replica.uuid())));
        self.tell_tabs(id, &TabMessage::Renumbered);
        self.recall(id)
    }

    /// A page writes its rows down: what it holds, if the store is not further.
    pub(super) fn keep_rows(&mut self, id: PageId) -> Checked {
        let Some(page) = self.pages.get_mut(&id) else {
            return Ok(());
        };
        page.is_keeping = false;
        if !page.has_stores {
            return Ok(());
        }
        let (ahead, rows) = (page.ahead, &self.browsers[page.browser].rows);
        let stored = rows.as_ref().map(|rows| rows.header.clone());
        let Some(write) = page.client.write(stored.as_ref()) else {
            return Ok(());
        };
        if !self.healing && self.chance.percent(self.plan.aborts) {
            self.feed(id, Event::Written(None))?;
            return self.forget_settled(id);
        }
        if self.mutant == Some(Mutant::CursorBeforeRows) && self.chance.percent(20) {
            // The browser is closed between the two.
            if let Some(rows) = &mut self.browser_of(id).rows {
                rows.header.clone_from(&write.header);
            }
            self.close_page(id);
            return Ok(());
        }
        self.browser_of(id).apply(&write, ahead);
        self.feed(id, Event::Written(Some(write.header)))?;
        self.forget_settled(id)
    }

    /// What is settled need not be kept any more: sent again, it would be answered as it was.
    fn forget_settled(&mut self, id: PageId) -> Checked {
        if !self.pages.contains_key(&id) {
            return Ok(());
        }
        for (Own(mid, cid), epoch) in std::mem::take(&mut self.page(id).settled) {
            let kept = &mut self.browser_of(id).outbox.kept;
            if kept.get(&mid).is_none_or(|kept| kept.cid != cid) {
                continue;
            }
            let kept = kept.remove(&mid);
            let outbox = &mut self.browser_of(id).outbox;
            outbox
                .acked
                .extend(kept.zip(epoch).map(|(kept, epoch)| Acked {
                    epoch,
                    replica: outbox.replica,
                    at: Time(0),
                    kept,
                }));
            let known = self.ledger.verdicts().contains_key(&cid);
            require(
                known || self.lost.contains(&cid),
                "P14 what is saved is kept",
                || {
                    let cid = short(cid.uuid());
                    format!("{id:?} forgets command {mid} {cid}, which was not judged")
                },
            )?;
        }
        Ok(())
    }

    /// A page begins or ceases to lead.
    pub(super) fn led(&mut self, id: PageId, lead: Lead) -> Checked {
        if self.pages.contains_key(&id) {
            self.note(format_args!("{id:?} is {lead:?}"));
            self.page(id).relay = Relay::default();
            if lead == Lead::Leader {
                self.read_rows(id)?;
            }
            self.feed(id, Event::Led(lead))?;
        }
        Ok(())
    }

    /// A page hears that another one leads.
    pub(super) fn depose(&mut self, id: PageId) -> Checked {
        let leads = |page: &Page| self.browsers[page.browser].leader == Some(id);
        match self.pages.get(&id) {
            Some(page) if !leads(page) => self.led(id, Lead::Follower),
            _ => Ok(()),
        }
    }

    /// A browser without a leader gets one.
    pub(super) fn elect(&mut self, browser: BrowserId) -> Checked {
        let leader = self.browsers[browser].leader;
        if leader.is_some_and(|leader| self.pages.contains_key(&leader)) {
            return Ok(());
        }
        let mut pages = self.pages_of(browser);
        pages.retain(|id| self.pages[id].has_stores);
        self.browsers[browser].leader = pages.first().copied();
        match pages.first() {
            Some(id) => self.led(*id, Lead::Leader),
            None => Ok(()),
        }
    }

    /// Sends a message to the other pages of the browser.
    pub(super) fn tell_tabs(&mut self, id: PageId, message: &TabMessage) {
        let browser = self.page(id).browser;
        for other in self.pages_of(browser) {
            if other != id {
                // A page in the background may take long to look at what it was told.
                let is_late = !self.healing && self.chance.percent(self.plan.tabs_late);
                let takes = if is_late {
                    self.happened.note("message between pages late");
                    self.chance.between(20, 2_000)
                } else {
                    self.chance.below(4)
                };
                let channel = &mut self.browsers[browser].channel_until;
                let behind = channel
                    .iter()
                    .filter(|(way, _)| way.1 == other && way.0 != id);
                let behind = behind.map(|(_, until)| *until).max().unwrap_or(0);
                let until = channel.entry((id, other)).or_default();
                let arrives = (self.agenda.now + takes).max(*until);
                *until = arrives;
                if arrives < behind {
                    self.happened
                        .note("message between pages before another's earlier one");
                }
                let message = Box::new(message.clone());
                self.agenda.at(arrives, Happening::Tab(other, message));
            }
        }
    }

    /// A page hears from another page.
    pub(super) fn heard_tab(&mut self, id: PageId, message: TabMessage) -> Checked {
        let Some(page) = self.pages.get(&id).filter(|page| page.has_stores) else {
            return Ok(());
        };
        let follows = page.client.lead() == Lead::Follower;
        self.note(format_args!(
            "{id:?} hears of a page: {}",
            name_of(&message)
        ));
        let page = &self.pages[&id];
        if let Some((leader, messages)) = message.to_follower(&page.client, page.tab, page.leader) {
            self.page(id).leader = Some(leader);
            return messages
                .iter()
                .try_for_each(|message| self.hear_of_leader(id, message));
        }
        match message {
            TabMessage::Kept { writer, .. } if writer != page.client.writer() => self.recall(id),
            TabMessage::Kept { command, .. } => match command.read() {
                Some(kept) => self.feed(id, Event::Joined(Box::new(kept))),
                None => Ok(()),
            },
            TabMessage::Renumbered => self.recall(id),
            TabMessage::Hello { tab, asked, hello } if !follows => {
                let now = Time(self.server_clock_ms);
                let page = &self.pages[&id];
                let messages = page.relay.answer(&page.client, &hello, now);
                let answer = if messages.is_empty() {
                    TabMessage::Alone
                } else {
                    TabMessage::Answer {
                        tab,
                        asked,
                        leader: page.tab,
                        writer: page.client.writer(),
                        messages,
                    }
                };
                self.tell_tabs(id, &answer);
                Ok(())
            }
            TabMessage::Leading if follows => {
                self.feed(id, Event::Disconnected)?;
                self.feed(id, Event::Woken)
            }
            TabMessage::Alone if follows => self.feed(id, Event::Disconnected),
            TabMessage::Want(cover) if !follows => self.feed(id, Event::Want(cover)),
            _ => Ok(()),
        }
    }

    fn hear_of_leader(&mut self, id: PageId, message: &RawValue) -> Checked {
        let read: ServerMessage =
            serde_json::from_str(message.get()).expect("what a leader says reads back");
        self.hear(id, read)
    }

    /// The leader hands on what it has heard.
    pub(super) fn relay(&mut self, id: PageId, heard: Heard, text: &str) {
        let leads = self
            .pages
            .get(&id)
            .is_some_and(|page| page.client.lead() == Lead::Leader);
        if leads && heard != Heard::Own {
            let text = RawValue::from_string(text.to_owned()).expect("a message is JSON");
            let page = self.page(id);
            let (leader, writer) = (page.tab, page.client.writer());
            page.relay.hear(writer, heard, &text);
            let message = TabMessage::Heard {
                leader,
                writer,
                message: text,
            };
            self.tell_tabs(id, &message);
        }
    }
}

/// A short name for traces.
fn name_of(message: &TabMessage) -> &'static str {
    match message {
        TabMessage::Kept { .. } => "kept",
        TabMessage::Renumbered => "renumbered",
        TabMessage::Hello { .. } => "hello",
        TabMessage::Answer { .. } => "answer",
        TabMessage::Heard { .. } => "heard",
        TabMessage::Leading => "leading",
        TabMessage::Alone => "alone",
        TabMessage::Want(_) => "want",
        TabMessage::MayLead { .. }
        | TabMessage::Lead { .. }
        | TabMessage::Parked
        | TabMessage::LetGo(..) => "something",
    }
}
