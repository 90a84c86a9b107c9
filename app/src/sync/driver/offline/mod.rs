//! What outlives a page: commands and rows in this browser's databases, and the browser's other pages.
//!
//! All of it lies in a chunk of its own, fetched after a page is usable. What is done meanwhile waits. Start reading at
//! [`run`] and [`begin`].
//!
//! Where the browser keeps nothing (private windows of some, no room, a broken profile) the page goes on in memory, and
//! says so: [`Keeping::Memory`].

mod checks;
mod idb;
mod install;
mod known;
mod lead;
mod lock;
mod outbox;
mod parked;
mod requests;
mod row_store;
mod start;
mod tabs;
mod unsent;

use super::{clock, feed};
use crate::accounts::Person;
use crate::start::Start;
use crate::sync::Notice;
use crate::sync::rows::{Keeping, Rows};
use crate::workspaces::slug_of;
use idb::Failed;
use known::Known;
use leptos::prelude::{GetUntracked as _, RwSignal, set_timeout};
use leptos::web_sys::HtmlFormElement;
use lock::{Ask, Lock};
use outbox::{Outbox, Restored};
use requests::Requests;
use row_store::RowStore;
use serde_json::value::RawValue;
use shared::ids::{CommandId, Epoch, ReplicaId};
use shared::sync::digest::Hashed;
use shared::sync::protocol::{ClientMessage, Own, ServerMessage};
use shared::sync::{
    Cover, Event, Heard, Kept, Key, Lead, Link, Pending, Readable, Refused, Relay, TabMessage,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tabs::Tabs;
use wasm_bindgen_futures::spawn_local;

/// How long rows may be ahead of what is kept of them.
const WRITE_AFTER: Duration = Duration::from_millis(200);

/// What the driver wants done.
pub(super) enum Job {
    /// Draw the page from what is kept: no server has made it.
    Open(fn(Start)),
    /// Forget whoever was here, but for what they have not sent.
    SignedOut,
    /// Tell how many changes of who has this address wait.
    Count(String, RwSignal<usize>),
    /// Send a form that signs out, once the person has heard what waits.
    SignOut(HtmlFormElement),
    /// Leave the page to the server: nobody is let in any more as they are.
    LetGo,
    /// Take over; rows may have been opened already.
    Begin(Rows, Option<Person>, bool),
    /// Load the newest version of the application.
    Renew,
    /// Keep a command.
    Store(CommandId),
    /// Forget a command, once the rows are kept that it led to.
    Forget(Own),
    /// Read again what is kept.
    Recall,
    /// Keep again what a server in this life of the log has lost, beyond that number.
    Revive(Epoch, u64),
    /// Number everything anew.
    NewReplica,
    /// Keep rows, soon.
    Keep,
    /// Compare rows with the server's.
    Check(Cover),
    /// Keep a refused command.
    Park(Box<Refused>),
    /// Forget a refused command.
    Discard(CommandId),
    /// The person has let go of what was overwritten of a field: tell the other pages.
    Told(Key, String),
    /// Forget the first, a refused command, once the second is kept or refused.
    Replace(CommandId, CommandId),
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
    /// What rows came to when they were last compared.
    hashed: RefCell<Hashed>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// Whether it is known what is kept.
    is_open: bool,
    outbox: Option<Rc<Outbox>>,
    store: Option<Rc<RowStore>>,
    tabs: Option<Tabs>,
    /// The page that has answered this one.
    leader: Option<CommandId>,
    relay: Relay,
    /// What a follower that comes may need of what was heard, as it came: most pages are alone, and never look into it.
    unread: VecDeque<(ReplicaId, Heard, String)>,
    /// Whether a page has asked to be followed up.
    has_followers: bool,
    /// Commands to be kept.
    to_keep: Vec<CommandId>,
    /// Commands that are made again, each with the refused one that it replaces.
    replaced: Vec<(CommandId, CommandId)>,
    is_keeping: bool,
    /// Commands that need not be kept any more, and in which life of the log they took effect.
    settled: Vec<(Own, Option<Epoch>)>,
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
        (Job::Open(draw), None) => spawn_local(start::open(draw)),
        (Job::SignedOut, None) => spawn_local(start::forget()),
        (Job::Count(email, told), _) => spawn_local(unsent::count(email, told)),
        (Job::SignOut(form), _) => spawn_local(unsent::sign_out(form)),
        (Job::Begin(rows, person, opened), None) => begin(rows, person, opened),
        (job, Some(offline)) => offline.run(job),
        // The driver's first job is to begin.
        (_, None) => {}
    }
}

fn begin(rows: Rows, person: Option<Person>, opened: bool) {
    let lock = Lock::new(tabs::name(rows.me(), rows.workspace()));
    let offline = Rc::new(Offline {
        rows,
        tab: CommandId::new(clock::now().0, clock::random()),
        lock,
        requests: Rc::default(),
        hashed: RefCell::default(),
        state: RefCell::default(),
    });
    OFFLINE.set(Some(offline.clone()));
    spawn_local(async move {
        if opened && rows.with_client(|client| client.epoch()).is_none() {
            // What is kept cannot be read, so there is no page to go on with.
            return start::without_rows(rows).await;
        }
        if let Err(error) = offline.open(opened).await {
            offline.go_on_in_memory(&error);
            feed(Event::Restored(fresh(), 0, Vec::new()));
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
            Job::Begin(..) | Job::Open(_) | Job::SignedOut | Job::Count(..) | Job::SignOut(_) => {}
            Job::LetGo => spawn_local(start::without_rows(self.rows)),
            Job::Renew => spawn_local(install::renew()),
            Job::Store(cid) => {
                self.state.borrow_mut().to_keep.push(cid);
                self.keep_next();
            }
            // In memory nothing is kept that could be forgotten.
            Job::Forget(_) if self.outbox().is_none() => {}
            Job::Forget(own) => {
                let epoch = self.rows.with_client(|client| client.epoch());
                self.state.borrow_mut().settled.push((own, epoch));
            }
            Job::Recall => self.recall(),
            Job::Revive(epoch, last_mid) => self.revive(epoch, last_mid),
            Job::NewReplica => self.renumber(),
            Job::Keep => self.write_soon(),
            Job::Check(cover) => self.check(cover),
            Job::Park(refused) => self.park(*refused),
            Job::Discard(cid) => self.discard(cid),
            Job::Told(key, field) => self.tell(&TabMessage::LetGo(key, field)),
            Job::Replace(old, new) => self.state.borrow_mut().replaced.push((new, old)),
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
        self.show_parked(parked);
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
        self.now_numbers(&restored);
        let Restored {
            replica,
            last_mid,
            kept,
        } = restored;
        feed(Event::Restored(replica, last_mid, kept));
    }

    fn now_numbers(&self, restored: &Restored) {
        let (writer, epoch) = self
            .rows
            .with_client(|client| (client.writer(), client.epoch()));
        let is_same = writer == restored.replica;
        let mut state = self.state.borrow_mut();
        state.last_mid = restored.last_mid;
        // Numbers of another identity, or of another life of the log, say nothing any more.
        state.settled.retain(|(_, of)| is_same && *of == epoch);
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
            let (writer, kept) = kept.unwrap_or_else(|error| {
                me.go_on_in_memory(&error);
                me.number(commands)
            });
            let is_ours = me.goes_by(writer);
            for command in kept {
                if is_ours {
                    me.state.borrow_mut().last_mid = command.mid;
                    feed(Event::Stored(command.cid, command.mid));
                }
                if let Some(old) = me.replaced_by(command.cid) {
                    me.clone().discard(old);
                }
                me.tell(&TabMessage::Kept { writer, command });
            }
            if !is_ours {
                me.clone().recall_kept();
            }
            me.state.borrow_mut().is_keeping = false;
            if me.rows.link().get_untracked().link != Link::Live && me.outbox().is_some() {
                spawn_local(install::send_later(me.rows.me()));
            }
            if !std::mem::replace(&mut me.state.borrow_mut().has_persisted, true) {
                spawn_local(install::persist());
            }
            me.keep_next();
        });
    }

    /// Numbers commands that are kept nowhere. Should another page give the same numbers, the server says so.
    fn number(&self, commands: Vec<Kept>) -> (ReplicaId, Vec<Kept>) {
        let last_mid = self.state.borrow().last_mid;
        let numbered = (last_mid + 1..).zip(commands);
        let numbered = numbered.map(|(mid, command)| Kept { mid, ..command });
        let writer = self.rows.with_client(|client| client.writer());
        (writer, numbered.collect())
    }

    /// Whether this page goes by an identity: numbers that were given under another one are those of other commands.
    fn goes_by(&self, writer: ReplicaId) -> bool {
        self.rows.with_client(|client| client.writer()) == writer
    }

    /// Reads again what is kept, if anything is: another page has had it numbered anew.
    fn recall_kept(self: Rc<Self>) {
        if self.outbox().is_some() {
            self.recall();
        }
    }

    fn recall(self: Rc<Self>) {
        spawn_local(async move {
            match self.outbox() {
                Some(outbox) => match outbox.restore(fresh()).await {
                    Ok(restored) => self.take_over(restored),
                    Err(error) => {
                        self.go_on_in_memory(&error);
                        // What waits for an answer goes on with what is here.
                        self.renumber_in_memory();
                    }
                },
                None => self.renumber_in_memory(),
            }
        });
    }

    /// What the server has lost is kept again, and all pages hear of it.
    fn revive(self: Rc<Self>, epoch: Epoch, last_mid: u64) {
        spawn_local(async move {
            let restored = match self.outbox() {
                Some(outbox) => match outbox.revive(epoch, last_mid, clock::now()).await {
                    Ok((restored, 0)) => restored,
                    Ok((restored, _)) => {
                        self.tell(&TabMessage::Renumbered);
                        restored
                    }
                    Err(error) => {
                        self.go_on_in_memory(&error);
                        self.in_memory()
                    }
                },
                None => self.in_memory(),
            };
            self.now_numbers(&restored);
            let Restored {
                replica,
                last_mid,
                kept,
            } = restored;
            feed(Event::Revived(replica, last_mid, kept));
        });
    }

    /// What is kept nowhere else: the commands that the server has not judged, as they are numbered.
    fn in_memory(&self) -> Restored {
        let last_mid = self.state.borrow().last_mid;
        self.rows.with_client(|client| {
            let pending = client.replica().pending().iter();
            let unjudged = pending.filter(|p| p.done_at.is_none());
            Restored {
                replica: client.writer(),
                last_mid,
                kept: unjudged.filter_map(Readable::of).collect(),
            }
        })
    }

    fn renumber(self: Rc<Self>) {
        let settled = std::mem::take(&mut self.state.borrow_mut().settled);
        let mut judged: Vec<Own> = settled.into_iter().map(|(own, _)| own).collect();
        self.rows.with_client(|client| {
            let pending = client.replica().pending().iter();
            let done = pending.filter(|pending| pending.done_at.is_some());
            judged.extend(done.filter_map(Pending::own));
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
        let unjudged: Vec<Readable> = self.rows.with_client(|client| {
            let pending = client.replica().pending().iter();
            let unjudged = pending.filter(|p| p.mid.is_some() && p.done_at.is_none());
            let numbered = (1..).zip(unjudged);
            numbered
                .map(|(mid, pending)| Readable {
                    kept: Kept::of(mid, pending),
                    command: pending.command.clone(),
                })
                .collect()
        });
        let last_mid = unjudged.len() as u64;
        self.state.borrow_mut().last_mid = last_mid;
        feed(Event::Restored(fresh(), last_mid, unjudged));
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
        let settled = self.state.borrow().settled.clone();
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
            && let Err(error) = outbox.forget(&settled, clock::now()).await
        {
            // Sent again, they are answered as they were.
            leptos::logging::warn!("settled changes were not forgotten: {error}");
        }
        // Only now: whoever numbers all anew meanwhile has to know what was judged.
        let mut state = self.state.borrow_mut();
        state.settled.retain(|of| !settled.contains(of));
    }

    fn send(&self, message: ClientMessage) {
        match message {
            ClientMessage::Hello(hello) => {
                let (tab, asked) = (self.tab, self.rows.with_client(|client| client.asked()));
                self.tell(&TabMessage::Hello { tab, asked, hello });
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
