//! The sync engine in a box: the real client, simulated browsers, nodes, network and database, one clock, one seed.
//!
//! A seed decides everything: who does what, what goes wrong and when, how long each message takes. So a run that fails
//! fails again, the same way. While it runs, [`oracle`] and [`watch`] compare what happens with what must be true; at the
//! end nothing goes wrong any more, and everything has to settle and agree.
//!
//! Start reading at [`prove`], then `Simulation::happen`. The server here is a model of `server/src/sync` and follows it
//! step by step where one step can come between two others; the client is the one that browsers run. [`Mutant`] plants bugs.

mod agenda;
mod browser;
mod chance;
mod connection;
mod database;
mod faults;
mod happened;
mod hub;
mod link;
mod mutant;
mod network;
mod node;
mod oracle;
mod page;
mod person;
mod requests;
#[cfg(test)]
mod tests;
mod trace;
mod transcript;
mod verbs;
mod watch;

pub use chance::Chance;
pub use happened::Happened;
pub use mutant::Mutant;
pub use person::{Doing, Person};
pub use transcript::transcript;
#[cfg(test)]
pub(super) use {
    person::{NOT_DONE, VERBS},
    verbs::Verbs,
};

use crate::access::Role;
use crate::ids::{CommandId, UserId};
use agenda::{Agenda, Happening};
use browser::{Browser, BrowserId, Passes};
use database::{Database, State};
use faults::Fault;
use hub::Hub;
use network::{Link, LinkId};
use node::{Node, NodeId};
use oracle::{Checked, Ledger, Violation};
use page::{Page, PageId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Arguments;
use std::panic::{AssertUnwindSafe, catch_unwind};
use trace::Trace;

/// Every so many seeds one is run twice, to see that nothing but the seed decides.
const TWICE_EVERY: u64 = 16;
/// How often it is looked whether everything is settled, in virtual milliseconds.
const LOOK_EVERY_MS: u64 = 1_000;
/// How long everything may take to settle, in virtual milliseconds: silence, backoff, and then some.
const SETTLE_MS_MAX: u64 = 240_000;
/// The true time at the beginning.
const EPOCH_MS: i64 = 1_700_000_000_000;

/// A run in which everything held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Of everything that happened.
    pub hash: u64,
    /// Events that clients took.
    pub steps: u64,
    /// Commands that were committed.
    pub commands: u64,
    /// What went wrong on the way, and which commands were committed: how often each.
    pub happened: Happened,
}

/// A run in which something did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which run.
    pub seed: u64,
    /// What did not hold.
    pub property: &'static str,
    /// How it showed.
    pub what: String,
    /// How many events clients had taken by then.
    pub steps: u64,
    /// What had happened last.
    pub trace: Vec<String>,
}

/// Runs a seed to its end, perhaps with a planted bug; some seeds twice.
pub fn prove(seed: u64, mutant: Option<Mutant>) -> Result<Passed, Failure> {
    let passed = run(seed, mutant)?;
    if seed.is_multiple_of(TWICE_EVERY) {
        let hash = run(seed, mutant)?.hash;
        if hash != passed.hash {
            return Err(Failure {
                seed,
                property: "P26 same seed, same trace",
                what: format!("{:016x}, then {hash:016x}", passed.hash),
                steps: passed.steps,
                trace: Vec::new(),
            });
        }
    }
    Ok(passed)
}

/// Runs a seed once.
pub fn run(seed: u64, mutant: Option<Mutant>) -> Result<Passed, Failure> {
    let mut simulation = Simulation::new(seed, mutant);
    let ran = catch_unwind(AssertUnwindSafe(|| simulation.run()));
    let violation = match ran {
        Ok(Ok(())) => {
            return Ok(Passed {
                hash: simulation.trace.hash(),
                steps: simulation.steps,
                commands: simulation.commands,
                happened: simulation.happened,
            });
        }
        Ok(Err(violation)) => violation,
        Err(panic) => Violation {
            property: "no panic",
            what: panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default(),
        },
    };
    Err(Failure {
        seed,
        property: violation.property,
        what: violation.what,
        steps: simulation.steps,
        trace: simulation.trace.into_lines(),
    })
}

/// What kind of run a seed is: not every run has everything, so that rare meetings happen in some.
#[derive(Debug)]
struct Plan {
    browsers: usize,
    /// How many pages a browser has open at most.
    tabs: usize,
    /// For how long people act, in virtual milliseconds.
    busy_ms: u64,
    /// How long they think in between, at most.
    think_ms: u64,
    /// How long nothing goes wrong, at most.
    calm_ms: u64,
    latency_ms: u64,
    /// How often a node looks at the stored head.
    poll_ms: u64,
    ring_max: usize,
    log_batch: u64,
    catch_up_max: u64,
    frame_bytes_max: usize,
    /// In percent: hints that are lost, told twice, or late; messages between pages that are late; requests that are lost,
    /// and those that push which are sent twice, or late; transactions that fail; deeds that are the server's own.
    hints_lost: u64,
    hints_repeated: u64,
    hints_late: u64,
    tabs_late: u64,
    requests_lost: u64,
    posts_repeated: u64,
    posts_late: u64,
    aborts: u64,
    rewrites: u64,
    /// The weight of changes of access.
    churn: u64,
    faults: Vec<(u64, Fault)>,
}

impl Plan {
    fn of(chance: &mut Chance) -> Self {
        let mut faults = Fault::ALL.to_vec();
        for (weight, _) in &mut faults {
            if chance.percent(40) {
                *weight = 0;
            }
        }
        // At least one thing goes wrong.
        faults[0].0 += 1;
        Self {
            browsers: size(chance.between(1, 4)),
            tabs: size(chance.between(1, 3)),
            busy_ms: chance.between(15_000, 45_000),
            think_ms: chance.between(100, 900),
            calm_ms: chance.between(500, 6_000),
            latency_ms: chance.between(2, 120),
            poll_ms: chance.between(100, 3_000),
            ring_max: size(chance.between(3, 24)),
            log_batch: chance.between(1, 6),
            catch_up_max: chance.between(10, 80),
            frame_bytes_max: size(chance.between(100, 4_000)),
            hints_lost: chance.below(100),
            hints_repeated: chance.below(50),
            hints_late: chance.below(50),
            tabs_late: chance.below(40),
            requests_lost: chance.below(25),
            posts_repeated: chance.below(50),
            posts_late: chance.below(50),
            aborts: chance.below(8),
            rewrites: chance.below(6),
            churn: chance.below(24),
            faults,
        }
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

struct Simulation {
    chance: Chance,
    plan: Plan,
    mutant: Option<Mutant>,
    agenda: Agenda,
    trace: Trace,
    db: Database,
    ledger: Ledger,
    backup: Option<(State, Ledger)>,
    nodes: Vec<Node>,
    links: BTreeMap<LinkId, Link>,
    browsers: Vec<Browser>,
    pages: BTreeMap<PageId, Page>,
    /// Commands that somebody was told are saved.
    saved: BTreeSet<CommandId>,
    /// Commands that were judged, and were lost with what came after an earlier state that was restored.
    lost: BTreeSet<CommandId>,
    /// Those of them that a browser still knows: they have to come back.
    owed: BTreeSet<CommandId>,
    /// Connections that have to look for what is new.
    woken: VecDeque<LinkId>,
    /// The version that is rolled out.
    build: u32,
    server_clock_ms: i64,
    last_id: u64,
    /// When the store takes the next command.
    store_until: u64,
    /// Nothing goes wrong any more, and everything should have settled by then.
    healing: bool,
    settle_until: u64,
    restored: bool,
    put_back: bool,
    steps: u64,
    commands: u64,
    happened: Happened,
}

impl Simulation {
    fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut chance = Chance::new(seed);
        let plan = Plan::of(&mut chance);
        let db = Database::founded(&mut chance);
        let ledger = Ledger::founded(&db.state);
        let nodes =
            (0..chance.between(1, 3)).map(|_| Node::new(Hub::open(&db.state, plan.ring_max)));
        let nodes = nodes.collect();
        Self {
            chance,
            plan,
            mutant,
            agenda: Agenda::default(),
            trace: Trace::default(),
            db,
            ledger,
            backup: None,
            nodes,
            links: BTreeMap::new(),
            browsers: Vec::new(),
            pages: BTreeMap::new(),
            saved: BTreeSet::new(),
            lost: BTreeSet::new(),
            owed: BTreeSet::new(),
            woken: VecDeque::new(),
            build: 1,
            server_clock_ms: EPOCH_MS,
            last_id: 0,
            store_until: 0,
            healing: false,
            settle_until: 0,
            restored: false,
            put_back: false,
            steps: 0,
            commands: 0,
            happened: Happened::default(),
        }
    }

    fn run(&mut self) -> Checked {
        for node in 0..self.nodes.len() {
            self.start_node(node);
        }
        for browser in 0..self.plan.browsers {
            let (user, replica) = (self.some_user(), self.chance.id());
            let passes = Passes::some(&mut self.chance);
            self.browsers.push(Browser::new(user, replica, passes));
            self.open_page(browser);
        }
        self.agenda.after(0, Happening::Act);
        self.agenda.after(0, Happening::Fault);
        self.agenda.after(self.plan.busy_ms, Happening::Heal);
        while let Some(happening) = self.agenda.next() {
            if matches!(happening, Happening::Look) && self.settled()? {
                return self.all_agree();
            }
            self.happen(happening)?;
            while let Some(link) = self.woken.pop_front() {
                self.follow(link)?;
            }
        }
        unreachable!("nodes look at the head for ever")
    }

    fn happen(&mut self, happening: Happening) -> Checked {
        match happening {
            Happening::Act => self.keep_acting(),
            Happening::Fault => self.keep_failing(),
            Happening::Arrive(arrival) => self.arrive(*arrival),
            Happening::Tick(page, timer, token) => self.tick(page, timer, token),
            Happening::OpenStores(page) => self.open_stores(page),
            Happening::Store(page) => self.store(page),
            Happening::KeepRows(page) => self.keep_rows(page),
            Happening::Recall(page) => self.recall(page),
            Happening::Check(page, content) => self.check(page, &content),
            Happening::Revive(page, epoch, last_mid) => self.revive(page, epoch, last_mid),
            Happening::Renumber(page) => self.renumber(page),
            Happening::Undo(page, back) => self.undo(page, back),
            Happening::Tab(page, message) => self.heard_tab(page, *message),
            Happening::Elect(browser) => self.elect(browser),
            Happening::Depose(page) => self.depose(page),
            Happening::Online(page) => self.back_online(page),
            Happening::Opened(link) => self.opened(link),
            Happening::Down(link) => self.down(link),
            Happening::PostAnswered(page, turn, text) => self.post_answered(page, turn, text),
            Happening::Polled(link, texts) => self.polled(link, &texts),
            Happening::Broken(link, end) => self.broken(link, end),
            Happening::Ask(page, request, node) => self.ask(page, request, node),
            Happening::Answer(page, request, answer) => self.fetched(page, request, *answer),
            Happening::Commit(node, life) => self.commit(node, life),
            happening => {
                self.happen_to_nodes(happening);
                Ok(())
            }
        }
    }

    /// What cannot break a property at once.
    fn happen_to_nodes(&mut self, happening: Happening) {
        match happening {
            Happening::Heal => self.heal(),
            Happening::Open(link) => self.open(link),
            Happening::Up(link) => self.up(link),
            Happening::Greet(link, hello, pinned) => self.greet(link, &hello, pinned),
            Happening::TooSlow(link, stood_at) => self.too_slow(link, stood_at),
            Happening::Begin(node) => self.begin(node),
            Happening::Publish(node, life) => self.publish(node, life),
            Happening::Filled(node, life, fill) => self.filled(node, life, *fill),
            Happening::Hint(node, seq) => self.hinted(node, seq),
            Happening::Posted(node, post) => self.posted(node, *post),
            Happening::PollGoesOn(link) => self.poll_goes_on(link),
            Happening::PollEnds(link) => self.end_poll(link),
            Happening::Poll(node, life) => self.poll(node, life),
            Happening::Start(node) if !self.nodes[node].up => self.start_node(node),
            Happening::Reached(node) => self.nodes[node].reaches = true,
            _ => {}
        }
    }

    fn keep_acting(&mut self) -> Checked {
        if self.healing {
            return Ok(());
        }
        let wait = self.chance.between(1, self.plan.think_ms);
        self.agenda.after(wait, Happening::Act);
        self.act()
    }

    fn keep_failing(&mut self) -> Checked {
        if self.healing {
            return Ok(());
        }
        let wait = self.chance.between(1, self.plan.calm_ms);
        self.agenda.after(wait, Happening::Fault);
        self.go_wrong()
    }

    /// From here on nothing goes wrong. What is broken stays broken until somebody notices.
    fn heal(&mut self) {
        self.note(format_args!("nothing goes wrong any more"));
        self.healing = true;
        self.settle_until = self.agenda.now + SETTLE_MS_MAX;
        for node in 0..self.nodes.len() {
            if self.nodes[node].up {
                self.nodes[node].reaches = true;
            }
        }
        for browser in 0..self.browsers.len() {
            // Whoever has something unsent comes back to it.
            if self.pages_of(browser).is_empty() {
                self.open_page(browser);
            }
        }
        self.agenda.after(LOOK_EVERY_MS, Happening::Look);
    }

    fn settled(&mut self) -> Checked<bool> {
        let Some(why) = self.unsettled() else {
            return Ok(true);
        };
        if self.agenda.now > self.settle_until {
            return Err(Violation {
                property: "P16 everything settles",
                what: why,
            });
        }
        self.agenda.after(LOOK_EVERY_MS, Happening::Look);
        Ok(false)
    }

    fn note(&mut self, what: Arguments<'_>) {
        self.trace.note(self.agenda.now, what);
    }

    fn latency(&mut self) -> u64 {
        self.chance.between(1, self.plan.latency_ms)
    }

    fn some_node(&mut self) -> NodeId {
        size(self.chance.below(self.nodes.len() as u64))
    }

    fn some_browser(&mut self) -> BrowserId {
        size(self.chance.below(self.browsers.len() as u64))
    }

    fn some_user(&mut self) -> UserId {
        let role = self.chance.weighted(&[
            (3, Role::Owner),
            (2, Role::Admin),
            (2, Role::Manager),
            (4, Role::Member),
            (3, Role::Guest),
            (1, Role::Viewer),
        ]);
        database::user(role)
    }
}
