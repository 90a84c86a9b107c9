//! A node: the write path, and keeping up with what other nodes commit. Its connections are in `connection`.

use super::Simulation;
use super::agenda::Happening;
use super::connection::Connection;
use super::database::{Asker, Batch, Entry, Judge, Task, Work, Working};
use super::hub::Hub;
use super::mutant::Mutant;
use super::network::{End, LinkId};
use super::oracle::{Checked, require};
use crate::ids::ReplicaId;
use crate::sync::protocol::{Numbered, Outcome, ServerMessage};
use crate::values::Time;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::rc::Rc;

/// How many of others' commands are read from the log at once.
const FILL_COMMANDS_MAX: u64 = 6;
/// The most commands in one transaction.
const BATCH_COMMANDS_MAX: usize = 16;

/// A server's place among the nodes.
pub(super) type NodeId = usize;

/// What a node is committing.
#[derive(Debug)]
pub(super) enum Stage {
    Idle,
    Committing(Batch),
    /// Committed, and not yet told.
    Publishing(Batch),
}

/// A server.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) up: bool,
    /// Counts its starts, so that what an earlier life had begun ends with it.
    pub(super) life: u64,
    /// Whether it reaches the database.
    pub(super) reaches: bool,
    /// The version of the program that it runs.
    pub(super) build: u32,
    pub(super) hub: Hub,
    pub(super) connections: BTreeMap<LinkId, Connection>,
    queue: VecDeque<Work>,
    pub(super) stage: Stage,
    working: Option<Working>,
    /// What another node has told last.
    hinted: u64,
}

/// Missed changes that were read from the log.
#[derive(Debug)]
pub(super) struct Fill {
    entries: Vec<Rc<Entry>>,
    /// Go on until this number is reached.
    until: u64,
    /// Publish what was committed here, then.
    publish: bool,
}

impl Node {
    pub(super) fn new(hub: Hub) -> Self {
        Self {
            up: true,
            life: 0,
            reaches: true,
            build: 1,
            hub,
            connections: BTreeMap::new(),
            queue: VecDeque::new(),
            stage: Stage::Idle,
            working: None,
            hinted: 0,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && matches!(self.stage, Stage::Idle)
    }
}

impl Simulation {
    pub(super) fn start_node(&mut self, id: NodeId) {
        let life = self.nodes[id].life + 1;
        let mut node = Node::new(Hub::open(&self.db.state, self.plan.ring_max));
        (node.life, node.build) = (life, self.build);
        self.nodes[id] = node;
        let seq = self.db.state.seq;
        self.note(format_args!("node {id} starts at {seq}"));
        self.agenda
            .after(self.plan.poll_ms, Happening::Poll(id, life));
    }

    /// Ends a node without a word: what was not committed never was.
    pub(super) fn kill_node(&mut self, id: NodeId) {
        if !self.nodes[id].up {
            return;
        }
        self.note(format_args!("node {id} dies"));
        self.nodes[id].up = false;
        self.nodes[id].life += 1;
        let stage = std::mem::replace(&mut self.nodes[id].stage, Stage::Idle);
        let mut unanswered = Vec::from(std::mem::take(&mut self.nodes[id].queue));
        if let Stage::Committing(batch) | Stage::Publishing(batch) = stage {
            unanswered.extend(batch.works);
        }
        self.fail_posts(&unanswered);
        if self.db.lock == Some(id) {
            self.unlock();
        }
        let links: Vec<LinkId> = std::mem::take(&mut self.nodes[id].connections)
            .into_keys()
            .collect();
        for link in links {
            self.break_link(link, End::Page);
        }
    }

    pub(super) fn submit(&mut self, id: NodeId, work: Work) {
        self.nodes[id].queue.push_back(work);
        self.agenda.after(0, Happening::Begin(id));
    }

    fn unlock(&mut self) {
        self.db.lock = None;
        for id in 0..self.nodes.len() {
            if !self.nodes[id].queue.is_empty() {
                let wait = self.chance.below(3);
                self.agenda.after(wait, Happening::Begin(id));
            }
        }
    }

    /// Takes the lock and what is queued, and judges it.
    pub(super) fn begin(&mut self, id: NodeId) {
        let node = &mut self.nodes[id];
        let outside = self.mutant == Some(Mutant::NumberOutsideTheLock);
        if !node.up || !node.is_ready() || (self.db.lock.is_some() && !outside) {
            return;
        }
        if !node.reaches {
            self.agenda.after(50, Happening::Begin(id));
            return;
        }
        let mut works = Vec::new();
        let mut commands = 0;
        while commands < BATCH_COMMANDS_MAX
            && let Some(work) = node.queue.pop_front()
        {
            commands += match &work.task {
                Task::Push(_, _, commands) => commands.len(),
                Task::Rewrite(..) => 1,
            };
            works.push(work);
        }
        let state = &self.db.state;
        let current =
            |working: &Working| (working.epoch, working.seq) == (state.epoch, state.seq) || outside;
        let mut working = node
            .working
            .take()
            .filter(current)
            .unwrap_or_else(|| Working {
                epoch: state.epoch,
                seq: state.seq,
                tables: state.tables.clone(),
            });
        let judge = Judge {
            state,
            working: &mut working,
            now: Time(self.server_clock_ms + i64::try_from(self.agenda.now).unwrap_or(i64::MAX)),
            mutant: self.mutant,
            batch: Batch::default(),
        };
        let batch = judge.judge(works);
        node.working = Some(working);
        if self.mutant == Some(Mutant::PublishBeforeCommit) {
            for entry in &batch.entries {
                node.hub.push(entry.clone(), None, self.mutant);
            }
        }
        node.stage = Stage::Committing(batch);
        let life = node.life;
        self.db.lock = Some(id);
        let takes = self.chance.between(1, 15);
        self.agenda.after(takes, Happening::Commit(id, life));
        if self.mutant == Some(Mutant::PublishBeforeCommit) {
            self.wake(id);
        }
    }

    pub(super) fn commit(&mut self, id: NodeId, life: u64) -> Checked {
        if self.nodes[id].life != life {
            return Ok(());
        }
        let node = &mut self.nodes[id];
        let Stage::Committing(batch) = std::mem::replace(&mut node.stage, Stage::Idle) else {
            return Ok(());
        };
        let aborted = !node.reaches || (!self.healing && self.chance.percent(self.plan.aborts));
        if aborted {
            // The database objected: the batch is repeated, on freshly loaded rows.
            node.working = None;
            for work in batch.works.into_iter().rev() {
                node.queue.push_front(work);
            }
            self.note(format_args!("node {id} could not commit"));
            self.unlock();
            self.agenda.after(5, Happening::Begin(id));
            return Ok(());
        }
        let before = self.db.state.seq;
        self.db.commit(&batch, self.mutant);
        for entry in &batch.entries {
            self.commands += 1;
            self.happened.note(entry.name);
            let (seq, name, cid) = (
                entry.seq,
                entry.name,
                super::agenda::short(entry.cid.uuid()),
            );
            self.note(format_args!("node {id} commits {seq}: {name} {cid}"));
        }
        self.ledger.committed(before, &batch, &self.db.state)?;
        self.nodes[id].stage = Stage::Publishing(batch);
        self.unlock();
        let takes = self.chance.below(6);
        self.agenda.after(takes, Happening::Publish(id, life));
        Ok(())
    }

    /// Tells what was committed; what others committed before it is read first.
    pub(super) fn publish(&mut self, id: NodeId, life: u64) {
        if self.nodes[id].life != life {
            return;
        }
        let Stage::Publishing(batch) = &self.nodes[id].stage else {
            return;
        };
        let first = batch.entries.first().map(|entry| entry.seq);
        let head = self.nodes[id].hub.head;
        if let Some(first) = first
            && first > head + 1
            && self.mutant != Some(Mutant::HubTakesAJump)
        {
            self.fill(id, first - 1, true);
            return;
        }
        self.publish_now(id);
    }

    fn publish_now(&mut self, id: NodeId) {
        let node = &mut self.nodes[id];
        let Stage::Publishing(batch) = std::mem::replace(&mut node.stage, Stage::Idle) else {
            return;
        };
        for entry in &batch.entries {
            node.hub.push(entry.clone(), None, self.mutant);
        }
        if self.mutant == Some(Mutant::NumberInOwnTransaction) {
            self.db.state.writers.extend(&batch.writers);
        }
        if !batch.entries.is_empty() {
            self.wake(id);
            self.hint_others(id);
        }
        for (asker, results) in batch.answers {
            let link = match asker {
                Asker::Link(link) => link,
                Asker::Post(from) => {
                    let text = serde_json::to_string(&ServerMessage::Results { results });
                    let text = text.expect("a message is plain data");
                    self.answer_post(from, Some(text.into()));
                    continue;
                }
            };
            let replica = self.nodes[id].connections.get_mut(&link).map(|connection| {
                connection.answering = false;
                connection.replica
            });
            if let Some(replica) = replica {
                self.send_down(link, &ServerMessage::Results { results });
                self.note(format_args!(
                    "node {id} answers {}",
                    super::agenda::short(replica.uuid())
                ));
            }
        }
        self.agenda.after(0, Happening::Begin(id));
    }

    fn hint_others(&mut self, id: NodeId) {
        let seq = self.nodes[id].hub.head;
        for other in 0..self.nodes.len() {
            if other == id {
                continue;
            }
            if !self.healing && self.chance.percent(self.plan.hints_lost) {
                self.happened.note("hint lost");
                continue;
            }
            let is_repeated = !self.healing && self.chance.percent(self.plan.hints_repeated);
            if is_repeated {
                self.happened.note("hint told twice");
            }
            for _ in 0..=u64::from(is_repeated) {
                let is_late = !self.healing && self.chance.percent(self.plan.hints_late);
                let takes = if is_late {
                    self.happened.note("hint late");
                    self.chance.between(100, 10_000)
                } else {
                    self.chance.between(1, 40)
                };
                self.agenda.after(takes, Happening::Hint(other, seq));
            }
        }
    }

    /// Another node has told how far it has come; by now that may be long ago.
    pub(super) fn hinted(&mut self, id: NodeId, seq: u64) {
        let node = &mut self.nodes[id];
        if seq < std::mem::replace(&mut node.hinted, seq) {
            self.happened.note("hint after a newer one");
        }
        self.look(id, seq);
    }

    /// Lets every connection of a node look for what is new.
    pub(super) fn wake(&mut self, id: NodeId) {
        let links: Vec<LinkId> = if self.mutant == Some(Mutant::HashOrder) {
            let by_hash: HashSet<LinkId> = self.nodes[id].connections.keys().copied().collect();
            by_hash.into_iter().collect()
        } else {
            self.nodes[id].connections.keys().copied().collect()
        };
        for link in links {
            self.woken.push_back(link);
        }
    }

    pub(super) fn poll(&mut self, id: NodeId, life: u64) {
        if self.nodes[id].life == life {
            self.agenda
                .after(self.plan.poll_ms, Happening::Poll(id, life));
            self.look(id, self.db.state.seq);
        }
    }

    /// Somebody else has committed up to that number.
    fn look(&mut self, id: NodeId, head: u64) {
        let node = &self.nodes[id];
        if node.up && node.reaches && node.hub.head < head {
            self.fill(id, head, false);
        }
    }

    fn fill(&mut self, id: NodeId, until: u64, publish: bool) {
        self.reopen_below_the_floor(id);
        let node = &self.nodes[id];
        let from = node.hub.head;
        let fill = Fill {
            entries: self.db.state.log(from, until.min(from + FILL_COMMANDS_MAX)),
            until,
            publish,
        };
        let life = node.life;
        let takes = self.chance.below(8);
        self.agenda
            .after(takes, Happening::Filled(id, life, Box::new(fill)));
    }

    /// The access rules are read after the changes, and may be newer.
    pub(super) fn filled(&mut self, id: NodeId, life: u64, fill: Fill) {
        if self.nodes[id].life != life {
            return;
        }
        let node = &mut self.nodes[id];
        if !node.reaches {
            // What was committed here is told when the log is next looked at.
            if fill.publish {
                self.publish_now(id);
            }
            return;
        }
        let before = node.hub.head;
        let access = Rc::new(self.db.state.access());
        for entry in fill.entries {
            node.hub.push(entry, Some(access.clone()), self.mutant);
        }
        let head = node.hub.head;
        if head > before {
            self.note(format_args!("node {id} has read up to {head}"));
            self.wake(id);
        }
        if head < fill.until && head > before {
            self.fill(id, fill.until, fill.publish);
        } else if fill.publish {
            self.publish_now(id);
        }
    }

    /// A node that is so far behind that the log does not lead on begins anew; so do its readers.
    fn reopen_below_the_floor(&mut self, id: NodeId) {
        let state = &self.db.state;
        if self.nodes[id].hub.head < state.floor {
            self.nodes[id].hub = Hub::open(state, self.plan.ring_max);
            self.wake(id);
        }
    }

    /// Brings a node's hub up to the stored head at once.
    pub(super) fn catch_up(&mut self, id: NodeId) {
        self.reopen_below_the_floor(id);
        let state = &self.db.state;
        let hub = &mut self.nodes[id].hub;
        if hub.head < state.seq {
            let access = Rc::new(state.access());
            for entry in state.log(hub.head, state.seq) {
                hub.push(entry, Some(access.clone()), self.mutant);
            }
            self.wake(id);
        }
    }

    /// Commands that a page has pushed.
    pub(super) fn pushed(
        &mut self,
        id: NodeId,
        link: LinkId,
        replica: ReplicaId,
        commands: Vec<Numbered>,
    ) {
        let Some(connection) = self.nodes[id].connections.get_mut(&link) else {
            return;
        };
        if std::mem::replace(&mut connection.answering, true) {
            // One push at a time.
            return self.close_connection(id, link, "a second push");
        }
        let actor = connection.user;
        let task = Task::Push(Asker::Link(link), replica, commands);
        self.submit(id, Work { actor, task });
    }

    /// What is answered was committed, and is about the command that was asked about.
    pub(super) fn answered_truly(
        &self,
        replica: ReplicaId,
        mid: u64,
        cid: crate::ids::CommandId,
        outcome: &Outcome,
    ) -> Checked {
        match outcome {
            Outcome::Done(_) | Outcome::Refused(_) => {
                let truth = self.ledger.judged(replica, mid);
                let same = truth.is_some_and(|(known, said)| *known == cid && said == outcome);
                require(same, "P4 the same answer", || {
                    format!("command {mid} is answered {outcome:?}, and it was {truth:?}")
                })
            }
            Outcome::Gap(_) => require(self.restored, "P15 a verdict holds nothing back", || {
                format!("command {mid} is answered {outcome:?}, and nothing is missing")
            }),
            Outcome::Forked => require(self.restored || self.put_back, "P4 one writer", || {
                format!("command {mid} is answered {outcome:?}, and nobody else has its number")
            }),
        }
    }
}

impl Node {
    fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Idle) && !self.queue.is_empty()
    }
}
