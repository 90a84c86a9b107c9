//! The client against a server in a few lines: what it shows, and what it does when the link is bad.

mod anything;
mod leaders;
mod overwritten;
mod pages;

use super::*;
use crate::access::Role;
use crate::labels;
use crate::projects;
use crate::sync::Row as _;
use crate::sync::digest::{Content, CoverDigest, Hashed, hash_of};
use crate::sync::protocol::{Answer, Frame, Mode, Outcome, Own, ServerMessage, Welcome};
use crate::sync::sim::Chance;
use crate::sync::world::{World, title, titles, user};
use crate::sync::{Acked, ChunkKey, Kept, Part, Readable, Scope, Stored};
use crate::tasks::tests::{Step, command, steps};
use crate::tasks::{self, TaskPatch};
use crate::values::{Place, Time};
use proptest::prelude::*;
use serde_json::value::RawValue;
use uuid::Uuid;

fn client(world: &World) -> Client {
    let replica = ReplicaId::from_uuid(Uuid::from_u128(77));
    let mut client = Client::new(Settings {
        workspace: world.workspace,
        replica,
        me: user(Role::Member),
    });
    client.step(Event::Seeded(world.snapshot(), world.scopes()));
    client
}

fn online(world: &World) -> Client {
    let mut client = client(world);
    connect(&mut client, world);
    client
}

/// Takes an event; a store that has lost nothing answers at once.
fn take(client: &mut Client, event: Event) -> Vec<Effect> {
    let mut effects = client.step(event);
    if effects.iter().any(|it| matches!(it, Effect::Revive(..))) {
        let pending = client.replica().pending().iter();
        let kept: Vec<Readable> = pending.filter_map(Readable::of).collect();
        let given = kept.iter().map(|it| it.kept.mid).max().unwrap_or(0);
        effects.extend(client.step(Event::Revived(client.writer(), given, kept)));
    }
    effects
}

fn connect(client: &mut Client, world: &World) -> Vec<Effect> {
    client.step(Event::Start);
    client.step(Event::Tick(Timer::Reconnect));
    let mut effects = client.step(Event::Connected);
    effects.extend(take(client, goes_on(world, 0)));
    effects
}

/// A welcome to somebody who goes on from where they are.
fn goes_on(world: &World, last_mid: u64) -> Event {
    say(ServerMessage::Welcome(Welcome {
        epoch: World::epoch(),
        head: world.seq,
        last_mid,
        scopes: world.scopes(),
        server_time: Time(0),
        mode: Mode::CatchUp,
    }))
}

/// Hears what a leader says.
fn hear(follower: &mut Client, messages: &[Box<RawValue>]) {
    for message in messages {
        follower.step(say(serde_json::from_str(message.get()).unwrap()));
    }
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

fn frame(from: u64, to: u64, own: Vec<Own>, parts: Vec<Part>) -> Event {
    say(ServerMessage::Frame(Frame {
        from,
        to,
        own,
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
    client.step(frame(from, world.seq, vec![Own(1, context.cid)], parts));
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
    client.step(frame(from, world.seq, vec![Own(1, context.cid)], parts));
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
    client.step(frame(from, world.seq, vec![Own(2, two.cid)], parts));
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

fn readable(world: &World, mid: u64, id: u128) -> Readable {
    kept(world, mid, id).read().unwrap()
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
            1,
            vec![readable(&world, 1, 1)],
        ),
        Event::Joined(Box::new(readable(&world, 2, 2))),
        Event::Opened(
            Header {
                turn: 1,
                epoch: World::epoch(),
                cursor: 1,
                scopes: world.scopes(),
                covers: vec![Cover::Workspace],
                mine: Mine::default(),
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
            client.step(frame(from, world.seq, vec![Own(mid, context.cid)], parts));
            Outcome::Done(world.seq)
        }
        Err(rejected) => Outcome::Refused(rejected),
    };
    client.step(say(ServerMessage::Results {
        results: vec![Answer { mid, outcome }],
    }));
}

/// What a cover comes to in a world.
fn stored(world: &World, cover: Cover) -> CoverDigest {
    let rows = world.tables.iter().map(|(_, stored)| stored);
    let rows = rows.filter(|stored| stored.row.cover() == cover);
    CoverDigest {
        epoch: World::epoch(),
        seq: world.seq,
        cover,
        digest: Content::of(rows.map(|stored| hash_of(stored.v, &stored.row))),
    }
}

#[test]
fn rows_that_are_not_the_servers_are_found_under_the_same_number_and_fetched_anew() {
    let mut world = World::new();
    let task = world.task("a", 0);
    let board = Cover::Board(world.project);
    let mut hashed = Hashed::default();
    for (cover, key) in [
        (board, tasks::Task::key_of(task)),
        (Cover::Workspace, projects::Project::key_of(world.project)),
    ] {
        let mut client = online(&world);
        client.step(Event::Want(board));
        let theirs = stored(&world, cover);
        let ours = client.content(cover, &mut hashed).unwrap();
        assert!(!ours.differs(&theirs));
        let before = client.replica().base().find(key).unwrap().clone();
        let serde_json::Value::Object(patch) =
            serde_json::json!({ "title": "tampered", "name": "Tampered" })
        else {
            unreachable!("an object was written");
        };
        let tampered = before.row.merged(&patch).unwrap();
        client.replica.put_in_base(before.v, tampered);
        let ours = client.content(cover, &mut hashed).unwrap();
        assert!(ours.differs(&theirs), "{cover:?}");
        let later = CoverDigest {
            seq: theirs.seq + 1,
            ..theirs
        };
        assert!(!ours.differs(&later), "of another moment");
        let shown = client.replica().view().find(key).cloned();
        let mut effects = client.step(Event::Diverged(cover));
        let fetched = |effects: &[Effect]| -> Vec<Cover> {
            let fetched = effects.iter().filter_map(|it| match it {
                Effect::Fetch(cover) => Some(*cover),
                _ => None,
            });
            fetched.collect()
        };
        if cover == Cover::Workspace {
            // So may be what the person was said to see, and what stands on it.
            assert!(fetched(&effects).is_empty());
            effects = connect(&mut client, &world);
            assert_eq!(fetched(&effects), [Cover::Workspace, board]);
        } else {
            assert_eq!(fetched(&effects), [board]);
        }
        // Until the others come, the rows stay that are there; they are not compared again.
        assert!(client.has(cover));
        assert_eq!(client.replica().view().find(key).cloned(), shown);
        assert!(client.content(cover, &mut hashed).is_none());
        client.step(Event::Fetched(world.snapshot()));
        let ours = client.content(cover, &mut hashed).unwrap();
        assert_eq!(ours.digest, theirs.digest, "{cover:?} is healed");
        assert_eq!(client.replica().view().find(key), Some(&before));
    }
}

#[test]
fn what_only_this_client_has_goes_when_the_rows_come_that_are_the_servers() {
    for is_wanted in [true, false] {
        let mut world = World::new();
        let task = world.task("a", 0);
        let board = Cover::Board(world.project);
        let mut client = online(&world);
        let rows = world.snapshot();
        if is_wanted {
            client.step(Event::Want(board));
        }
        let extra = world.task("never there", 0);
        let Stored { v, row } = world
            .tables
            .find(tasks::Task::key_of(extra))
            .unwrap()
            .clone();
        client.replica.put_in_base(v, row);
        client.step(Event::Diverged(board));
        // What nobody shows is fetched when somebody does.
        assert_eq!(client.has(board), is_wanted);
        client.step(Event::Want(board));
        client.step(Event::Fetched(rows));
        let there = |id| client.replica().view().find(tasks::Task::key_of(id));
        assert!(there(task).is_some() && there(extra).is_none());
    }
}

#[test]
fn what_differs_and_is_refused_goes() {
    let mut world = World::new();
    let texts = Cover::Task(world.id());
    let mut client = online(&world);
    client.step(Event::Want(texts));
    let none = Snapshot::of(World::epoch(), world.seq, vec![texts], std::iter::empty());
    client.step(Event::Fetched(none));
    client.step(Event::Diverged(texts));
    assert!(client.has(texts));
    client.step(Event::FetchRefused(texts));
    assert!(!client.has(texts));
}

#[test]
fn whatever_is_held_is_compared_and_nothing_that_is_not_whole() {
    let mut world = World::new();
    let task = world.task("a", 0);
    let mut client = online(&world);
    let checked = |effects: &[Effect]| -> Vec<Cover> {
        let covers = effects.iter().filter_map(|effect| match effect {
            Effect::Check(cover) => Some(*cover),
            _ => None,
        });
        covers.collect()
    };
    let board = Cover::Board(world.project);
    let held = checked(&client.step(Event::Tick(Timer::Check)));
    assert_eq!(held, [Cover::Workspace, board]);
    let cover = Cover::Task(task);
    client.step(Event::Want(cover));
    assert!(client.content(cover, &mut Hashed::default()).is_none());
    let texts = Snapshot::of(World::epoch(), world.seq, vec![cover], std::iter::empty());
    client.step(Event::Fetched(texts));
    let held = checked(&client.step(Event::Tick(Timer::Check)));
    assert_eq!(held, [Cover::Workspace, board, cover]);
    // Some rows are further than others.
    client.step(Event::Diverged(board));
    let ahead = Snapshot {
        seq: world.seq + 1,
        ..world.snapshot()
    };
    client.step(Event::Fetched(ahead));
    assert!(client.has(board));
    assert!(client.content(board, &mut Hashed::default()).is_none());
}

#[test]
fn a_snapshot_that_is_cut_short_is_not_taken_in() {
    let world = World::new();
    let mut cut = world.snapshot();
    cut.digest.rows += 1;
    let mut fresh = Client::new(client(&world).settings);
    fresh.step(Event::Fetched(cut));
    assert_eq!(fresh.boot(), Boot::Bootstrapping);
}

/// How long clients wait, each by its own chance, before they try again.
fn waits(effects: &[Effect], seeds: &mut [Chance]) -> Option<(Vec<u64>, (u32, u32))> {
    let wait = effects.iter().rev().find_map(|effect| match effect {
        Effect::SetTimer(Timer::Reconnect, from, to) => Some((*from, *to)),
        _ => None,
    })?;
    let (from, to) = (u64::from(wait.0), u64::from(wait.1));
    let chosen = seeds.iter_mut().map(|chance| chance.between(from, to));
    Some((chosen.collect(), wait))
}

/// So many at most wait for the same tenth of the time, of 300 clients: thirty on average.
const TENTH_MAX: usize = 65;

fn is_spread(chosen: &[u64], (from, to): (u32, u32)) -> bool {
    let (from, size) = (u64::from(from), u64::from(to - from) + 1);
    let mut tenths = [0; 10];
    for wait in chosen {
        tenths[usize::try_from((wait - from) * 10 / size).unwrap()] += 1;
    }
    tenths.iter().all(|count| *count <= TENTH_MAX)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However often a server turns its clients away, they come back spread out, ever more rarely, and never give up.
    #[test]
    fn whoever_is_turned_away_comes_back_spread_out_and_ever_more_rarely(
        seed in any::<u64>(), failures in 1..40_u32, drains in any::<bool>(),
    ) {
        let world = World::new();
        let mut client = online(&world);
        let mut seeds: Vec<Chance> = (0..300).map(|n| Chance::new(seed.wrapping_add(n))).collect();
        let last = if drains {
            client.step(say(ServerMessage::Drain { spread_ms: 2_000 }))
        } else {
            client.step(Event::Disconnected)
        };
        let (chosen, range) = waits(&last, &mut seeds).unwrap();
        let first = if drains { (1_000, 2_000) } else { (250, 500) };
        prop_assert_eq!(range, first);
        prop_assert!(is_spread(&chosen, range));
        let mut longest = 0;
        for failure in 0..failures {
            let effects = client.step(Event::Tick(Timer::Reconnect));
            prop_assert!(effects.iter().any(|it| matches!(it, Effect::Connect(_))));
            client.step(Event::Connected);
            // Too many connections, or nobody there: a close without a welcome.
            let effects = client.step(Event::Disconnected);
            let (chosen, (from, to)) = waits(&effects, &mut seeds).unwrap();
            prop_assert!(is_spread(&chosen, (from, to)));
            prop_assert!(from >= 250 && from == to / 2, "nobody comes back at once: {from}");
            prop_assert!(to <= BACKOFF_MS_MAX && to >= longest, "{failure}: {to} after {longest}");
            longest = to;
        }
        if failures > 8 {
            prop_assert_eq!(longest, BACKOFF_MS_MAX);
        }
        // Once it has worked, the next failure counts as the first one.
        connect(&mut client, &world);
        let effects = client.step(Event::Disconnected);
        prop_assert_eq!(waits(&effects, &mut seeds).unwrap().1, (250, 500));
    }
}
