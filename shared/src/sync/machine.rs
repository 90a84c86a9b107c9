//! The client against a model of it in a few lines, through random histories of one browser, its link, and a server.
//!
//! The model knows the state of the link, what is pending and what the server has judged; what the rows are follows from the
//! server's log up to the cursor. After each event the client has to be where the model is, and has to have sent the same.

use super::protocol::{Answer, ClientMessage, Frame, Mode, Outcome, Own, ServerMessage, Welcome};
use super::world::{World, user};
use super::{
    Client, Command, Context, Effect, Event, Link, Part, Pending, Settings, Tables, Timer,
    take_over,
};
use crate::access::Role;
use crate::ids::ReplicaId;
use crate::tasks::tests::{Step, command, steps};
use crate::values::Time;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What happens.
#[derive(Clone, Debug)]
enum Happening {
    /// The person does something, and it is kept.
    Act(Step),
    /// Somebody else does something.
    Others(Step),
    /// The server judges the next command that it has been sent.
    Judge,
    /// The server judges and answers what is under way.
    Answer,
    /// A frame of so many numbers arrives.
    Deliver(u64),
    /// A frame arrives that does not continue.
    Gap,
    /// The next attempt to connect reaches the server.
    Connect,
    /// The server's welcome.
    Welcome,
    /// The connection breaks.
    Break,
    /// Nothing was heard for too long.
    Silence,
    /// The network is back.
    Wake,
    /// The server goes away.
    Drain,
    /// The session has ended.
    Kick,
    /// The person has signed in again.
    Start,
}

/// A command of this browser that the client has not settled.
#[derive(Clone, Debug)]
struct Known {
    own: Own,
    command: Command,
    context: Context,
    /// What the server has decided.
    verdict: Option<Outcome>,
    /// The number that the client was told.
    heard: Option<u64>,
}

#[derive(Clone, Debug)]
struct Model {
    world: World,
    /// The rows that the page came with.
    start: Tables,
    /// Which of this browser's commands has which number of the order.
    own_at: BTreeMap<u64, Own>,
    /// How many commands the server has judged.
    judged: u64,
    /// Whether the browser was asked what the server may have lost: at the first welcome.
    is_revived: bool,
    link: Link,
    head: u64,
    cursor: u64,
    given: u64,
    pending: Vec<Known>,
    /// What is under way.
    sending: Vec<Own>,
    /// What the last happening is to the client, and what it is to send.
    events: Vec<Event>,
    sent: Vec<Own>,
}

fn replica() -> ReplicaId {
    ReplicaId::from_uuid(Uuid::from_u128(77))
}

impl Model {
    fn new() -> Self {
        let world = World::new();
        Self {
            start: world.tables.clone(),
            own_at: BTreeMap::new(),
            judged: 0,
            is_revived: false,
            link: Link::Closed,
            head: 0,
            cursor: world.seq,
            given: 0,
            pending: Vec::new(),
            sending: Vec::new(),
            events: Vec::new(),
            sent: Vec::new(),
            world,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.link, Link::CatchingUp | Link::Live)
    }

    /// Whether there is a connection, or is about to be.
    fn has_link(&self) -> bool {
        !matches!(self.link, Link::Closed | Link::Backoff)
    }

    fn base(&self) -> Tables {
        let mut tables = self.start.clone();
        let log: Vec<&Part> = self.world.log.iter().collect();
        for parts in log.chunk_by(|a, b| a.seq == b.seq) {
            if parts[0].seq <= self.cursor {
                take_over(&mut tables, parts, |row| {
                    // The texts of tasks that nobody has opened are not here.
                    self.start_covers(row)
                })
                .unwrap();
            }
        }
        tables
    }

    fn start_covers(&self, row: &super::AnyRow) -> bool {
        self.world.snapshot().covers.contains(&row.cover())
    }

    fn view(&self) -> Tables {
        let mut tables = self.base();
        for known in &self.pending {
            if let Ok(writes) = known.command.apply(&tables, known.context) {
                for (key, row) in writes {
                    let v = tables.find(key).map_or(0, |stored| stored.v);
                    match row {
                        Some(row) => drop(tables.put(v, row)),
                        None => drop(tables.remove(key)),
                    }
                }
            }
        }
        tables
    }

    fn act(&mut self, step: &Step) {
        let view = self.view();
        let Some(command) = command(&mut self.world, &view, step) else {
            return;
        };
        let context = Context {
            actor: user(Role::Member),
            now: Time(1),
            cid: self.world.id(),
        };
        let perform = Event::Perform(Box::new(command.clone()), context);
        self.events.push(perform);
        if command.apply(&view, context).is_err() {
            return;
        }
        self.given += 1;
        let own = Own(self.given, context.cid);
        self.events.push(Event::Stored(own.1, own.0));
        self.pending.push(Known {
            own,
            command,
            context,
            verdict: None,
            heard: None,
        });
        self.push();
    }

    /// All that is unanswered goes, if nothing is under way.
    fn push(&mut self) {
        if self.is_open() && self.sending.is_empty() {
            let unheard = self.pending.iter().filter(|known| known.heard.is_none());
            self.sending = unheard.map(|known| known.own).collect();
            self.sent.clone_from(&self.sending);
        }
    }

    fn judge(&mut self) {
        let next = self.judged + 1;
        let Some(known) = self.pending.iter_mut().find(|known| known.own.0 == next) else {
            return;
        };
        let outcome = match self.world.run_as(known.context, &known.command) {
            Ok(parts) => {
                if !parts.is_empty() {
                    self.own_at.insert(self.world.seq, known.own);
                }
                Outcome::Done(self.world.seq)
            }
            Err(rejected) => Outcome::Refused(rejected),
        };
        known.verdict = Some(outcome);
        self.judged = next;
    }

    fn answer(&mut self) {
        let last = self.sending.last().map_or(0, |own| own.0);
        while self.judged < last {
            self.judge();
        }
        let mut results = Vec::new();
        for own in std::mem::take(&mut self.sending) {
            // What a frame has settled meanwhile is answered all the same.
            let known = self.pending.iter_mut().find(|known| known.own == own);
            let outcome = match known {
                Some(known) => {
                    if let Some(Outcome::Done(seq)) = known.verdict {
                        known.heard = Some(seq);
                    }
                    known.verdict.clone().unwrap()
                }
                None => Outcome::Done(self.seq_of(own)),
            };
            results.push(Answer {
                mid: own.0,
                outcome,
            });
        }
        let cursor = self.cursor;
        self.pending.retain(|known| {
            let is_refused = matches!(known.verdict, Some(Outcome::Refused(_)));
            let was_asked = results.iter().any(|answer| answer.mid == known.own.0);
            !(was_asked && is_refused) && known.heard.is_none_or(|seq| seq > cursor)
        });
        self.say(ServerMessage::Results { results });
        self.push();
    }

    fn seq_of(&self, own: Own) -> u64 {
        let at = self.own_at.iter().find(|(_, it)| **it == own);
        at.map_or(self.cursor, |(seq, _)| *seq)
    }

    fn deliver(&mut self, count: u64) {
        let (from, to) = (self.cursor, (self.cursor + count).min(self.world.seq));
        let log = self.world.log.iter();
        let parts = log.filter(|part| part.seq > from && part.seq <= to);
        let own: Vec<Own> = self.own_at.range(from + 1..=to).map(|it| *it.1).collect();
        self.cursor = to;
        self.pending
            .retain(|it| !own.contains(&it.own) && it.heard.is_none_or(|seq| seq > to));
        let frame = Frame {
            from,
            to,
            own,
            scopes: None,
            parts: parts.cloned().collect(),
        };
        self.say(ServerMessage::Frame(frame));
        self.go_live();
    }

    fn go_live(&mut self) {
        if self.link == Link::CatchingUp && self.cursor >= self.head {
            self.link = Link::Live;
        }
    }

    fn welcome(&mut self) {
        let welcome = Welcome {
            epoch: World::epoch(),
            head: self.world.seq,
            last_mid: self.judged,
            scopes: self.world.scopes(),
            server_time: Time(0),
            mode: Mode::CatchUp,
        };
        self.say(ServerMessage::Welcome(welcome));
        if self.link != Link::Connecting {
            // Nobody has asked for it.
            return self.break_link();
        }
        self.head = self.world.seq;
        self.link = Link::CatchingUp;
        self.go_live();
        let cursor = self.cursor;
        self.pending
            .retain(|known| known.heard.is_none_or(|seq| seq > cursor));
        if !self.is_revived {
            self.is_revived = true;
            // There was no other life of the log: nothing is lost.
            self.events
                .push(Event::Revived(replica(), self.given, Vec::new()));
        }
        self.push();
    }

    fn break_link(&mut self) {
        if self.has_link() {
            self.link = Link::Backoff;
        }
        self.sending.clear();
    }

    fn say(&mut self, message: ServerMessage) {
        self.events.push(Event::Received(Box::new(message)));
    }
}

struct Histories;

impl ReferenceStateMachine for Histories {
    type State = Model;
    type Transition = Happening;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::new()).boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Happening> {
        let step = || steps(2).prop_map(|mut steps| steps.remove(0));
        prop_oneof![
            8 => step().prop_map(Happening::Act),
            4 => step().prop_map(Happening::Others),
            4 => Just(Happening::Judge),
            4 => Just(Happening::Answer),
            6 => (1..4_u64).prop_map(Happening::Deliver),
            1 => Just(Happening::Gap),
            4 => Just(Happening::Connect),
            6 => Just(Happening::Welcome),
            2 => Just(Happening::Break),
            1 => Just(Happening::Silence),
            1 => Just(Happening::Wake),
            1 => Just(Happening::Drain),
            1 => Just(Happening::Kick),
            3 => Just(Happening::Start),
        ]
        .boxed()
    }

    /// Only what the other side would do: whatever is impossible is another test's.
    fn preconditions(model: &Model, happening: &Happening) -> bool {
        match happening {
            Happening::Judge => {
                let sent = model.sending.iter().map(|own| own.0).max();
                model.judged < sent.unwrap_or(0)
            }
            Happening::Answer => !model.sending.is_empty(),
            Happening::Deliver(_) => model.is_open() && model.cursor < model.world.seq,
            _ => true,
        }
    }

    fn apply(mut model: Model, happening: &Happening) -> Model {
        model.events.clear();
        model.sent.clear();
        match happening {
            Happening::Act(step) => model.act(step),
            Happening::Others(step) => {
                let tables = model.world.tables.clone();
                if let Some(command) = command(&mut model.world, &tables, step) {
                    // A refusal changes nothing.
                    drop(model.world.run(user(Role::Owner), command));
                }
            }
            Happening::Judge => model.judge(),
            Happening::Answer => model.answer(),
            Happening::Deliver(count) => model.deliver(*count),
            Happening::Gap => {
                let (from, to) = (model.cursor + 1, model.cursor + 2);
                let frame = Frame {
                    from,
                    to,
                    ..Frame::default()
                };
                model.say(ServerMessage::Frame(frame));
                model.break_link();
            }
            Happening::Connect => {
                model.events.push(Event::Tick(Timer::Reconnect));
                model.events.push(Event::Connected);
                if model.link == Link::Backoff {
                    model.link = Link::Connecting;
                }
            }
            Happening::Welcome => model.welcome(),
            Happening::Break => {
                model.events.push(Event::Disconnected);
                model.break_link();
            }
            Happening::Silence => {
                model.events.push(Event::Tick(Timer::Silence));
                model.break_link();
            }
            Happening::Wake => {
                model.events.push(Event::Woken);
                if model.link == Link::Backoff {
                    model.link = Link::Connecting;
                }
            }
            Happening::Drain => {
                model.say(ServerMessage::Drain { spread_ms: 5 });
                model.break_link();
            }
            Happening::Kick => {
                let why = "Signed out.".to_owned();
                model.say(ServerMessage::Kick { why });
                if model.has_link() {
                    model.link = Link::Closed;
                }
                model.sending.clear();
            }
            Happening::Start => {
                model.events.push(Event::Start);
                if !model.has_link() {
                    model.link = Link::Connecting;
                }
            }
        }
        model
    }
}

struct Driven {
    client: Client,
    sent: Vec<Own>,
}

struct TheClient;

impl StateMachineTest for TheClient {
    type SystemUnderTest = Driven;
    type Reference = Histories;

    fn init_test(model: &Model) -> Driven {
        let mut client = Client::new(Settings {
            workspace: model.world.workspace,
            replica: replica(),
            me: user(Role::Member),
        });
        let (snapshot, scopes) = (model.world.snapshot(), model.world.scopes());
        client.step(Event::Seeded(snapshot, scopes));
        Driven {
            client,
            sent: Vec::new(),
        }
    }

    fn apply(mut driven: Driven, model: &Model, _: Happening) -> Driven {
        driven.sent.clear();
        for event in &model.events {
            for effect in driven.client.step(event.clone()) {
                if let Effect::Send(ClientMessage::Push { commands }) = effect {
                    let own = commands.iter().map(|it| Own(it.mid, it.cid));
                    driven.sent.extend(own);
                }
            }
        }
        driven
    }

    fn check_invariants(driven: &Driven, model: &Model) {
        let client = &driven.client;
        let replica = client.replica();
        assert_eq!(client.state().link, model.link);
        assert_eq!(replica.cursor(), model.cursor);
        assert_eq!(driven.sent, model.sent, "what is sent");
        let pending: Vec<Own> = replica.pending().iter().filter_map(Pending::own).collect();
        let known: Vec<Own> = model.pending.iter().map(|known| known.own).collect();
        assert_eq!(pending, known, "what is pending");
        assert!(*replica.base() == model.base(), "the base");
        assert!(*replica.view() == model.view(), "the view");
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_client_is_where_its_model_is(sequential 1..60 => TheClient);
}
