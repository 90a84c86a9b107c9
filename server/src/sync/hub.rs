//! What happened lately in a workspace, ready to send: parts are encoded once and handed out as shared bytes.
//!
//! Connections pull: the hub says that there is something new, they copy handles of the parts that they may see. There is
//! no queue for a connection, so a slow reader costs nothing but its place in the ring; who falls off reads the log.
//!
//! **Invariant:** the ring is gapless. A frame that does not continue it is taken only after the missing ones were read
//! from the log.

use super::bus::{Bus, Message};
use super::commit::{BATCH_COMMANDS_MAX, Committer};
use super::contents::Contents;
use super::encoded::EncodedBoards;
use super::load::Working;
use super::presence::{Holder, Presences, Seen};
use super::work::Work;
use super::{Environment, store};
use crate::db::Db;
use crate::http::error::Error;
use crate::{members, projects};
use bytes::Bytes;
use shared::codes::Code;
use shared::ids::{Epoch, ReplicaId, WorkspaceId};
use shared::sync::access_index::AccessIndex;
use shared::sync::protocol::Own;
use shared::sync::{AnyRow, Key, Row as _, Scope};
use shared::values::Time;
use shared::workspaces::Workspace;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How many commands the ring holds at most.
const RING_FRAMES_MAX: usize = 1_024;
/// How many commands of others are read from the log at once.
const FILL_COMMANDS_MAX: u64 = 500;
/// How many bytes the ring holds at most.
const RING_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How many pages are announced in one message.
const ANNOUNCED_MAX: usize = 100;
/// How many pieces of work may wait for a workspace; more are answered "busy".
const QUEUE_MAX: usize = 1_024;

/// What one command did, as it is sent.
#[derive(Clone, Debug)]
pub struct SeqFrame {
    /// Its number.
    pub seq: u64,
    /// Who sent it, and what it is called there.
    pub sender: Option<(ReplicaId, Own)>,
    /// What the viewers of each scope see.
    pub parts: Vec<(Scope, Bytes)>,
    /// Rows that changed who sees what, with the subject under which that is noted.
    pub access: Vec<(String, Key, Option<AnyRow>)>,
}

/// A frame in the ring, with the access rules from it on.
#[derive(Debug)]
pub struct Published {
    /// The frame.
    pub frame: SeqFrame,
    /// Who sees what from here on.
    pub access: Arc<AccessIndex>,
}

struct Ring {
    frames: VecDeque<Arc<Published>>,
    bytes: usize,
    head: u64,
    access: Arc<AccessIndex>,
    /// The last change of each scope that was touched since this hub began.
    touched: BTreeMap<Scope, u64>,
    began_at: u64,
    /// Up to here it is known not to reach back: there was no room for so much.
    out_of_reach: u64,
    /// Who saw what when this hub began.
    began_with: Arc<AccessIndex>,
}

/// A live workspace on this node.
pub struct Hub {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The life of its log.
    pub epoch: Epoch,
    db: Db,
    bus: Bus,
    ring: Mutex<Ring>,
    /// Locked while the ring is filled backwards, so that the log is read once for all who need it at that moment.
    reaching: tokio::sync::Mutex<()>,
    head: watch::Sender<u64>,
    work: mpsc::Sender<Work>,
    /// Who is where.
    pub presences: Presences,
    /// Encoded boards.
    pub boards: EncodedBoards,
    /// What boards come to.
    pub contents: Contents,
}

impl Hub {
    /// Brings a workspace to life; not found where there is none.
    pub async fn open(environment: &Environment, id: WorkspaceId) -> Result<Arc<Self>, Error> {
        let (head, access) = read_access(&environment.db, id).await?;
        let (work, queue) = mpsc::channel(QUEUE_MAX);
        let hub = Arc::new(Self {
            workspace: id,
            epoch: head.epoch,
            db: environment.db.clone(),
            bus: environment.bus.clone(),
            ring: Mutex::new(Ring::begin(head.seq, Arc::new(access))),
            reaching: tokio::sync::Mutex::default(),
            head: watch::Sender::new(head.seq),
            work,
            presences: Presences::default(),
            boards: EncodedBoards::default(),
            contents: Contents::default(),
        });
        let committer = Committer {
            db: environment.db.clone(),
            clock: environment.clock.clone(),
            rng: environment.rng.clone(),
            audit: environment.audit.clone(),
            workspace: id,
            working: Working::default(),
        };
        let stop = environment.shutdown.clone();
        environment
            .tasks
            .spawn(commit_queue(committer, queue, Arc::downgrade(&hub), stop));
        hub.introduce();
        Ok(hub)
    }

    /// Queues work; refused when too much is waiting.
    pub fn submit(&self, work: Work) -> Result<(), Error> {
        self.work
            .try_send(work)
            .map_err(|_| Error::Refused(Code::Unavailable.into()))
    }

    /// How much work waits.
    pub fn waiting(&self) -> usize {
        self.work.max_capacity() - self.work.capacity()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // Nothing in here can stop half-way: a poisoned ring is still whole.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of new numbers.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// How many connections wait for new numbers.
    pub fn listeners(&self) -> usize {
        self.head.receiver_count()
    }

    /// The newest number published, and who sees what as of it.
    pub fn now(&self) -> (u64, Arc<AccessIndex>) {
        let ring = self.ring();
        (ring.head, ring.access.clone())
    }

    /// The newest number published, and a number from which on a scope has not changed since.
    pub fn touched(&self, scope: Scope) -> (u64, u64) {
        let ring = self.ring();
        (
            ring.head,
            ring.touched.get(&scope).copied().unwrap_or(ring.began_at),
        )
    }

    /// What was published after `cursor`; nothing if that has left the ring.
    pub fn since(&self, cursor: u64) -> Option<Vec<Arc<Published>>> {
        let ring = self.ring();
        if cursor >= ring.head {
            return Some(Vec::new());
        }
        let first = ring.first();
        if cursor + 1 < first {
            return None;
        }
        let skip = usize::try_from(cursor + 1 - first).ok()?;
        Some(ring.frames.iter().skip(skip).cloned().collect())
    }

    /// Takes into the ring what was committed before this hub began, from a cursor on, where there is room: after a restart
    /// everybody comes back at once, and lacks the same. Answers whether the ring holds it now.
    pub async fn reach_back(&self, cursor: u64) -> anyhow::Result<bool> {
        match self.ring().missing(cursor) {
            None => return Ok(false),
            Some(to) if to <= cursor => return Ok(true),
            Some(_) => {}
        }
        let _one_at_a_time = self.reaching.lock().await;
        let Some(to) = self.ring().missing(cursor) else {
            return Ok(false);
        };
        if to > cursor {
            let mut read = self.db.read_in(self.workspace).await?;
            let logged = store::list_log(read.conn(), self.workspace, cursor, to).await?;
            drop(read);
            self.ring().prepend(cursor, frames_of(logged));
        }
        Ok(self.ring().first() <= cursor + 1)
    }

    /// Publishes committed frames, in order and without gaps.
    pub async fn publish(&self, frames: Vec<SeqFrame>) {
        let Some(first) = frames.first() else {
            return;
        };
        if let Err(error) = self.catch_up(first.seq - 1).await {
            // Readers who notice the gap ask the log themselves.
            tracing::error!(
                error = format!("{error:#}"),
                "reading missed changes failed"
            );
            return;
        }
        let mut ring = self.ring();
        for frame in frames {
            ring.push(frame, None);
        }
        let seq = ring.head;
        self.head.send_replace(seq);
        drop(ring);
        let workspace = self.workspace;
        self.bus.tell(Message::Head { workspace, seq });
    }

    /// Takes in and tells of what others committed, up to a number that the log has.
    pub async fn catch_up(&self, head: u64) -> anyhow::Result<()> {
        loop {
            let from = self.now().0;
            if from >= head {
                return Ok(());
            }
            self.fill(head.min(from + FILL_COMMANDS_MAX)).await?;
            // Under the ring's lock, as in `publish`: told outside of it, the number could fall behind what was told since.
            let ring = self.ring();
            if ring.head == from {
                return Ok(());
            }
            self.head.send_replace(ring.head);
        }
    }

    /// Reads what other nodes committed, up to a number.
    async fn fill(&self, to: u64) -> anyhow::Result<()> {
        let from = self.now().0;
        let mut read = self.db.read_in(self.workspace).await?;
        let logged = store::list_log(read.conn(), self.workspace, from, to).await?;
        drop(read);
        let (stored, access) = read_access(&self.db, self.workspace)
            .await
            .map_err(|_| anyhow::anyhow!("the workspace's members could not be read"))?;
        let access = Arc::new(access);
        let mut ring = self.ring();
        if ring.head < stored.floor {
            // The log was shortened past us. What is left to tell is that whoever was here begins anew.
            *ring = Ring::begin(stored.seq, access);
            return Ok(());
        }
        for frame in frames_of(logged) {
            ring.push(frame, Some(access.clone()));
        }
        Ok(())
    }
}

/// Who is where.
impl Hub {
    /// A page that is connected to this node is here now.
    pub fn moved(&self, seen: Seen, holder: Holder) {
        if self.presences.set(seen.clone(), holder) {
            self.tell_of(vec![seen]);
        }
    }

    /// A page is here now, as it said by a request.
    pub fn asked(&self, seen: Seen, now: Time) {
        if self.presences.ask(seen.clone(), now) {
            self.tell_of(vec![seen]);
        }
    }

    /// A page's connection has ended.
    pub fn left(&self, seen: Seen, holder: Holder) {
        if self.presences.leave(seen.replica, holder) {
            self.tell_of(vec![seen]);
        }
    }

    /// Tells other nodes where the pages of this one are.
    pub fn announce(&self) {
        if !self.bus.is_linked() {
            return;
        }
        for pages in self.presences.own().chunks(ANNOUNCED_MAX) {
            self.tell_of(pages.to_vec());
        }
    }

    /// Asks other nodes where their pages are, and tells where ours are.
    pub fn introduce(&self) {
        let workspace = self.workspace;
        self.bus.tell(Message::WhoIsIn { workspace });
        self.announce();
    }

    fn tell_of(&self, pages: Vec<Seen>) {
        let workspace = self.workspace;
        self.bus.tell(Message::Seen { workspace, pages });
    }
}

/// Puts logged parts together into frames.
pub fn frames_of(logged: Vec<store::Logged>) -> Vec<SeqFrame> {
    let mut frames: Vec<SeqFrame> = Vec::new();
    for store::Logged { seq, sender, part } in logged {
        if frames.last().is_none_or(|frame| frame.seq != seq) {
            frames.push(SeqFrame {
                seq,
                sender,
                parts: Vec::new(),
                access: Vec::new(),
            });
        }
        if let (Some(frame), Some((scope, part))) = (frames.last_mut(), part) {
            frame.parts.push((scope, Bytes::from(part)));
        }
    }
    frames
}

impl Ring {
    fn begin(head: u64, access: Arc<AccessIndex>) -> Self {
        Self {
            frames: VecDeque::new(),
            bytes: 0,
            head,
            began_with: access.clone(),
            access,
            touched: BTreeMap::new(),
            began_at: head,
            out_of_reach: 0,
        }
    }

    /// The first number in it; the next one, where it is empty.
    fn first(&self) -> u64 {
        let first = self.frames.front();
        first.map_or(self.head + 1, |first| first.frame.seq)
    }

    /// Up to where the log is to be read, so that the ring reaches back to a cursor: the cursor itself, where it does.
    /// Nothing where there is no room, or where what followed the hub's beginning has left the ring already.
    fn missing(&self, cursor: u64) -> Option<u64> {
        if cursor < self.out_of_reach {
            return None;
        }
        let to = self.first() - 1;
        if to <= cursor {
            return Some(cursor);
        }
        let room = RING_FRAMES_MAX.saturating_sub(self.frames.len());
        let fits = usize::try_from(to - cursor).is_ok_and(|count| count <= room);
        (fits && to <= self.began_at).then_some(to)
    }

    /// Puts what was read from the log before what there is, unless it was shortened meanwhile, or is too large.
    ///
    /// Whoever needs it was welcomed by a hub that had begun, so they know who saw what at its beginning, or later.
    fn prepend(&mut self, cursor: u64, frames: Vec<SeqFrame>) {
        let numbers = cursor + 1..self.first();
        let bytes: usize = frames.iter().map(size).sum();
        let is_whole = frames.iter().map(|frame| frame.seq).eq(numbers);
        if !is_whole || self.bytes + bytes > RING_BYTES_MAX {
            // The next one need not read it only to find the same.
            self.out_of_reach = cursor + 1;
            return;
        }
        self.bytes += bytes;
        for frame in frames.into_iter().rev() {
            let access = self.began_with.clone();
            let published = Published { frame, access };
            self.frames.push_front(Arc::new(published));
        }
    }

    fn push(&mut self, frame: SeqFrame, access: Option<Arc<AccessIndex>>) {
        if frame.seq != self.head + 1 {
            // Already here: another batch filled it in.
            return;
        }
        if let Some(access) = access {
            self.access = access;
        } else if !frame.access.is_empty() {
            let mut index = (*self.access).clone();
            for (subject, key, row) in &frame.access {
                index.take(*key, row.as_ref());
                index.mark(subject.clone(), frame.seq);
            }
            self.access = Arc::new(index);
        }
        self.head = frame.seq;
        self.bytes += size(&frame);
        for (scope, _) in &frame.parts {
            self.touched.insert(*scope, frame.seq);
        }
        self.frames.push_back(Arc::new(Published {
            frame,
            access: self.access.clone(),
        }));
        while self.frames.len() > RING_FRAMES_MAX
            || (self.bytes > RING_BYTES_MAX && self.frames.len() > 1)
        {
            if let Some(gone) = self.frames.pop_front() {
                self.bytes -= size(&gone.frame);
            }
        }
    }
}

fn size(frame: &SeqFrame) -> usize {
    frame.parts.iter().map(|(_, bytes)| bytes.len()).sum()
}

/// Who sees what, and as of which number: one moment.
async fn read_access(db: &Db, ws: WorkspaceId) -> Result<(store::Head, AccessIndex), Error> {
    let mut read = db.snapshot_in(ws).await?;
    let head = store::find_head(read.conn(), ws)
        .await?
        .ok_or(Code::NotFound)?;
    let workspace = super::rows::find(read.conn(), ws, Workspace::key_of(ws)).await?;
    let members = members::store::list(read.conn(), ws).await?;
    let projects = projects::store::list(read.conn(), ws).await?;
    let marks = store::list_marks(read.conn(), ws).await?;
    let rows: Vec<_> = super::rows::envelopes(members)
        .chain(super::rows::envelopes(projects))
        .chain(workspace)
        .collect();
    Ok((head, AccessIndex::of(&rows, marks)))
}

/// Commits what is queued until the hub is gone or the server stops; what was queued by then is still committed.
async fn commit_queue(
    mut committer: Committer,
    mut queue: mpsc::Receiver<Work>,
    hub: Weak<Hub>,
    stop: CancellationToken,
) {
    loop {
        let first = tokio::select! {
            biased;
            work = queue.recv() => work,
            () = stop.cancelled() => {
                queue.close();
                queue.recv().await
            }
        };
        let Some(first) = first else { break };
        let mut works = vec![first];
        while Work::count(&works) < BATCH_COMMANDS_MAX {
            match queue.try_recv() {
                Ok(work) => works.push(work),
                Err(_) => break,
            }
        }
        super::commit::run(&mut committer, works, &hub).await;
    }
}

/// The live workspaces of this node.
#[derive(Default)]
pub struct Hubs(tokio::sync::Mutex<HashMap<WorkspaceId, Arc<Hub>>>);

impl Hubs {
    /// The workspace, brought to life if need be.
    pub async fn get(&self, environment: &Environment, id: WorkspaceId) -> Result<Arc<Hub>, Error> {
        let mut hubs = self.0.lock().await;
        if let Some(hub) = hubs.get(&id) {
            return Ok(hub.clone());
        }
        let hub = Hub::open(environment, id).await?;
        hubs.insert(id, hub.clone());
        Ok(hub)
    }

    /// The workspace, if it is live.
    pub async fn find(&self, id: WorkspaceId) -> Option<Arc<Hub>> {
        self.0.lock().await.get(&id).cloned()
    }

    /// Forgets a workspace that is gone for good.
    pub async fn forget(&self, id: WorkspaceId) {
        self.0.lock().await.remove(&id);
    }

    /// Every live workspace.
    pub async fn live(&self) -> Vec<Arc<Hub>> {
        self.0.lock().await.values().cloned().collect()
    }
}

/// Commits the first work of a workspace that is not live yet.
pub async fn found(environment: &Environment, workspace: WorkspaceId, work: Work) {
    let mut committer = Committer {
        db: environment.db.clone(),
        clock: environment.clock.clone(),
        rng: environment.rng.clone(),
        audit: environment.audit.clone(),
        workspace,
        working: Working::default(),
    };
    super::commit::run(&mut committer, vec![work], &Weak::new()).await;
}
