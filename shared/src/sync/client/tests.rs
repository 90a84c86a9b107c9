//! The client against a server in a few lines: what it shows, and what it does when the link is bad.

use super::*;
use crate::access::Role;
use crate::labels;
use crate::sync::Part;
use crate::sync::protocol::{Answer, Frame, Mode, Outcome, Welcome};
use crate::sync::world::{World, title, titles, user};
use crate::tasks::tests::{Step, command, steps};
use crate::tasks::{self, TaskPatch};
use crate::values::Place;
use proptest::prelude::*;
use uuid::Uuid;

fn client(world: &World) -> Client {
    let replica = ReplicaId::from_uuid(Uuid::from_u128(77));
    let mut client = Client::new(Settings {
        workspace: world.workspace,
        replica,
    });
    client.step(Event::Seeded(world.snapshot(), world.scopes()));
    client
}

fn online(world: &World) -> Client {
    let mut client = client(world);
    connect(&mut client, world);
    client
}

fn connect(client: &mut Client, world: &World) -> Vec<Effect> {
    client.step(Event::Start);
    client.step(Event::Tick(Timer::Reconnect));
    let mut effects = client.step(Event::Connected);
    effects.extend(client.step(say(ServerMessage::Welcome(Welcome {
        epoch: World::epoch(),
        head: world.seq,
        last_mid: 0,
        scopes: world.scopes(),
        server_time: Time(0),
        mode: Mode::CatchUp,
    }))));
    effects
}

/// What happened since.
fn since(world: &World, from: u64) -> Vec<Part> {
    let parts = world.log.iter().filter(|part| part.seq > from);
    parts.cloned().collect()
}

fn label(world: &mut World) -> crate::ids::LabelId {
    let id = world.id();
    let create = labels::Mutation::Create {
        id,
        project: world.project,
        name: crate::values::LabelName::parse("red").unwrap(),
        color: crate::values::Color::Red,
    };
    world.run(user(Role::Owner), create).unwrap();
    id
}

fn say(message: ServerMessage) -> Event {
    Event::Received(Box::new(message))
}

fn frame(from: u64, to: u64, mids: Vec<u64>, parts: Vec<Part>) -> Event {
    say(ServerMessage::Frame(Frame {
        from,
        to,
        mids,
        scopes: None,
        parts,
    }))
}

fn context(world: &mut World) -> Context {
    Context {
        actor: user(Role::Member),
        now: Time(1),
        cid: world.id(),
    }
}

fn pushed(effects: &[Effect]) -> Vec<Numbered> {
    let push = |effect: &Effect| match effect {
        Effect::Send(ClientMessage::Push { commands }) => Some(commands.clone()),
        _ => None,
    };
    effects.iter().filter_map(push).flatten().collect()
}

/// Carries out a command in the browser and stores it; answers what is to be sent.
fn perform(client: &mut Client, command: Command, context: Context, mid: u64) -> Vec<Effect> {
    let mut effects = client.step(Event::Perform(Box::new(command), context));
    effects.extend(client.step(Event::Stored(context.cid, mid)));
    effects
}

#[test]
fn a_change_shows_at_once_and_stays_when_the_server_confirms_it() {
    let mut world = World::new();
    let mut client = online(&world);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    let sent = pushed(&perform(&mut client, create.clone(), context, 1));
    assert_eq!(sent.len(), 1);
    assert_eq!(titles(client.replica().view(), world.statuses[0]), ["new"]);
    assert_eq!(client.state().unsent, 1);
    let from = world.seq;
    let parts = world.run_as(context, &create).unwrap();
    client.step(frame(from, world.seq, vec![1], parts));
    assert_eq!(
        client.state(),
        LinkState {
            link: Link::Live,
            transport: Transport::Socket,
            unsent: 0,
            unsaved: 0
        }
    );
    let answer = Answer {
        mid: 1,
        outcome: Outcome::Done(world.seq),
    };
    client.step(say(ServerMessage::Results {
        results: vec![answer],
    }));
    assert_eq!(titles(client.replica().view(), world.statuses[0]), ["new"]);
    assert_eq!(client.outbox(), Outbox::Idle);
}

#[test]
fn an_answer_before_the_frame_does_not_make_the_change_flicker() {
    let mut world = World::new();
    let mut client = online(&world);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    perform(&mut client, create.clone(), context, 1);
    let from = world.seq;
    let parts = world.run_as(context, &create).unwrap();
    let answer = Answer {
        mid: 1,
        outcome: Outcome::Done(world.seq),
    };
    client.step(say(ServerMessage::Results {
        results: vec![answer],
    }));
    assert_eq!(titles(client.replica().view(), world.statuses[0]), ["new"]);
    client.step(frame(from, world.seq, vec![1], parts));
    assert_eq!(titles(client.replica().view(), world.statuses[0]), ["new"]);
    assert_eq!(client.state().unsent, 0);
}

#[test]
fn a_refusal_takes_the_change_back_and_says_why_even_if_later_ones_took_effect() {
    let mut world = World::new();
    let mut client = online(&world);
    let [one, two] = [context(&mut world), context(&mut world)];
    let first = Command::from(world.create(Uuid::from_u128(5).into(), "refused", 0, Place::Last));
    let second = Command::from(world.create(Uuid::from_u128(6).into(), "kept", 0, Place::Last));
    perform(&mut client, first, one, 1);
    perform(&mut client, second.clone(), two, 2);
    let from = world.seq;
    let parts = world.run_as(two, &second).unwrap();
    client.step(frame(from, world.seq, vec![2], parts));
    assert_eq!(
        client.state().unsent,
        1,
        "the refused one is not taken for done"
    );
    let refused = Outcome::Refused(crate::codes::Code::NotAllowed.into());
    let results = vec![Answer {
        mid: 1,
        outcome: refused,
    }];
    let effects = client.step(say(ServerMessage::Results { results }));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Refused(..)))
    );
    assert_eq!(titles(client.replica().view(), world.statuses[0]), ["kept"]);
}

#[test]
fn what_was_under_way_when_the_link_broke_is_sent_again_as_it_was() {
    let mut world = World::new();
    let mut client = online(&world);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    let first = pushed(&perform(&mut client, create, context, 1));
    client.step(Event::Disconnected);
    assert_eq!(client.outbox(), Outbox::Uncertain(1));
    let again = pushed(&connect(&mut client, &world));
    assert_eq!((again[0].mid, again[0].cid), (first[0].mid, first[0].cid));
}

#[test]
fn a_frame_that_does_not_continue_is_not_applied() {
    let mut world = World::new();
    let mut client = online(&world);
    let from = world.seq;
    world.task("missed", 0);
    world.task("second", 0);
    let second: Vec<Part> = world
        .log
        .iter()
        .filter(|part| part.seq == world.seq)
        .cloned()
        .collect();
    let effects = client.step(frame(from + 1, world.seq, vec![], second));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Disconnect))
    );
    assert_eq!(client.replica().cursor(), from);
    assert!(titles(client.replica().view(), world.statuses[0]).is_empty());
}

#[test]
fn somebody_elses_change_of_another_field_does_not_undo_mine() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut client = online(&world);
    let context = context(&mut world);
    let patch = TaskPatch {
        title: Some(title("mine")),
        ..TaskPatch::default()
    };
    perform(
        &mut client,
        tasks::Mutation::Edit { id, patch }.into(),
        context,
        1,
    );
    let from = world.seq;
    let go = tasks::Mutation::Move {
        id,
        status: world.statuses[2],
        place: Place::Last,
    };
    let parts = world.run(user(Role::Manager), go).unwrap();
    client.step(frame(from, world.seq, vec![], parts));
    assert_eq!(titles(client.replica().view(), world.statuses[2]), ["mine"]);
}

#[test]
fn rows_of_a_project_that_is_no_longer_seen_are_forgotten() {
    let mut world = World::new();
    world.task("secret", 0);
    let mut client = online(&world);
    let cursor = client.replica().cursor();
    let scopes = Some(vec![world.scopes()[0]]);
    let gone = Frame {
        from: cursor,
        to: cursor + 1,
        scopes,
        ..Frame::default()
    };
    client.step(say(ServerMessage::Frame(gone)));
    let project = crate::sync::Scope::Project(world.project);
    assert!(
        client
            .replica()
            .view()
            .iter()
            .all(|(_, stored)| stored.row.scope() != project)
    );
    assert!(
        client
            .replica()
            .base()
            .iter()
            .all(|(_, stored)| stored.row.scope() != project)
    );
}

fn kept(world: &World, mid: u64, id: u128) -> Kept {
    let create = world.create(Uuid::from_u128(900 + id).into(), "kept", 0, Place::Last);
    let json = serde_json::to_string(&Command::from(create)).unwrap();
    Kept {
        mid,
        cid: CommandId::from_uuid(Uuid::from_u128(700 + id)),
        actor: user(Role::Member),
        at: Time(1),
        seen: 0,
        command: serde_json::value::RawValue::from_string(json).unwrap(),
    }
}

fn mids(effects: &[Effect]) -> Vec<u64> {
    pushed(effects)
        .iter()
        .map(|numbered| numbered.mid)
        .collect()
}

#[test]
fn what_an_earlier_page_kept_is_shown_and_sent_before_what_comes_new() {
    let mut world = World::new();
    let mut client = client(&world);
    let replica = ReplicaId::from_uuid(Uuid::from_u128(78));
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    client.step(Event::Perform(Box::new(create), context));
    client.step(Event::Restored(
        replica,
        vec![kept(&world, 7, 1), kept(&world, 8, 2)],
    ));
    let shown = titles(client.replica().view(), world.statuses[0]);
    assert_eq!(shown, ["kept", "kept", "new"]);
    assert_eq!((client.state().unsent, client.state().unsaved), (3, 1));
    client.step(Event::Stored(context.cid, 9));
    // The server has judged six of them: the seventh is the first to be sent.
    let effects = welcomed(&mut client, &world, 6);
    assert_eq!(mids(&effects), [7, 8, 9]);
}

/// Connects where the server has judged that many commands.
fn welcomed(client: &mut Client, world: &World, last_mid: u64) -> Vec<Effect> {
    client.step(Event::Start);
    client.step(Event::Connected);
    client.step(say(ServerMessage::Welcome(Welcome {
        epoch: World::epoch(),
        head: world.seq,
        last_mid,
        scopes: world.scopes(),
        server_time: Time(0),
        mode: Mode::CatchUp,
    })))
}

#[test]
fn a_command_of_another_page_that_is_not_known_here_holds_back_what_follows() {
    let mut world = World::new();
    let mut client = online(&world);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    let effects = perform(&mut client, create, context, 2);
    assert!(pushed(&effects).is_empty());
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Recall))
    );
    let effects = client.step(Event::Joined(kept(&world, 1, 1)));
    assert_eq!(mids(&effects), [1, 2]);
    // In the order of their numbers, whoever was shown first.
    let shown = titles(client.replica().view(), world.statuses[0]);
    assert_eq!(shown, ["kept", "new"]);
}

#[test]
fn a_command_that_was_settled_before_it_was_heard_of_does_not_wait_for_ever() {
    let world = World::new();
    let mut client = online(&world);
    client.step(frame(world.seq, world.seq + 1, vec![1], vec![]));
    client.step(Event::Joined(kept(&world, 1, 1)));
    assert_eq!(client.state().unsent, 0);
}

#[test]
fn a_follower_keeps_and_shows_but_does_not_send() {
    let mut world = World::new();
    let mut client = client(&world);
    client.step(Event::Led(Lead::Follower));
    welcomed(&mut client, &world, 0);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    let effects = perform(&mut client, create, context, 1);
    assert!(pushed(&effects).is_empty());
    assert_eq!(titles(client.replica().view(), world.statuses[0]), ["new"]);
    let refused = Outcome::Refused(crate::codes::Code::NotAllowed.into());
    let results = vec![Answer {
        mid: 1,
        outcome: refused,
    }];
    client.step(say(ServerMessage::Results { results }));
    assert_eq!(client.state().unsent, 0);
    assert_eq!(client.outbox(), Outbox::Idle);
}

#[test]
fn a_follower_becomes_the_leader_and_sends_what_all_pages_kept() {
    let world = World::new();
    let mut client = client(&world);
    client.step(Event::Led(Lead::Follower));
    welcomed(&mut client, &world, 0);
    client.step(Event::Joined(kept(&world, 1, 1)));
    let effects = client.step(Event::Led(Lead::Leader));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Connect(_)))
    );
    assert_eq!(mids(&welcomed(&mut client, &world, 0)), [1]);
}

/// Writes what is not kept yet; answers what is stored then.
fn keep(client: &mut Client, store: &mut Store) -> bool {
    let Some(write) = client.write(store.header.as_ref()) else {
        return false;
    };
    if write.replace {
        store.chunks.clear();
    }
    for (key, text) in write.chunks {
        match text {
            Some(text) => drop(store.chunks.insert(key, text)),
            None => drop(store.chunks.remove(&key)),
        }
    }
    client.step(Event::Written(Some(write.header.clone())));
    store.header = Some(write.header);
    true
}

#[derive(Default)]
struct Store {
    header: Option<Header>,
    chunks: std::collections::BTreeMap<ChunkKey, String>,
}

impl Store {
    fn open(&self) -> Event {
        let chunks = self.chunks.iter().map(|(key, text)| (*key, text.clone()));
        Event::Opened(self.header.clone().unwrap(), chunks.collect())
    }
}

#[test]
fn rows_that_were_kept_are_there_again_without_a_server() {
    let mut world = World::new();
    world.task("before", 0);
    let mut first = online(&world);
    let mut store = Store::default();
    assert!(keep(&mut first, &mut store));
    let from = world.seq;
    world.task("after", 0);
    let label = label(&mut world);
    first.step(frame(from, world.seq, vec![], since(&world, from)));
    assert!(keep(&mut first, &mut store));
    let written = client_of(&store);
    assert_eq!(written.replica().base(), first.replica().base());
    assert_eq!(written.replica().cursor(), world.seq);
    assert_eq!(written.boot(), Boot::Ready);
    // A deleted row leaves its chunk.
    let from = world.seq;
    let delete = labels::Mutation::Delete { id: label };
    world.run(user(Role::Owner), delete).unwrap();
    first.step(frame(from, world.seq, vec![], since(&world, from)));
    keep(&mut first, &mut store);
    assert_eq!(client_of(&store).replica().base(), first.replica().base());
    assert!(first.write(store.header.as_ref()).is_none(), "all is kept");
}

fn client_of(store: &Store) -> Client {
    let replica = ReplicaId::from_uuid(Uuid::from_u128(77));
    let mut client = Client::new(Settings {
        workspace: World::new().workspace,
        replica,
    });
    client.step(store.open());
    client
}

#[test]
fn two_leaders_leave_a_store_that_is_whole() {
    let mut world = World::new();
    let [mut one, mut two] = [online(&world), online(&world)];
    let mut store = Store::default();
    keep(&mut one, &mut store);
    let from = world.seq;
    world.task("a", 0);
    let parts = since(&world, from);
    let happened = frame(from, world.seq, vec![], parts);
    two.step(happened.clone());
    assert!(
        keep(&mut two, &mut store),
        "further than what is stored: all anew"
    );
    one.step(Event::Tick(Timer::Refetch));
    assert!(!keep(&mut one, &mut store), "behind what is stored");
    one.step(happened);
    assert!(keep(&mut one, &mut store));
    assert_eq!(client_of(&store).replica().base(), two.replica().base());
}

#[test]
fn a_page_from_the_server_takes_what_it_lacks_from_the_store() {
    let mut world = World::new();
    let task = world.task("a", 0);
    let label = label(&mut world);
    let mut before = online(&world);
    let mut store = Store::default();
    keep(&mut before, &mut store);
    let stored_at = world.seq;
    let delete = labels::Mutation::Delete { id: label };
    world.run(user(Role::Owner), delete).unwrap();
    let go = tasks::Mutation::Move {
        id: task,
        status: world.statuses[1],
        place: Place::Last,
    };
    world.run(user(Role::Owner), go).unwrap();
    // The page comes with the frame of the workspace alone.
    let mut page = Client::new(before.settings);
    let mut seed = world.snapshot();
    seed.covers = vec![Cover::Workspace];
    seed.rows
        .retain(|table| *table != crate::sync::Table::Tasks);
    page.step(Event::Seeded(seed, world.scopes()));
    page.step(store.open());
    assert!(page.has(Cover::Board(world.project)));
    assert_eq!(page.replica().cursor(), stored_at);
    let parts = since(&world, stored_at);
    connect(&mut page, &world);
    page.step(frame(stored_at, world.seq, vec![], parts));
    assert_eq!(titles(page.replica().view(), world.statuses[1]), ["a"]);
    assert_eq!(page.replica().base(), online(&world).replica().base());
}

#[test]
fn a_leader_follows_up_a_follower_as_a_server_would() {
    let mut world = World::new();
    let mut leader = online(&world);
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    let mut relay = Relay::default();
    let from = world.seq;
    world.task("a", 0);
    let parts = since(&world, from);
    let happened = ServerMessage::Frame(Frame {
        from,
        to: world.seq,
        parts,
        ..Frame::default()
    });
    let text = serde_json::value::to_raw_value(&happened).unwrap();
    relay.hear(Heard::of(&happened), &text);
    leader.step(say(happened));
    let hello = |client: &mut Client| {
        client
            .step(Event::Connected)
            .into_iter()
            .find_map(|effect| match effect {
                Effect::Send(ClientMessage::Hello(hello)) => Some(hello),
                _ => None,
            })
    };
    let hello = hello(&mut follower).unwrap();
    for message in relay.answer(&leader, &hello, Time(0)) {
        follower.step(say(serde_json::from_str(message.get()).unwrap()));
    }
    assert_eq!(follower.state().link, Link::Live);
    assert_eq!(follower.replica().base(), leader.replica().base());
    // Further back than the leader remembers: everything anew.
    let old = Hello {
        cursor: Some(0),
        ..hello
    };
    let answer = relay.answer(&leader, &old, Time(0));
    assert!(answer[0].get().contains("bootstrap"));
}

/// A frame of nothing but what the person sees from it on.
fn told(from: u64, scopes: Vec<Granted>) -> Event {
    say(ServerMessage::Frame(Frame {
        from,
        to: from + 1,
        scopes: Some(scopes),
        ..Frame::default()
    }))
}

/// What the person sees when the project has become visible anew.
fn anew(world: &World, seq: u64) -> Vec<Granted> {
    let project = Scope::Project(world.project);
    vec![world.scopes()[0], Granted(project, seq)]
}

fn fetches(effects: &[Effect], cover: Cover) -> bool {
    let is_asked = |effect: &Effect| matches!(effect, Effect::Fetch(asked) if *asked == cover);
    effects.iter().any(is_asked)
}

#[test]
fn a_snapshot_from_before_a_revocation_brings_nothing_back() {
    let mut world = World::new();
    world.task("secret", 0);
    let mut client = online(&world);
    let from = client.replica().cursor();
    client.step(told(from, anew(&world, from + 1)));
    let late = Snapshot {
        seq: from + 1,
        covers: vec![Cover::Workspace],
        ..world.snapshot()
    };
    client.step(told(from + 1, vec![world.scopes()[0]]));
    client.step(Event::Fetched(late));
    let project = Scope::Project(world.project);
    let mut held = client.replica().base().iter();
    assert!(held.all(|(_, stored)| stored.row.scope() != project));
}

#[test]
fn what_became_visible_is_asked_for_until_it_is_here_and_not_kept_before() {
    let world = World::new();
    let mut client = online(&world);
    let from = client.replica().cursor();
    let effects = client.step(told(from, anew(&world, from + 1)));
    assert!(fetches(&effects, Cover::Workspace));
    assert!(client.write(None).is_none());
    client.step(Event::FetchFailed(Cover::Workspace));
    let effects = client.step(Event::Tick(Timer::Refetch));
    assert!(fetches(&effects, Cover::Workspace));
    client.step(Event::Fetched(Snapshot {
        seq: from + 1,
        ..world.snapshot()
    }));
    assert!(client.write(None).is_some());
}

#[test]
fn a_board_that_another_server_does_not_know_of_yet_is_asked_for_again() {
    let world = World::new();
    let mut client = online(&world);
    let effects = client.step(Event::FetchRefused(Cover::Board(world.project)));
    let again = |effect: &Effect| matches!(effect, Effect::SetTimer(Timer::Refetch, ..));
    assert!(effects.iter().any(again));
}

#[test]
fn what_was_answered_in_another_life_of_the_log_is_sent_again() {
    let mut world = World::new();
    let mut client = online(&world);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    perform(&mut client, create, context, 1);
    let outcome = Outcome::Done(world.seq + 1);
    let results = vec![Answer { mid: 1, outcome }];
    client.step(say(ServerMessage::Results { results }));
    client.step(Event::Disconnected);
    client.step(Event::Tick(Timer::Reconnect));
    client.step(Event::Connected);
    let effects = client.step(say(ServerMessage::Welcome(Welcome {
        epoch: Epoch::from_uuid(Uuid::from_u128(8)),
        head: world.seq,
        last_mid: 0,
        scopes: world.scopes(),
        server_time: Time(0),
        mode: Mode::Bootstrap,
    })));
    assert_eq!(mids(&effects), [1]);
}

#[test]
fn a_follower_takes_no_frame_before_its_welcome_and_goes_back_for_no_leader() {
    let mut world = World::new();
    let leader = online(&world);
    world.task("a", 0);
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    let from = world.seq;
    world.task("b", 0);
    follower.step(frame(from, world.seq, vec![], since(&world, from)));
    assert_eq!(follower.replica().cursor(), from);
    let hello = Hello {
        proto: VERSION,
        schema: SCHEMA,
        workspace: world.workspace,
        replica: leader.settings.replica,
        epoch: follower.epoch(),
        cursor: Some(from),
        scopes: world.scopes(),
    };
    let answer = Relay::default().answer(&leader, &hello, Time(0));
    assert!(answer.is_empty());
}

#[test]
fn a_follower_learns_of_its_leader_what_was_settled_before_it_came() {
    let world = World::new();
    let mut leader = online(&world);
    leader.step(Event::Joined(kept(&world, 1, 1)));
    let results = vec![Answer {
        mid: 1,
        outcome: Outcome::Refused(crate::codes::Code::NotAllowed.into()),
    }];
    leader.step(say(ServerMessage::Results { results }));
    let mut follower = client(&world);
    let kept = vec![kept(&world, 1, 1)];
    follower.step(Event::Restored(leader.settings.replica, kept));
    let effects = follower.step(Event::Led(Lead::Follower));
    assert!(!effects.is_empty());
    let hello = follower.step(Event::Connected);
    let hello = hello.into_iter().find_map(|effect| match effect {
        Effect::Send(ClientMessage::Hello(hello)) => Some(hello),
        _ => None,
    });
    for message in Relay::default().answer(&leader, &hello.unwrap(), Time(0)) {
        follower.step(say(serde_json::from_str(message.get()).unwrap()));
    }
    assert_eq!(follower.state().unsent, 0);
}

#[test]
fn rows_of_a_store_that_is_behind_are_followed_up_by_a_new_hello() {
    let mut world = World::new();
    let mut store = Store::default();
    keep(&mut online(&world), &mut store);
    world.task("a", 0);
    let mut client = online(&world);
    let effects = client.step(store.open());
    let closes = |effect: &Effect| matches!(effect, Effect::Disconnect);
    assert!(effects.iter().any(closes));
}

#[test]
fn whoever_is_overwritten_unseen_is_told_with_both_values_and_can_take_theirs_back() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut client = online(&world);
    let mine = context(&mut world);
    let retitle = |text| {
        let patch = TaskPatch {
            title: Some(title(text)),
            ..TaskPatch::default()
        };
        Command::from(tasks::Mutation::Edit { id, patch })
    };
    perform(&mut client, retitle("mine"), mine, 1);
    let seen = world.seq;
    let parts = world.run_as(mine, &retitle("mine")).unwrap();
    client.step(frame(seen, world.seq, vec![1], parts));
    let my_seq = world.seq;
    let told = |world: &mut World, client: &mut Client, text, seen| {
        let from = world.seq;
        let parts = world.run(user(Role::Manager), retitle(text)).unwrap();
        let parts = parts.into_iter().map(|part| Part {
            seen: Some(seen),
            ..part
        });
        let happened = frame(from, world.seq, vec![], parts.collect());
        client
            .step(happened)
            .into_iter()
            .find_map(|effect| match effect {
                Effect::Overwritten(it) => Some(it),
                _ => None,
            })
    };
    let overwritten = told(&mut world, &mut client, "theirs", seen).unwrap();
    let [overwritten] = &overwritten[..] else {
        panic!("expected one");
    };
    assert_eq!(
        (overwritten.field, overwritten.by),
        ("title", user(Role::Manager))
    );
    assert_eq!(overwritten.mine, "mine");
    assert_eq!(overwritten.theirs, "theirs");
    assert_eq!(overwritten.take_back(), Some(retitle("mine")));
    // Whoever has seen what I wrote may change it without a word.
    let again = context(&mut world);
    perform(&mut client, retitle("again"), again, 2);
    let from = world.seq;
    let parts = world.run_as(again, &retitle("again")).unwrap();
    client.step(frame(from, world.seq, vec![2], parts));
    assert!(my_seq < world.seq);
    let seen = world.seq;
    assert_eq!(told(&mut world, &mut client, "knowingly", seen), None);
}

#[test]
fn every_event_is_taken_in_every_state_of_the_link() {
    let world = World::new();
    let messages = || {
        vec![
            ServerMessage::Results {
                results: vec![Answer {
                    mid: 9,
                    outcome: Outcome::Forked,
                }],
            },
            ServerMessage::Frame(Frame {
                from: 3,
                to: 1,
                ..Frame::default()
            }),
            ServerMessage::Reset { why: String::new() },
            ServerMessage::Kick { why: String::new() },
            ServerMessage::Drain { spread_ms: 0 },
            ServerMessage::Pong {
                t: 0.0,
                server_time: Time(5),
            },
            ServerMessage::Present {
                project: world.project,
                people: vec![],
            },
        ]
    };
    let mut events = vec![
        Event::Start,
        Event::Want(Cover::Board(world.project)),
        Event::Fetched(world.snapshot()),
        Event::FetchFailed(Cover::Workspace),
        Event::FetchRefused(Cover::Workspace),
        Event::Connected,
        Event::Disconnected,
        Event::SignedOut,
        Event::Woken,
        Event::Moved(Presence::default()),
        Event::Led(Lead::Follower),
        Event::Led(Lead::Leader),
        Event::Restored(
            ReplicaId::from_uuid(Uuid::from_u128(78)),
            vec![kept(&world, 1, 1)],
        ),
        Event::Joined(kept(&world, 2, 2)),
        Event::Opened(
            Header {
                turn: 1,
                epoch: World::epoch(),
                cursor: 1,
                scopes: world.scopes(),
                covers: vec![Cover::Workspace],
            },
            vec![],
        ),
        Event::Written(None),
        Event::Tick(Timer::Reconnect),
        Event::Tick(Timer::Ping),
        Event::Tick(Timer::Silence),
        Event::Tick(Timer::Refetch),
        Event::Tick(Timer::Climb),
    ];
    events.extend(messages().into_iter().map(say));
    let states: Vec<Client> = {
        let seeded = client(&world);
        let live = online(&world);
        let mut backoff = live.clone();
        backoff.step(Event::Disconnected);
        let mut connecting = seeded.clone();
        connecting.step(Event::Start);
        let blank = Client::new(seeded.settings);
        vec![seeded, live, backoff, connecting, blank]
    };
    for state in states {
        for first in &events {
            for second in &events {
                let mut client = state.clone();
                client.step(first.clone());
                let effects = client.step(second.clone());
                let connects = effects
                    .iter()
                    .filter(|e| matches!(e, Effect::Connect(_)))
                    .count();
                assert!(connects <= 1, "{first:?} {second:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The view is what the server would show if it had carried out what is pending, and in the end both are equal.
    #[test]
    fn the_view_is_the_base_with_what_is_pending_on_top(
        steps in proptest::collection::vec((steps(2), any::<bool>(), any::<bool>()), 1..40)
    ) {
        let mut world = World::new();
        let mut client = online(&world);
        let mut waiting: Vec<(u64, Context, Command)> = Vec::new();
        let mut mid = 0;
        for (step, mine, deliver) in steps {
            let step: &Step = &step[0];
            let tables = if mine { client.replica().view().clone() } else { world.tables.clone() };
            if let Some(command) = command(&mut world, &tables, step) {
                if mine {
                    let context = context(&mut world);
                    let before = client.replica().pending().len();
                    client.step(Event::Perform(Box::new(command.clone()), context));
                    if client.replica().pending().len() > before {
                        mid += 1;
                        client.step(Event::Stored(context.cid, mid));
                        waiting.push((mid, context, command));
                    }
                } else {
                    let from = world.seq;
                    let parts = world.run(user(Role::Manager), command).unwrap_or_default();
                    client.step(frame(from, world.seq, vec![], parts));
                }
            }
            if deliver && !waiting.is_empty() {
                settle(&mut world, &mut client, waiting.remove(0));
            }
            let mut expected = client.replica().base().clone();
            for pending in client.replica().pending() {
                if let Ok(writes) = pending.command.apply(&expected, pending.context) {
                    for (key, row) in writes {
                        let v = expected.find(key).map_or(0, |stored| stored.v);
                        match row {
                            Some(row) => drop(expected.put(v, row)),
                            None => drop(expected.remove(key)),
                        }
                    }
                }
            }
            prop_assert_eq!(client.replica().view(), &expected);
        }
        for command in waiting {
            settle(&mut world, &mut client, command);
        }
        prop_assert_eq!(client.state().unsent, 0);
        let covered = |row: &crate::sync::AnyRow| client.has(row.cover());
        let theirs: Vec<_> = world.tables.iter().filter(|(_, s)| covered(&s.row)).collect();
        let ours: Vec<_> = client.replica().view().iter().collect();
        prop_assert_eq!(ours, theirs);
    }
}

fn settle(
    world: &mut World,
    client: &mut Client,
    (mid, context, command): (u64, Context, Command),
) {
    let from = world.seq;
    // The server judges by its own time; the command's id decides about chance.
    let outcome = match world.run_as(context, &command) {
        Ok(parts) => {
            client.step(frame(from, world.seq, vec![mid], parts));
            Outcome::Done(world.seq)
        }
        Err(rejected) => Outcome::Refused(rejected),
    };
    client.step(say(ServerMessage::Results {
        results: vec![Answer { mid, outcome }],
    }));
}
