//! Reactive rows: whoever reads a row inside a component is told when that row changes, and only then.

use super::{KeptRows, Seed};
use crate::erased::memo;
use leptos::prelude::*;
use shared::access::{self, Action};
use shared::codes::Rejected;
use shared::ids::{CommandId, ProjectId, StatusId, UserId, WorkspaceId};
use shared::members::Member;
use shared::projects::Project;
use shared::sorted::SortedMap;
use shared::sync::protocol::{Person, Presence};
use shared::sync::{
    Client, Command, Context, Cover, Effect, Event, Key, LinkState, List, Mutation, Overwritten,
    Parked, Refused, Row, Settings, Standing, Table, Tx,
};
use shared::values::{Date, Time};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use uuid::Uuid;

/// A command that was refused, shown until somebody dismisses it.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Tells refusals apart.
    pub id: u64,
    /// What was to be done.
    pub command: Command,
    /// Why it was not.
    pub rejected: Rejected,
}

/// Where this browser keeps what is done here until the server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// That is not known yet.
    Unknown,
    /// In its databases: nothing is lost with the page.
    Disk,
    /// Nowhere: what is not sent is lost with the page.
    Memory,
}

/// The rows of the workspace that is looked at. Cheap to copy; lives in the context of the workspace's pages.
#[derive(Clone, Copy)]
pub struct Rows(StoredValue<Inner>);

#[derive(Clone)]
struct Inner {
    workspace: WorkspaceId,
    me: UserId,
    client: Arc<Mutex<Client>>,
    triggers: Arc<Mutex<Triggers>>,
    totals: Arc<SortedMap<StatusId, u32>>,
    environment: Arc<OnceLock<Environment>>,
    link: ArcRwSignal<LinkState>,
    people: ArcRwSignal<(Option<ProjectId>, Vec<Person>)>,
    refusals: ArcRwSignal<Vec<Refusal>>,
    overwritten: ArcRwSignal<Vec<(u64, Overwritten)>>,
    parked: ArcRwSignal<Vec<Parked>>,
    /// What refused changes were about.
    refused: ArcRwSignal<BTreeSet<Key>>,
    keeping: ArcRwSignal<Keeping>,
    today: ArcRwSignal<Date>,
}

/// What the browser's driver gives: chance, time, and hands for effects. There is none on the server.
#[derive(Clone, Copy)]
pub struct Environment {
    /// The server's time as far as this browser knows, in Unix milliseconds.
    pub now: fn() -> Time,
    /// Ten random bytes.
    pub random: fn() -> [u8; 10],
    /// Carries out what the state machine asks for. [`Effect::Reveal`] and `People` are done already.
    pub carry_out: fn(Effect),
    /// Forgets a refused change that was kept.
    pub discard: fn(CommandId),
    /// Forgets a refused change as soon as the one that is made in its place is kept, or refused and kept as well.
    pub replace: fn(CommandId, CommandId),
    /// Loads the newest version of the application.
    pub renew: fn(),
}

#[derive(Default)]
struct Triggers {
    rows: HashMap<Key, ArcTrigger>,
    tables: SortedMap<Table, ArcTrigger>,
    covers: ArcTrigger,
}

/// The rows in the context.
///
/// # Panics
/// Outside of a workspace's pages, which is a mistake in the routes.
pub fn use_rows() -> Rows {
    use_context().expect("a workspace's page provides its rows")
}

impl Rows {
    /// Rows that begin with a page's seed.
    pub fn seeded(settings: Settings, seed: &Seed) -> Self {
        let mut client = Client::new(settings);
        client.step(Event::Seeded(seed.snapshot.clone(), seed.scopes.clone()));
        Self::of(seed.me, client, seed.totals.clone(), seed.today)
    }

    /// Rows that begin with what the browser has kept.
    pub fn kept(settings: Settings, kept: KeptRows) -> Self {
        let mut client = Client::new(settings);
        client.step(Event::Opened(kept.header, kept.chunks));
        Self::of(kept.me, client, SortedMap::new(), kept.today)
    }

    fn of(me: UserId, client: Client, totals: SortedMap<StatusId, u32>, today: i32) -> Self {
        let link = client.state();
        let overwritten = (1..).zip(client.overwritten()).collect();
        Rows(StoredValue::new(Inner {
            workspace: client.workspace(),
            me,
            client: Arc::new(Mutex::new(client)),
            triggers: Arc::default(),
            totals: Arc::new(totals),
            environment: Arc::default(),
            link: ArcRwSignal::new(link),
            people: ArcRwSignal::default(),
            refusals: ArcRwSignal::default(),
            overwritten: ArcRwSignal::new(overwritten),
            refused: ArcRwSignal::default(),
            parked: ArcRwSignal::default(),
            keeping: ArcRwSignal::new(Keeping::Unknown),
            today: ArcRwSignal::new(Date::from_days(today).unwrap_or_default()),
        }))
    }

    /// Hands the rows to the browser's driver. Until then nothing can be changed.
    pub fn drive(self, environment: Environment) {
        let _already = self.inner().environment.set(environment);
    }

    fn inner(self) -> Inner {
        self.0.get_value()
    }

    /// The workspace.
    pub fn workspace(self) -> WorkspaceId {
        self.inner().workspace
    }

    /// Who looks.
    pub fn me(self) -> UserId {
        self.inner().me
    }

    /// The row with that id, tracked.
    pub fn get<R: Row>(self, id: R::Id) -> Option<Arc<R>> {
        let inner = self.inner();
        inner.trigger_of(R::key_of(id)).track();
        inner.client().replica().view().get::<R>(id).cloned()
    }

    /// The row with that id, as it is now.
    pub fn get_untracked<R: Row>(self, id: R::Id) -> Option<Arc<R>> {
        self.inner().client().replica().view().get::<R>(id).cloned()
    }

    /// How far a row's changes have come that the server has not confirmed, tracked with the row and the link. Where the
    /// browser keeps nothing, nothing is called saved that would be lost with the page.
    pub fn standing<R: Row>(self, id: R::Id) -> Option<Standing> {
        let inner = self.inner();
        inner.trigger_of(R::key_of(id)).track();
        if inner.refused.read_untracked().contains(&R::key_of(id)) {
            return Some(Standing::Refused);
        }
        let standing = || inner.client().standing(R::key_of(id));
        // Most rows have nothing pending: those do not listen to the link.
        standing().and_then(|_| {
            inner.link.track();
            match (standing()?, inner.keeping.get()) {
                (Standing::Saved, Keeping::Memory) => Some(Standing::Shown),
                (standing, _) => Some(standing),
            }
        })
    }

    /// Something about a row, tracked; told only when that something changes.
    pub fn map<R: Row, T: PartialEq + Send + Sync + 'static>(
        self,
        id: R::Id,
        read: impl Fn(Option<&R>) -> T + Send + Sync + 'static,
    ) -> Memo<T>
    where
        R::Id: Send + Sync + 'static,
    {
        memo(move || read(self.get::<R>(id).as_deref()))
    }

    /// A text of a row, tracked; empty where there is none.
    pub fn text<R: Row>(self, id: R::Id, read: fn(&R) -> String) -> Memo<String>
    where
        R::Id: Send + Sync + 'static,
    {
        self.map(id, move |row| row.map(read).unwrap_or_default())
    }

    /// Every row of a type in id order, tracked.
    pub fn all<R: Row>(self) -> Vec<Arc<R>> {
        let inner = self.inner();
        inner.trigger_for(R::TABLE).track();
        inner
            .client()
            .replica()
            .view()
            .all::<R>()
            .cloned()
            .collect()
    }

    /// The ids of a hand-ordered list, in order, tracked.
    pub fn list(self, list: List) -> Vec<Uuid> {
        let inner = self.inner();
        inner.trigger_for(list.table()).track();
        inner.client().replica().view().list(list).collect()
    }

    /// The rows of a hand-ordered list, in order, tracked as a whole: for filters and sums.
    pub fn list_rows<R: Row>(self, list: List) -> Vec<Arc<R>> {
        let inner = self.inner();
        inner.trigger_for(list.table()).track();
        let client = inner.client();
        let view = client.replica().view();
        view.list(list)
            .filter_map(|id| view.get::<R>(id.into()).cloned())
            .collect()
    }

    /// How many live tasks a column has, also where not all of them are here yet. Tracked.
    pub fn column_total(self, project: ProjectId, status: StatusId) -> usize {
        let complete = self.has(Cover::Board(project));
        let inner = self.inner();
        inner.trigger_for(Table::Tasks).track();
        let here = inner
            .client()
            .replica()
            .view()
            .list_len(List::Tasks(status));
        let told = inner.totals.get(&status).map_or(0, |total| *total as usize);
        if complete { here } else { here.max(told) }
    }

    /// Whether it was told how many tasks these columns have, also where not all of them are here.
    pub fn has_totals(self, columns: &[StatusId]) -> bool {
        let totals = self.inner().totals;
        columns.iter().any(|it| totals.contains_key(it))
    }

    /// Whether a row was made here, and the server does not have it yet. Tracked.
    pub fn is_unconfirmed<R: Row>(self, id: R::Id) -> bool {
        let inner = self.inner();
        inner.trigger_of(R::key_of(id)).track();
        inner.link.track();
        inner
            .client()
            .replica()
            .base()
            .find(R::key_of(id))
            .is_none()
    }

    /// Whether something is here completely, tracked.
    pub fn has(self, cover: Cover) -> bool {
        let inner = self.inner();
        inner
            .triggers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .covers
            .track();
        inner.client().has(cover)
    }

    /// Asks for something to be fetched and kept, if it is not here.
    pub fn want(self, cover: Cover) {
        self.dispatch(Event::Want(cover));
    }

    /// The person who looks, as a member. Tracked.
    pub fn member(self) -> Option<Arc<Member>> {
        self.get::<Member>(self.me())
    }

    /// Whether the person who looks may do something in a project: what they may not, is not offered. Tracked.
    pub fn may(self, action: Action, project: ProjectId) -> bool {
        match (self.member(), self.get::<Project>(project)) {
            (Some(member), Some(project)) => access::may(&member, action, &project),
            _ => false,
        }
    }

    /// Whether the person who looks may do something that belongs to no project. Tracked.
    pub fn may_in_workspace(self, action: Action) -> bool {
        let relation = access::Relation {
            in_project: true,
            ..access::Relation::default()
        };
        self.member()
            .is_some_and(|m| m.active && access::can(m.role, action, relation))
    }

    /// The connection and the number of unsent changes.
    pub fn link(self) -> ReadSignal<LinkState> {
        self.inner().link.read_only().into()
    }

    /// Who is on a project now, one entry for each of their pages. Tracked.
    pub fn people(self, project: ProjectId) -> Vec<Person> {
        let (of, people) = self.inner().people.get();
        if of == Some(project) {
            people
        } else {
            Vec::new()
        }
    }

    /// What was refused and not yet dismissed.
    pub fn refusals(self) -> ReadSignal<Vec<Refusal>> {
        self.inner().refusals.read_only().into()
    }

    /// What others overwrote of this person's, numbered, until it is taken back or dismissed.
    pub fn overwritten(self) -> ReadSignal<Vec<(u64, Overwritten)>> {
        self.inner().overwritten.read_only().into()
    }

    /// Sets a value again that somebody overwrote.
    pub fn take_back(self, id: u64) {
        if let Some(command) = self.overwriting(id).and_then(|it| it.take_back()) {
            self.mutate(command);
        }
        self.let_go(id);
    }

    /// Leaves it at what somebody overwrote.
    pub fn let_go(self, id: u64) {
        if let Some(it) = self.overwriting(id) {
            self.dispatch(Event::LetGo(it.key, it.field));
        }
    }

    fn overwriting(self, id: u64) -> Option<Overwritten> {
        let all = self.inner().overwritten.get_untracked();
        all.into_iter().find(|it| it.0 == id).map(|it| it.1)
    }

    /// Refused changes that nobody has decided about, of all pages and times.
    pub fn parked(self) -> ReadSignal<Vec<Parked>> {
        self.inner().parked.read_only().into()
    }

    /// Takes over which refused changes are kept, and what they were about.
    pub fn set_parked(self, parked: Vec<Parked>, about: BTreeSet<Key>) {
        let inner = self.inner();
        let mut told = inner.refused.get_untracked();
        told.extend(&about);
        inner.refused.set(about);
        inner.parked.set(parked);
        inner.reveal(&told, false);
    }

    /// Makes a refused change again, as a new one. Until that is kept, in whatever way, the old one is.
    pub fn retry(self, parked: &Parked) {
        if let (Some(command), Some(environment)) = (parked.read(), self.inner().environment.get())
        {
            let cid = self.new_id();
            (environment.replace)(parked.cid, cid);
            self.perform(command, cid);
        }
    }

    /// Gives a refused change up.
    pub fn discard(self, cid: CommandId) {
        if let Some(environment) = self.inner().environment.get() {
            (environment.discard)(cid);
        }
    }

    /// Loads the newest version of the application.
    pub fn renew(self) {
        if let Some(environment) = self.inner().environment.get() {
            (environment.renew)();
        }
    }

    /// Where this browser keeps what is done here.
    pub fn keeping(self) -> ReadSignal<Keeping> {
        self.inner().keeping.read_only().into()
    }

    /// Takes over where this browser keeps what is done here.
    pub fn set_keeping(self, keeping: Keeping) {
        self.inner().keeping.set(keeping);
    }

    /// Takes a refusal away.
    pub fn dismiss(self, id: u64) {
        self.inner()
            .refusals
            .update(|refusals| refusals.retain(|refusal| refusal.id != id));
    }

    /// Today, where the person is; on the first render, where the server is.
    pub fn today(self) -> ReadSignal<Date> {
        self.inner().today.read_only().into()
    }

    /// Sets today.
    pub fn set_today(self, today: Date) {
        let signal = self.inner().today;
        if signal.get_untracked() != today {
            signal.set(today);
        }
    }

    /// Tells the others where this person is.
    pub fn moved(self, presence: Presence) {
        self.dispatch(Event::Moved(presence));
    }

    /// The time now, by the server's clock as far as known. Not for rendering.
    pub fn now(self) -> Time {
        self.inner()
            .environment
            .get()
            .map_or(Time(0), |environment| (environment.now)())
    }

    /// A new id.
    ///
    /// # Panics
    /// On the server, where nothing is made while rendering.
    pub fn new_id<T: From<Uuid>>(self) -> T {
        let inner = self.inner();
        let environment = inner
            .environment
            .get()
            .expect("ids are made in event handlers");
        let id = CommandId::new((environment.now)().0, (environment.random)());
        id.uuid().into()
    }

    /// Carries out a command: shown at once, sent, and taken back with a message if the server refuses it.
    pub fn mutate(self, command: impl Into<Command>) {
        self.perform(command.into(), self.new_id());
    }

    fn perform(self, command: Command, cid: CommandId) {
        let context = Context {
            actor: self.me(),
            now: self.now(),
            cid,
        };
        self.dispatch(Event::Perform(Box::new(command), context));
    }

    /// The commands that would take one back that is about to be carried out, in order.
    pub fn inverse(self, mutation: &impl Mutation) -> Vec<Command> {
        let context = Context {
            actor: self.me(),
            now: self.now(),
            cid: self.new_id(),
        };
        self.with_client(|client| mutation.inverse(&Tx::new(client.replica().view(), context)))
    }

    /// Feeds the state machine and carries out what it answers.
    pub fn dispatch(self, event: Event) {
        let inner = self.inner();
        let covers = matches!(
            event,
            Event::Fetched(_) | Event::Received(_) | Event::Seeded(..) | Event::Opened(..)
        );
        let effects = inner.client().step(event);
        let mut keys = BTreeSet::new();
        for effect in effects {
            match &effect {
                Effect::Reveal(touched) => {
                    keys.extend(touched);
                    continue;
                }
                Effect::Status => {
                    let state = inner.client().state();
                    inner.link.set(state);
                }
                Effect::People(project, people) => {
                    inner.people.set((Some(*project), people.clone()));
                    continue;
                }
                Effect::Overwritten(overwritten) => {
                    inner.tell_overwritten(overwritten);
                    continue;
                }
                Effect::Refused(refused) if refused.made_here => inner.refuse(refused),
                _ => {}
            }
            if let Some(environment) = inner.environment.get() {
                (environment.carry_out)(effect);
            }
        }
        inner.reveal(&keys, covers);
    }

    /// Reads the state machine: for the driver.
    pub fn with_client<T>(self, read: impl FnOnce(&mut Client) -> T) -> T {
        read(&mut self.inner().client())
    }
}

impl Inner {
    fn client(&self) -> std::sync::MutexGuard<'_, Client> {
        // A panic while the lock is held ends the page anyway; the state itself is never half-written.
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trigger_of(&self, key: Key) -> ArcTrigger {
        let mut triggers = self.triggers.lock().unwrap_or_else(PoisonError::into_inner);
        triggers.rows.entry(key).or_default().clone()
    }

    fn trigger_for(&self, table: Table) -> ArcTrigger {
        let mut triggers = self.triggers.lock().unwrap_or_else(PoisonError::into_inner);
        let trigger = triggers
            .tables
            .get_or_insert_with(table, ArcTrigger::default);
        trigger.clone()
    }

    /// Tells the readers of rows, of their tables, and of what is complete: each once, after all is written.
    fn reveal(&self, keys: &BTreeSet<Key>, covers: bool) {
        let mut told: Vec<ArcTrigger> = Vec::new();
        {
            let triggers = self.triggers.lock().unwrap_or_else(PoisonError::into_inner);
            told.extend(
                keys.iter()
                    .filter_map(|key| triggers.rows.get(key))
                    .cloned(),
            );
            // Keys are ordered by table first.
            let mut tables: Vec<Table> = keys.iter().map(|key| key.table).collect();
            tables.dedup();
            told.extend(
                tables
                    .iter()
                    .filter_map(|table| triggers.tables.get(table))
                    .cloned(),
            );
            if covers {
                told.push(triggers.covers.clone());
            }
        }
        for trigger in told {
            trigger.notify();
        }
    }

    fn tell_overwritten(&self, now: &[Overwritten]) {
        self.overwritten.update(|all| {
            all.retain(|(_, known)| now.contains(known));
            for it in now {
                if !all.iter().any(|(_, known)| known == it) {
                    all.push((new_notice(), it.clone()));
                }
            }
        });
    }

    fn refuse(&self, refused: &Refused) {
        self.refusals.update(|refusals| {
            refusals.push(Refusal {
                id: new_notice(),
                command: refused.command.clone(),
                rejected: refused.rejected.clone(),
            });
        });
    }
}

/// A number that no notice of this page has had: what was told under one is not told again.
fn new_notice() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}
