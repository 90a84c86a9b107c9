//! A connection on a node: hello, then frames pulled from the ring or the log, filtered by what its person sees.

use super::Simulation;
use super::agenda::{Answer, Happening, short};
use super::database::Entry;
use super::hub::Published;
use super::mutant::Mutant;
use super::network::{End, LinkId};
use super::node::NodeId;
use super::oracle::{Checked, require};
use super::page::PageId;
use crate::ids::{ReplicaId, UserId};
use crate::sync::access_index::AccessIndex;
use crate::sync::frame_text::FrameText;
use crate::sync::protocol::{
    ClientMessage, Granted, Hello, Mode, Own, ServerMessage, VERSION, Welcome,
};
use crate::sync::{Cover, Scope, Snapshot, Stored, Table, Transport};
use crate::tasks::Task;
use crate::values::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How many messages fit between a node and a page that does not read.
const WINDOW: usize = 4;
/// How long a reader may keep a node waiting.
const SEND_TIMEOUT_MS: u64 = 10_000;

/// A connection after its hello.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) user: UserId,
    pub(super) replica: ReplicaId,
    /// Everything up to here was sent.
    cursor: u64,
    /// The number as of which the scopes hold.
    scoped_at: u64,
    access: Rc<AccessIndex>,
    scopes: BTreeMap<Scope, u64>,
    pub(super) answering: bool,
    waiting: bool,
}

/// As of when somebody is welcomed.
#[derive(Debug)]
pub(super) struct Pinned {
    head: u64,
    access: Rc<AccessIndex>,
    last_mid: u64,
    /// Where the stored order stands.
    floor: u64,
    stored: u64,
}

impl Simulation {
    /// A message reaches a node.
    pub(super) fn up(&mut self, link: LinkId) {
        let Some(it) = self.links.get_mut(&link) else {
            return;
        };
        if it.held_until > self.agenda.now {
            self.agenda.at(it.held_until, Happening::Up(link));
            return;
        }
        let (id, Some(message)) = (it.node, it.up.pop_front()) else {
            return;
        };
        let life = *it.life.get_or_insert(self.nodes[id].life);
        let (page, way) = (self.pages.get(&it.page), it.way);
        if !self.nodes[id].up || self.nodes[id].life != life {
            if way == Transport::Poll {
                self.break_link(link, End::Page);
            }
            return;
        }
        if page.is_none_or(|page| page.link != Some(link)) {
            let is_replaced = page.is_some_and(|page| page.link.is_some());
            self.happened.note(if is_replaced {
                "message of a link after its successor was opened"
            } else {
                "message of a link that was given up"
            });
        }
        match message {
            ClientMessage::Hello(hello) => {
                if !self.nodes[id].reaches {
                    return self.close_connection(id, link, "the database is away");
                }
                let lags = [Mutant::WelcomeOfALaggingNode, Mutant::AheadOfACache];
                if !self.mutant.is_some_and(|mutant| lags.contains(&mutant)) {
                    // What is told of their commands, and what they see, is told as of the same number.
                    self.catch_up(id);
                }
                let writer = self.db.state.writers.get(&hello.replica);
                let hub = &self.nodes[id].hub;
                let pinned = Pinned {
                    head: hub.head,
                    access: hub.access.clone(),
                    last_mid: writer.map_or(0, |writer| writer.last_mid),
                    floor: self.db.state.floor,
                    stored: self.db.state.seq,
                };
                let takes = self.chance.below(60);
                self.agenda
                    .after(takes, Happening::Greet(link, Box::new(hello), pinned));
            }
            ClientMessage::Push { commands } => {
                let connection = self.nodes[id].connections.get(&link);
                if let Some(replica) = connection.map(|connection| connection.replica) {
                    self.pushed(id, link, replica, commands);
                }
            }
            ClientMessage::Ping { t } => {
                if self.nodes[id].connections.contains_key(&link) {
                    let server_time = Time(self.server_clock_ms);
                    self.send_down(link, &ServerMessage::Pong { t, server_time });
                }
            }
            ClientMessage::Presence(_) | ClientMessage::Ack { .. } => {}
        }
    }

    /// Answers a hello, as of the head and the rules that were read when it came.
    pub(super) fn greet(&mut self, link: LinkId, hello: &Hello, pinned: Pinned) {
        let Some(it) = self.links.get(&link) else {
            return;
        };
        let (id, user) = (it.node, self.pages.get(&it.page).map(|page| page.user));
        let Some(user) = user.filter(|_| self.nodes[id].up && !it.left) else {
            return;
        };
        let node = &self.nodes[id];
        if !node.reaches {
            self.close_connection(id, link, "the database is away");
            return;
        }
        let scopes = pinned.access.granted(user);
        if scopes.is_empty() {
            self.close_connection(id, link, "no such workspace");
            return;
        }
        let mode = self.mode(id, hello, &pinned);
        let Pinned {
            head,
            access,
            last_mid,
            ..
        } = pinned;
        let welcome = Welcome {
            epoch: node.hub.epoch,
            head,
            last_mid,
            scopes: scopes.clone(),
            server_time: Time(self.server_clock_ms),
            mode: mode.clone(),
        };
        self.note(format_args!(
            "node {id} welcomes {link:?} from {:?}: {mode:?} at {head}",
            hello.cursor
        ));
        self.send_down(link, &ServerMessage::Welcome(welcome));
        let is_news = mode != Mode::CatchUp;
        if mode == Mode::UpgradeRequired {
            self.close_connection(id, link, "upgrade required");
            return;
        }
        let cursor = match (mode, hello.cursor) {
            (Mode::CatchUp, Some(cursor)) => cursor,
            _ => head,
        };
        let connection = Connection {
            user,
            replica: hello.replica,
            cursor,
            scoped_at: head,
            access,
            scopes: by_scope(&scopes),
            answering: false,
            waiting: false,
        };
        self.nodes[id].connections.insert(link, connection);
        if self.is_poll(link) && is_news {
            // There is something to do before there can be news.
            return self.end_poll(link);
        }
        let missed = self.nodes[id].hub.head > head;
        // Whatever was published before the hello was answered is caught up with at once.
        if !missed || self.mutant != Some(Mutant::PinBeforeRegister) {
            self.woken.push_back(link);
        }
        if self.is_poll(link) {
            self.agenda.after(0, Happening::PollGoesOn(link));
        }
    }

    /// How a connection goes on: followed up where the log allows it, else fetched anew.
    fn mode(&self, id: NodeId, hello: &Hello, pinned: &Pinned) -> Mode {
        let node = &self.nodes[id];
        if hello.proto != VERSION || hello.schema != node.build {
            return Mode::UpgradeRequired;
        }
        let (Some(cursor), Some(epoch)) = (hello.cursor, hello.epoch) else {
            return Mode::Bootstrap;
        };
        let other_life = epoch != node.hub.epoch && self.mutant != Some(Mutant::EpochIgnored);
        if other_life || pinned.head.saturating_sub(cursor) > self.plan.catch_up_max {
            return Mode::Bootstrap;
        }
        let newest = match self.mutant {
            Some(Mutant::AheadOfACache) => pinned.head,
            _ => pinned.stored,
        };
        let below = u64::from(self.mutant == Some(Mutant::FloorInclusive));
        if cursor + below >= pinned.floor && cursor <= newest {
            Mode::CatchUp
        } else {
            Mode::Bootstrap
        }
    }

    /// Sends what is new, as far as the reader reads.
    pub(super) fn follow(&mut self, link: LinkId) -> Checked {
        let Some(id) = self.links.get(&link).map(|it| it.node) else {
            return Ok(());
        };
        let Some(mut connection) = self.nodes[id].connections.remove(&link) else {
            return Ok(());
        };
        let followed = self.follow_as_far_as_read(id, link, &mut connection);
        self.nodes[id].connections.insert(link, connection);
        if let Some(why) = followed? {
            self.close_connection(id, link, why);
        } else if self.is_poll(link) && self.links[&link].down.len() > 1 {
            self.end_poll(link);
        }
        Ok(())
    }

    /// Answers why the connection has to be closed, if it has.
    fn follow_as_far_as_read(
        &mut self,
        id: NodeId,
        link: LinkId,
        connection: &mut Connection,
    ) -> Checked<Option<&'static str>> {
        while connection.cursor < self.nodes[id].hub.head {
            let full = self
                .links
                .get(&link)
                .is_some_and(|it| it.down.len() >= WINDOW);
            if full {
                if !std::mem::replace(&mut connection.waiting, true) {
                    let stands_at = connection.cursor;
                    self.agenda
                        .after(SEND_TIMEOUT_MS, Happening::TooSlow(link, stands_at));
                }
                return Ok(None);
            }
            connection.waiting = false;
            let closed = match self.nodes[id].hub.since(connection.cursor, self.mutant) {
                Some(published) => self.follow_ring(id, link, connection, &published)?,
                None => self.follow_log(id, link, connection)?,
            };
            if closed.is_some() {
                return Ok(closed);
            }
        }
        Ok(None)
    }

    fn follow_ring(
        &mut self,
        id: NodeId,
        link: LinkId,
        connection: &mut Connection,
        published: &[Published],
    ) -> Checked<Option<&'static str>> {
        let mut message = FrameText::from(connection.cursor);
        for it in published {
            let access = match self.mutant {
                Some(Mutant::AccessAtHead) => &self.nodes[id].hub.access,
                _ => &it.access,
            };
            if !Rc::ptr_eq(access, &connection.access)
                && !connection.rescope(it.entry.seq, access.clone(), &mut message)
            {
                return Ok(Some("no longer a member"));
            }
            self.add(link, connection, &it.entry, &mut message)?;
        }
        self.flush(link, connection, &mut message);
        Ok(None)
    }

    /// Reads what has left the ring from the log.
    fn follow_log(
        &mut self,
        id: NodeId,
        link: LinkId,
        connection: &mut Connection,
    ) -> Checked<Option<&'static str>> {
        let state = &self.db.state;
        let compacted = connection.cursor < state.floor;
        if !self.nodes[id].reaches {
            return Ok(Some("the database is away"));
        }
        if compacted && self.mutant != Some(Mutant::CompactedWhileRead) {
            return Ok(Some("the log no longer reaches back"));
        }
        let hub = &self.nodes[id].hub;
        let to = (connection.cursor + self.plan.log_batch).min(hub.head);
        let entries = state.log(connection.cursor, to);
        let mut message = FrameText::from(connection.cursor);
        if to > connection.scoped_at {
            // The log does not say who saw what in between: what they see now is sent, from when on they see it.
            let (now, access) = (hub.head, hub.access.clone());
            if !connection.rescope(now, access, &mut message) {
                return Ok(Some("no longer a member"));
            }
        }
        for entry in entries {
            self.add(link, connection, &entry, &mut message)?;
        }
        message.to = to;
        self.flush(link, connection, &mut message);
        Ok(None)
    }

    fn add(
        &mut self,
        link: LinkId,
        connection: &mut Connection,
        entry: &Entry,
        message: &mut FrameText,
    ) -> Checked {
        require(
            entry.seq <= self.db.state.seq,
            "P2 told after the commit",
            || format!("{} is told before it is committed", entry.seq),
        )?;
        message.to = entry.seq;
        if let Some((replica, mid)) = entry.sender
            && replica == connection.replica
        {
            message.own.push(Own(mid, entry.cid));
        }
        for (scope, part) in &entry.parts {
            let since = connection.scopes.get(scope);
            let at_head = self.mutant == Some(Mutant::AccessAtHead);
            // Nothing from before they saw it: a fresh snapshot holds what became of that.
            let loses = self.mutant == Some(Mutant::EvictWins)
                && part.contains(r#""put""#)
                && connection.is_evicted(entry);
            if since.is_some_and(|since| entry.seq >= *since || at_head) && !loses {
                self.ledger.goes_to(connection.user, *scope, entry.seq)?;
                message.part(part);
                if message.bytes() > self.plan.frame_bytes_max
                    && self.mutant == Some(Mutant::SplitCommand)
                {
                    self.flush(link, connection, message);
                }
            }
        }
        if message.bytes() > self.plan.frame_bytes_max {
            self.flush(link, connection, message);
        }
        Ok(())
    }

    fn flush(&mut self, link: LinkId, connection: &mut Connection, message: &mut FrameText) {
        if !message.is_empty() {
            connection.cursor = message.to;
            let text = message.take();
            self.send_text(link, text.into());
        }
    }

    pub(super) fn too_slow(&mut self, link: LinkId, stood_at: u64) {
        let Some(id) = self.links.get(&link).map(|it| it.node) else {
            return;
        };
        let connection = self.nodes[id].connections.get(&link);
        if connection.is_some_and(|it| it.waiting && it.cursor == stood_at) {
            self.close_connection(id, link, "too slow");
        }
    }

    pub(super) fn close_connection(&mut self, id: NodeId, link: LinkId, why: &str) {
        self.note(format_args!("node {id} closes {link:?}: {why}"));
        if self.is_poll(link) && !self.links[&link].down.is_empty() {
            return self.end_poll(link);
        }
        self.nodes[id].connections.remove(&link);
        self.break_link(link, End::Page);
    }

    /// A request for a snapshot reaches a node.
    pub(super) fn ask(&mut self, page: PageId, request: u64, id: NodeId) -> Checked {
        let Some(it) = self.pages.get(&page) else {
            return Ok(());
        };
        let Some(cover) = it.requests.get(&request).copied() else {
            return Ok(());
        };
        let user = it.user;
        let lost = !self.healing && self.chance.percent(self.plan.requests_lost);
        let answer = if lost || !it.online || !self.nodes[id].up || !self.nodes[id].reaches {
            Answer::Lost
        } else {
            match self.snapshot(id, user, cover)? {
                Some(snapshot) => Answer::Snapshot(snapshot),
                None => Answer::Refused,
            }
        };
        let takes = self.latency() * self.chance.between(1, 8);
        self.agenda
            .after(takes, Happening::Answer(page, request, Box::new(answer)));
        Ok(())
    }

    fn snapshot(&mut self, id: NodeId, user: UserId, cover: Cover) -> Checked<Option<Snapshot>> {
        if let Cover::Board(project) = cover {
            if self.mutant != Some(Mutant::BoardOfALaggingNode) {
                // Rows are read as of the stored head: so is who sees them.
                self.catch_up(id);
            }
            let scope = Scope::Project(project);
            let hub = &self.nodes[id].hub;
            let sees = hub.access.granted(user);
            if !sees.iter().any(|granted| granted.0 == scope) {
                return Ok(None);
            }
            let (head, touched) = (hub.head, hub.touched(scope));
            let kept = hub.boards.get(&project).filter(|kept| kept.seq >= touched);
            let board = match kept {
                Some(kept) => kept.clone(),
                None => Rc::new(self.rows(&|stored| stored.row.cover() == cover, cover)),
            };
            self.nodes[id].hub.boards.insert(project, board.clone());
            let seq = board.seq.max(head);
            self.ledger.goes_to(user, scope, seq)?;
            self.note(format_args!("node {id} hands out {scope} as of {seq}"));
            return Ok(Some(Snapshot {
                seq,
                ..(*board).clone()
            }));
        }
        let state = &self.db.state;
        let granted = state.access().granted(user);
        let scopes: BTreeSet<Scope> = granted.iter().map(|granted| granted.0).collect();
        if let Cover::Task(task) = cover {
            let task = state.tables.get::<Task>(task);
            let sees = task.is_some_and(|task| scopes.contains(&Scope::Project(task.project)));
            if !sees {
                return Ok(None);
            }
        } else if scopes.is_empty() {
            return Ok(None);
        }
        let shown =
            |stored: &Stored| stored.row.cover() == cover && scopes.contains(&stored.row.scope());
        let snapshot = self.rows(&shown, cover);
        for scope in self.scopes_of(&shown) {
            self.ledger.goes_to(user, scope, snapshot.seq)?;
        }
        Ok(Some(snapshot))
    }

    fn scopes_of(&self, shown: &dyn Fn(&Stored) -> bool) -> BTreeSet<Scope> {
        let rows = self.db.state.tables.iter().map(|(_, stored)| stored);
        rows.filter(|stored| shown(stored))
            .map(|stored| stored.row.scope())
            .collect()
    }

    fn rows(&self, shown: &dyn Fn(&Stored) -> bool, cover: Cover) -> Snapshot {
        let state = &self.db.state;
        let rows = state.tables.iter().map(|(_, stored)| stored);
        let rows = rows.filter(|stored| shown(stored));
        let rows = rows.map(|stored| (stored.v, &stored.row));
        Snapshot::of(state.epoch, state.seq, vec![cover], rows)
    }

    /// What a page is rendered from: the workspace, perhaps a board, perhaps one of its tasks, as of one moment.
    pub(super) fn seed(&mut self, user: UserId) -> Option<(Snapshot, Vec<Granted>)> {
        let state = &self.db.state;
        let granted = state.access().granted(user);
        let scopes: BTreeSet<Scope> = granted.iter().map(|granted| granted.0).collect();
        if scopes.is_empty() {
            return None;
        }
        let mut covers = vec![Cover::Workspace];
        let projects: Vec<_> = scopes
            .iter()
            .filter_map(|scope| match scope {
                Scope::Project(project) => Some(*project),
                _ => None,
            })
            .collect();
        if self.chance.percent(60)
            && let Some(project) = self.chance.pick(&projects)
        {
            covers.push(Cover::Board(project));
            let tasks: Vec<_> = state
                .tables
                .range(Table::Tasks)
                .filter(|(_, stored)| stored.row.scope() == Scope::Project(project))
                .map(|(key, _)| key.id)
                .collect();
            if self.chance.percent(40)
                && let Some(task) = self.chance.pick(&tasks)
            {
                covers.push(Cover::Task(task.into()));
            }
        }
        let rows = state.tables.iter().map(|(_, stored)| stored);
        let rows = rows.filter(|stored| {
            covers.contains(&stored.row.cover()) && scopes.contains(&stored.row.scope())
        });
        let rows = rows.map(|stored| (stored.v, &stored.row));
        let snapshot = Snapshot::of(state.epoch, state.seq, covers.clone(), rows);
        let (seq, name) = (state.seq, short(user.uuid()));
        self.note(format_args!("a page for {name} is rendered as of {seq}"));
        Some((snapshot, granted))
    }
}

impl Connection {
    /// Whether the person is told of an eviction.
    fn is_evicted(&self, entry: &Entry) -> bool {
        let parts = entry.parts.iter();
        let mut seen = parts.filter(|(scope, _)| self.scopes.contains_key(scope));
        seen.any(|(_, part)| part.contains(r#""evict""#))
    }

    /// Whether it waits for its reader.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Takes over what this person sees from a number on; false when that is nothing any more.
    fn rescope(&mut self, seq: u64, access: Rc<AccessIndex>, message: &mut FrameText) -> bool {
        if seq <= self.scoped_at {
            return true;
        }
        let granted = access.granted(self.user);
        self.scoped_at = seq;
        self.access = access;
        let scopes = by_scope(&granted);
        if scopes.is_empty() {
            return false;
        }
        if scopes != self.scopes {
            self.scopes = scopes;
            message.scopes = Some(granted);
        }
        true
    }
}

fn by_scope(granted: &[Granted]) -> BTreeMap<Scope, u64> {
    granted
        .iter()
        .map(|Granted(scope, seq)| (*scope, *seq))
        .collect()
}
