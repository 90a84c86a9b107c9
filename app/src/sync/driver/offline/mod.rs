//! What outlives a page: commands and rows in this browser's databases, and the browser's other pages.
//!
//! All of it lies in a chunk of its own, fetched after a page is usable. What is done meanwhile waits. Start reading at
//! [`run`] and [`begin`].
//!
//! Where the browser keeps nothing (private windows of some, no room, a broken profile) the page goes on in memory, and
//! says so: [`Keeping::Memory`].

mod idb;
mod install;
mod known;
mod lock;
mod outbox;
mod requests;
mod row_store;
mod tabs;

use super::{clock, feed};
use crate::accounts::Person;
use crate::backend::Failure;
use crate::dom::page_load;
use crate::routes::{Page, href};
use crate::start::Start;
use crate::sync::rows::{Keeping, Rows};
use crate::sync::{KeptRows, Notice};
use crate::workspaces::slug_of;
use idb::Failed;
use known::Known;
use leptos::prelude::{document, set_timeout, window};
use lock::{Ask, Lock, Told};
use outbox::{Outbox, Restored};
use requests::Requests;
use row_store::RowStore;
use serde_json::value::RawValue;
use shared::codes::{Code, Rejected};
use shared::ids::{CommandId, ReplicaId, UserId, WorkspaceId};
use shared::sync::protocol::{ClientMessage, ServerMessage};
use shared::sync::{Cover, Event, Heard, Kept, Lead, Parked, Refused, Relay, TabMessage};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tabs::Tabs;
use wasm_bindgen_futures::spawn_local;

const OFFLINE_TEXT: &str = "You are offline, and this page is not kept on this device. Signing in, and pages that you have \
    not opened here before, need the server. Try again when you are back online.";
/// How long rows may be ahead of what is kept of them.
const WRITE_AFTER: Duration = Duration::from_millis(200);
/// How long a page that came to the front waits for the leader's word.
const LEAD_AFTER: Duration = Duration::from_secs(3);

/// What the driver wants done.
pub(super) enum Job {
    /// Draw the page from what is kept: no server has made it.
    Open(fn(Start)),
    /// Forget whoever was here, but for what they have not sent.
    SignedOut,
    /// Take over; rows may have been opened already.
    Begin(Rows, Option<Person>, bool),
    /// Load the newest version of the application.
    Renew,
    /// Keep a command.
    Store(CommandId),
    /// Forget a command, once the rows are kept that it led to.
    Forget(u64),
    /// Read again what is kept.
    Recall,
    /// Number everything anew.
    NewReplica,
    /// Keep rows, soon.
    Keep,
    /// Keep a refused command.
    Park(Box<Refused>),
    /// Forget a refused command.
    Discard(CommandId),
    /// Begin a link that is no socket: a follower's to its leader, or by requests to the server.
    Connect,
    /// End it.
    Disconnect,
    /// Send a message by it.
    Send(ClientMessage),
    /// A leader has heard something.
    Heard(Heard, String),
    /// A leader has, or has lost, the server.
    Linked(bool),
    /// A page needs something.
    Want(Cover),
    /// The page came to the front.
    Front,
    /// The page goes.
    Leave,
}

thread_local! {
    static OFFLINE: RefCell<Option<Rc<Offline>>> = const { RefCell::new(None) };
}

struct Offline {
    rows: Rows,
    tab: CommandId,
    lock: Option<Lock>,
    requests: Rc<Requests>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// Whether it is known what is kept.
    is_open: bool,
    outbox: Option<Rc<Outbox>>,
    store: Option<Rc<RowStore>>,
    tabs: Option<Tabs>,
    relay: Relay,
    /// Commands to be kept.
    to_keep: Vec<CommandId>,
    is_keeping: bool,
    /// Numbers of commands that need not be kept any more.
    settled: Vec<u64>,
    is_write_due: bool,
    is_writing: bool,
    /// The last number that was given to a command.
    last_mid: u64,
    is_linked: bool,
    /// Whether this page asked to lead and has no answer.
    has_asked: bool,
    /// Whether the workspace is marked as kept.
    is_marked: bool,
    /// Whether the browser was asked to keep what is here.
    has_persisted: bool,
}

/// Does a job.
pub(super) fn run(job: Job) {
    match (job, OFFLINE.with_borrow(Clone::clone)) {
        (Job::Open(draw), None) => spawn_local(open(draw)),
        (Job::SignedOut, None) => spawn_local(forget()),
        (Job::Begin(rows, person, opened), None) => begin(rows, person, opened),
        (job, Some(offline)) => offline.run(job),
        // The driver's first job is to begin.
        (_, None) => {}
    }
}

/// Draws the page that is asked for from what is kept. What is not kept is the server's to make.
async fn open(draw: fn(Start)) {
    let path = page_load::path();
    let known = Known::read();
    let slug = match Page::parse(&path) {
        Page::Workspace { slug, .. } => Some(slug),
        Page::Root => {
            if let Some(known) = known {
                return page_load::to(&href::workspace(&known.last));
            }
            None
        }
        _ => None,
    };
    if let (Some(known), Some(slug)) = (known, &slug)
        && let Some(workspace) = known.workspaces.get(slug)
        && let Some(kept) = read_rows(known.user, *workspace).await
    {
        return draw(Start {
            person: Some(known.person),
            kept: Some(kept),
            ..Start::default()
        });
    }
    if let Some(slug) = &slug {
        install::unmark(slug).await;
    }
    if window().navigator().on_line() && slug.is_some() {
        return page_load::again();
    }
    draw(Start {
        failure: Some(Failure(Rejected::new(Code::Unavailable, OFFLINE_TEXT))),
        ..Start::default()
    });
}

async fn read_rows(me: UserId, workspace: WorkspaceId) -> Option<KeptRows> {
    let store = RowStore::open(me, workspace).await.ok()?;
    let (header, chunks) = store.read().await.ok()??;
    Some(KeptRows {
        workspace,
        me,
        header,
        chunks,
        today: clock::today()?.days(),
    })
}

/// Deletes the rows of whoever was here. What they have not sent stays, for when they are back.
async fn forget() {
    let Some(known) = Known::read() else { return };
    Known::forget();
    for (slug, workspace) in known.workspaces {
        install::unmark(&slug).await;
        if let Err(error) = row_store::delete(known.user, workspace).await {
            leptos::logging::warn!("rows were not deleted: {error}");
        }
    }
}

fn begin(rows: Rows, person: Option<Person>, opened: bool) {
    let lock = Lock::new(tabs::name(rows.me(), rows.workspace()));
    let offline = Rc::new(Offline {
        rows,
        tab: CommandId::new(clock::now().0, clock::random()),
        lock,
        requests: Rc::default(),
        state: RefCell::default(),
    });
    OFFLINE.set(Some(offline.clone()));
    spawn_local(async move {
        if let Err(error) = offline.open(opened).await {
            offline.go_on_in_memory(&error);
            if offline.rows.with_client(|client| client.epoch()).is_none() {
                // Nothing is kept and the page came without rows: the server has them.
                page_load::again();
            }
            feed(Event::Restored(fresh(), Vec::new()));
            feed(Event::Led(Lead::Leader));
        }
        offline.state.borrow_mut().is_open = true;
        offline.clone().keep_next();
        if let (Some(_), Some(person)) = (offline.outbox(), person) {
            let slug = slug_of(rows);
            Known::note(rows.me(), person, slug, rows.workspace());
            install::install(|| super::tell(Notice::Reload)).await;
        }
    });
}

impl Offline {
    fn run(self: Rc<Self>, job: Job) {
        match job {
            Job::Begin(..) | Job::Open(_) | Job::SignedOut => {}
            Job::Renew => spawn_local(install::renew()),
            Job::Store(cid) => {
                self.state.borrow_mut().to_keep.push(cid);
                self.keep_next();
            }
            Job::Forget(mid) => self.state.borrow_mut().settled.push(mid),
            Job::Recall => self.recall(),
            Job::NewReplica => self.renumber(),
            Job::Keep => self.write_soon(),
            Job::Park(refused) => self.park(*refused),
            Job::Discard(cid) => self.discard(cid),
            Job::Connect => {
                if self.leads() {
                    self.requests.open();
                }
                // Not from within: the state machine is in the middle of a step.
                set_timeout(|| feed(Event::Connected), Duration::ZERO);
            }
            Job::Disconnect => self.requests.close(),
            Job::Send(message) if self.leads() => {
                let way = self.rows.with_client(|client| client.state().transport);
                self.requests.clone().send(self.rows, way, message);
            }
            Job::Send(message) => self.send(message),
            Job::Heard(heard, text) => self.relay(heard, text),
            Job::Linked(is_linked) => self.linked(is_linked),
            Job::Want(cover) => self.tell(&TabMessage::Want(cover)),
            Job::Front => self.come_to_the_front(),
            Job::Leave => self.leave(),
        }
    }

    async fn open(self: &Rc<Self>, opened: bool) -> Result<(), Failed> {
        let (user, workspace) = (self.rows.me(), self.rows.workspace());
        let outbox = Rc::new(Outbox::open(user, workspace).await?);
        let me = self.clone();
        // Before anything is read: what other pages keep in between is heard of, then.
        let tabs = Tabs::open(user, workspace, move |message| me.clone().hear(message));
        let restored = outbox.restore(fresh()).await?;
        let store = Rc::new(RowStore::open(user, workspace).await?);
        let rows = if opened { None } else { store.read().await? };
        let parked = outbox.parked().await?;
        {
            let mut state = self.state.borrow_mut();
            state.outbox = Some(outbox);
            state.store = Some(store);
            state.tabs = tabs;
        }
        self.rows.set_keeping(Keeping::Disk);
        self.rows.set_parked(parked);
        self.take_over(restored);
        if let Some((header, chunks)) = rows {
            feed(Event::Opened(header, chunks));
        }
        match &self.lock {
            Some(_) => self.ask(Ask::IfFree),
            None => feed(Event::Led(Lead::Leader)),
        }
        Ok(())
    }

    fn take_over(&self, restored: Restored) {
        self.state.borrow_mut().last_mid = restored.last_mid;
        feed(Event::Restored(restored.replica, restored.kept));
    }

    fn leads(&self) -> bool {
        self.rows.with_client(|client| client.lead()) == Lead::Leader
    }

    fn tell(&self, message: &TabMessage) {
        if let Some(tabs) = &self.state.borrow().tabs {
            tabs.tell(message);
        }
    }

    fn outbox(&self) -> Option<Rc<Outbox>> {
        self.state.borrow().outbox.clone()
    }

    fn go_on_in_memory(&self, error: &Failed) {
        leptos::logging::warn!("this browser keeps nothing: {error}");
        let mut state = self.state.borrow_mut();
        state.outbox = None;
        state.store = None;
        state.settled.clear();
        drop(state);
        self.rows.set_keeping(Keeping::Memory);
    }

    /// Keeps what is waiting, all at once: while one transaction reaches the disk, the next gathers.
    fn keep_next(self: &Rc<Self>) {
        let (waiting, outbox) = {
            let mut state = self.state.borrow_mut();
            if !state.is_open || state.is_keeping || state.to_keep.is_empty() {
                return;
            }
            state.is_keeping = true;
            (std::mem::take(&mut state.to_keep), state.outbox.clone())
        };
        let commands: Vec<Kept> = self.rows.with_client(|client| {
            let pending = client.replica().pending().iter();
            let waits = pending.filter(|pending| waiting.contains(&pending.cid));
            waits.map(|pending| Kept::of(0, pending)).collect()
        });
        let me = self.clone();
        spawn_local(async move {
            let kept = match outbox {
                Some(outbox) => outbox.keep(commands.clone()).await,
                None => Ok(me.number(commands.clone())),
            };
            let kept = kept.unwrap_or_else(|error| {
                me.go_on_in_memory(&error);
                me.number(commands)
            });
            for command in kept {
                me.state.borrow_mut().last_mid = command.mid;
                feed(Event::Stored(command.cid, command.mid));
                me.tell(&TabMessage::Kept(command));
            }
            me.state.borrow_mut().is_keeping = false;
            if !std::mem::replace(&mut me.state.borrow_mut().has_persisted, true) {
                spawn_local(install::persist());
            }
            me.keep_next();
        });
    }

    /// Numbers commands that are kept nowhere. Should another page give the same numbers, the server says so.
    fn number(&self, commands: Vec<Kept>) -> Vec<Kept> {
        let last_mid = self.state.borrow().last_mid;
        let numbered = (last_mid + 1..).zip(commands);
        numbered
            .map(|(mid, command)| Kept { mid, ..command })
            .collect()
    }

    fn recall(self: Rc<Self>) {
        spawn_local(async move {
            match self.outbox() {
                Some(outbox) => match outbox.restore(fresh()).await {
                    Ok(restored) => self.take_over(restored),
                    Err(error) => self.go_on_in_memory(&error),
                },
                None => self.renumber_in_memory(),
            }
        });
    }

    fn renumber(self: Rc<Self>) {
        let mut judged = std::mem::take(&mut self.state.borrow_mut().settled);
        self.rows.with_client(|client| {
            let pending = client.replica().pending().iter();
            let done = pending.filter(|pending| pending.done_at.is_some());
            judged.extend(done.filter_map(|pending| pending.mid));
        });
        spawn_local(async move {
            let Some(outbox) = self.outbox() else {
                return self.renumber_in_memory();
            };
            match outbox.renumber(fresh(), &judged).await {
                Ok(restored) => {
                    self.take_over(restored);
                    self.tell(&TabMessage::Renumbered);
                }
                Err(error) => {
                    self.go_on_in_memory(&error);
                    self.renumber_in_memory();
                }
            }
        });
    }

    fn renumber_in_memory(&self) {
        let unjudged: Vec<Kept> = self.rows.with_client(|client| {
            let pending = client.replica().pending().iter();
            let unjudged = pending.filter(|p| p.mid.is_some() && p.done_at.is_none());
            (1..)
                .zip(unjudged)
                .map(|(mid, p)| Kept::of(mid, p))
                .collect()
        });
        self.state.borrow_mut().last_mid = unjudged.len() as u64;
        feed(Event::Restored(fresh(), unjudged));
    }

    fn write_soon(self: Rc<Self>) {
        let is_due = std::mem::replace(&mut self.state.borrow_mut().is_write_due, true);
        if !is_due {
            set_timeout(move || self.write(), WRITE_AFTER);
        }
    }

    fn write(self: Rc<Self>) {
        let store = {
            let mut state = self.state.borrow_mut();
            state.is_write_due = false;
            if state.is_writing {
                drop(state);
                return self.write_soon();
            }
            let Some(store) = state.store.clone() else {
                return;
            };
            state.is_writing = true;
            store
        };
        spawn_local(async move {
            self.write_to(&store).await;
            self.state.borrow_mut().is_writing = false;
        });
    }

    async fn write_to(&self, store: &RowStore) {
        let rows = self.rows;
        let settled = std::mem::take(&mut self.state.borrow_mut().settled);
        match store
            .write(|stored| rows.with_client(|client| client.write(stored)))
            .await
        {
            Ok(Some(header)) => {
                feed(Event::Written(Some(header)));
                if !std::mem::replace(&mut self.state.borrow_mut().is_marked, true) {
                    install::mark_ready(&slug_of(rows)).await;
                }
            }
            Ok(None) => {}
            Err(error) => {
                leptos::logging::warn!("rows were not kept: {error}");
                feed(Event::Written(None));
            }
        }
        // After the rows: a page that opens in between shows the change in any case.
        if let (Some(outbox), false) = (self.outbox(), settled.is_empty())
            && let Err(error) = outbox.forget(&settled).await
        {
            // Sent again, they are answered as they were.
            leptos::logging::warn!("settled changes were not forgotten: {error}");
        }
    }

    fn park(self: Rc<Self>, refused: Refused) {
        let (Some(outbox), Some(mid)) = (self.outbox(), refused.mid) else {
            return;
        };
        let Ok(command) = serde_json::value::to_raw_value(&refused.command) else {
            return;
        };
        let parked = Parked {
            cid: refused.cid,
            at: clock::now(),
            command,
            rejected: refused.rejected,
        };
        spawn_local(async move {
            match outbox.park(mid, &parked).await {
                Ok(()) => self.tell_parked(&outbox).await,
                Err(error) => self.go_on_in_memory(&error),
            }
        });
    }

    fn discard(self: Rc<Self>, cid: CommandId) {
        let Some(outbox) = self.outbox() else { return };
        spawn_local(async move {
            match outbox.discard(cid).await {
                Ok(()) => self.tell_parked(&outbox).await,
                Err(error) => leptos::logging::warn!("it was not forgotten: {error}"),
            }
        });
    }

    async fn tell_parked(&self, outbox: &Outbox) {
        self.read_parked(outbox).await;
        self.tell(&TabMessage::Parked);
    }

    async fn read_parked(&self, outbox: &Outbox) {
        match outbox.parked().await {
            Ok(parked) => self.rows.set_parked(parked),
            Err(error) => leptos::logging::warn!("refused changes were not read: {error}"),
        }
    }

    fn send(&self, message: ClientMessage) {
        match message {
            ClientMessage::Hello(hello) => {
                let tab = self.tab;
                self.tell(&TabMessage::Hello { tab, hello });
            }
            // Whether the leader is there, the lock tells.
            ClientMessage::Ping { t } => set_timeout(
                move || {
                    let server_time = clock::now();
                    feed(received(ServerMessage::Pong { t, server_time }));
                },
                Duration::ZERO,
            ),
            ClientMessage::Push { .. } | ClientMessage::Ack { .. } | ClientMessage::Presence(_) => {
            }
        }
    }

    fn relay(&self, heard: Heard, text: String) {
        let Ok(text) = RawValue::from_string(text) else {
            return;
        };
        self.state.borrow_mut().relay.hear(heard, &text);
        self.tell(&TabMessage::Heard(text));
    }

    fn linked(&self, is_linked: bool) {
        let was_linked = std::mem::replace(&mut self.state.borrow_mut().is_linked, is_linked);
        if was_linked != is_linked && self.leads() {
            self.tell(if is_linked {
                &TabMessage::Leading
            } else {
                &TabMessage::Alone
            });
        }
    }

    fn hear(self: Rc<Self>, message: TabMessage) {
        let leads = self.leads();
        match message {
            TabMessage::Kept(kept) => feed(Event::Joined(kept)),
            TabMessage::Renumbered => self.recall(),
            TabMessage::Hello { tab, hello } if leads => {
                let state = self.state.borrow();
                let now = clock::now();
                let messages = self
                    .rows
                    .with_client(|client| state.relay.answer(client, &hello, now));
                drop(state);
                self.tell(&if messages.is_empty() {
                    TabMessage::Alone
                } else {
                    TabMessage::Answer { tab, messages }
                });
            }
            TabMessage::Answer { tab, messages } if tab == self.tab && !leads => {
                for message in messages {
                    receive(&message);
                }
            }
            TabMessage::Heard(message) if !leads => receive(&message),
            TabMessage::Leading if !leads => {
                feed(Event::Disconnected);
                feed(Event::Woken);
            }
            TabMessage::Alone if !leads => feed(Event::Disconnected),
            TabMessage::Want(cover) if leads => feed(Event::Want(cover)),
            TabMessage::MayLead { tab } if leads => self.hand_over(tab),
            TabMessage::Lead { tab, may } if tab == self.tab => {
                self.state.borrow_mut().has_asked = false;
                if may {
                    self.ask(Ask::AtOnce);
                }
            }
            TabMessage::Parked => {
                if let Some(outbox) = self.outbox() {
                    spawn_local(async move { self.read_parked(&outbox).await });
                }
            }
            TabMessage::Hello { .. }
            | TabMessage::Answer { .. }
            | TabMessage::Heard(_)
            | TabMessage::Leading
            | TabMessage::Alone
            | TabMessage::Want(_)
            | TabMessage::MayLead { .. }
            | TabMessage::Lead { .. } => {}
        }
    }

    /// Asks for the lead.
    fn ask(self: &Rc<Self>, ask: Ask) {
        let Some(lock) = &self.lock else { return };
        let (me, other) = (self.clone(), self.clone());
        lock.ask(
            ask,
            Told {
                answered: Box::new(move |is_ours| me.answered(ask, is_ours)),
                lost: Box::new(move || other.follow()),
            },
        );
    }

    fn answered(self: Rc<Self>, ask: Ask, is_ours: bool) {
        if !is_ours {
            return self.follow();
        }
        if ask == Ask::IfFree {
            return feed(Event::Led(Lead::Leader));
        }
        // Whoever led before may have kept more than this page knows.
        spawn_local(async move {
            let store = self.state.borrow().store.clone();
            let rows = match store {
                Some(store) => store.read().await.unwrap_or_default(),
                None => None,
            };
            if let Some((header, chunks)) = rows {
                feed(Event::Opened(header, chunks));
            }
            feed(Event::Led(Lead::Leader));
        });
    }

    fn follow(self: Rc<Self>) {
        feed(Event::Led(Lead::Follower));
        self.ask(Ask::InTurn);
    }

    /// Another page came to the front. Whoever is in the background puts everything down first.
    fn hand_over(self: Rc<Self>, tab: CommandId) {
        let may = document().hidden();
        if !may {
            return self.tell(&TabMessage::Lead { tab, may });
        }
        spawn_local(async move {
            let store = self.state.borrow().store.clone();
            if let Some(store) = store {
                self.write_to(&store).await;
            }
            if let Some(lock) = &self.lock {
                lock.release();
            }
            self.clone().follow();
            self.tell(&TabMessage::Lead { tab, may });
        });
    }

    fn come_to_the_front(self: Rc<Self>) {
        let Some(lock) = &self.lock else { return };
        if lock.is_held() || !self.state.borrow().is_open {
            return;
        }
        if self.leads() {
            // The page was put aside, and is back.
            return self.ask(Ask::AtOnce);
        }
        self.state.borrow_mut().has_asked = true;
        self.tell(&TabMessage::MayLead { tab: self.tab });
        set_timeout(
            move || {
                // A frozen page cannot answer, and keeps the lock.
                if std::mem::take(&mut self.state.borrow_mut().has_asked) {
                    self.ask(Ask::AtOnce);
                }
            },
            LEAD_AFTER,
        );
    }

    fn leave(self: Rc<Self>) {
        self.clone().write();
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}

fn receive(message: &RawValue) {
    if let Ok(message) = serde_json::from_str(message.get()) {
        feed(received(message));
    }
}

fn received(message: ServerMessage) -> Event {
    Event::Received(Box::new(message))
}

fn fresh() -> ReplicaId {
    ReplicaId::new(clock::now().0, clock::random())
}
