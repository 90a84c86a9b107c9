//! What outlives a page, several pages of a browser, and what others overwrite.

use super::*;
use crate::codes::Code;
use crate::sync::{Replica, Row as _};
use crate::tasks::{Description, Task};
use crate::values::Markdown;
use std::sync::Arc;

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
        8,
        vec![readable(&world, 7, 1), readable(&world, 8, 2)],
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
pub(super) fn welcomed(client: &mut Client, world: &World, last_mid: u64) -> Vec<Effect> {
    client.step(Event::Start);
    client.step(Event::Connected);
    take(client, goes_on(world, last_mid))
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
    let effects = client.step(Event::Joined(Box::new(readable(&world, 1, 1))));
    assert_eq!(mids(&effects), [1, 2]);
    // In the order of their numbers, whoever was shown first.
    let shown = titles(client.replica().view(), world.statuses[0]);
    assert_eq!(shown, ["kept", "new"]);
}

#[test]
fn what_follows_a_command_that_is_not_known_here_waits_until_the_store_has_said_more() {
    let world = World::new();
    let mut client = online(&world);
    let kept = |mid: u64| readable(&world, mid, mid.into());
    let effects = client.step(Event::Joined(Box::new(kept(2))));
    assert!(effects.iter().any(|it| matches!(it, Effect::Recall)));
    // More comes of the page that was faster, before the store has answered.
    let effects = client.step(Event::Joined(Box::new(kept(3))));
    assert!(pushed(&effects).is_empty());
    let all = vec![kept(1), kept(2), kept(3)];
    let effects = client.step(Event::Restored(client.writer(), 3, all));
    assert_eq!(mids(&effects), [1, 2, 3]);
}

#[test]
fn a_command_that_was_settled_before_it_was_heard_of_does_not_wait_for_ever() {
    let world = World::new();
    let mut client = online(&world);
    let kept = readable(&world, 1, 1);
    let own = vec![kept.kept.own()];
    client.step(frame(world.seq, world.seq + 1, own, vec![]));
    client.step(Event::Joined(Box::new(kept)));
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
fn answers_that_came_before_their_commands_are_taken_in_as_they_came() {
    let world = World::new();
    let mut client = client(&world);
    client.step(Event::Led(Lead::Follower));
    welcomed(&mut client, &world, 0);
    for mid in [1, 2] {
        let outcome = Outcome::Done(world.seq);
        let results = vec![Answer { mid, outcome }];
        client.step(say(ServerMessage::Results { results }));
    }
    let kept = vec![readable(&world, 1, 1), readable(&world, 2, 2)];
    let effects = client.step(Event::Restored(client.writer(), 2, kept));
    let settled = effects.iter().filter_map(|it| match it {
        Effect::Forget(own) => Some(own.0),
        _ => None,
    });
    assert_eq!(settled.collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_follower_becomes_the_leader_and_sends_what_all_pages_kept() {
    let world = World::new();
    let mut client = client(&world);
    client.step(Event::Led(Lead::Follower));
    welcomed(&mut client, &world, 0);
    client.step(Event::Joined(Box::new(readable(&world, 1, 1))));
    let effects = client.step(Event::Led(Lead::Leader));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Connect(_)))
    );
    assert_eq!(mids(&welcomed(&mut client, &world, 0)), [1]);
}

/// Writes what is not kept yet; answers what is stored then.
pub(super) fn keep(client: &mut Client, store: &mut Store) -> bool {
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
pub(super) struct Store {
    header: Option<Header>,
    chunks: std::collections::BTreeMap<ChunkKey, String>,
}

impl Store {
    pub(super) fn open(&self) -> Event {
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
        me: user(Role::Member),
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
    relay.hear(leader.writer(), Heard::of(&happened), &text);
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
        ..hello.clone()
    };
    let answer = relay.answer(&leader, &old, Time(0));
    assert!(answer[0].get().contains("bootstrap"));
    // Heard under another identity, whose numbers are those of other commands.
    let anew = ReplicaId::from_uuid(Uuid::from_u128(78));
    leader.step(Event::Restored(anew, 0, vec![]));
    leader.step(Event::Tick(Timer::Reconnect));
    connect(&mut leader, &world);
    let hello = Hello {
        replica: anew,
        ..hello
    };
    let answer = relay.answer(&leader, &hello, Time(0));
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
fn texts_that_went_with_a_project_leave_no_task_that_is_thought_whole() {
    let mut world = World::new();
    let id = world.task("goes to another project", 0);
    let mut replica = Replica::default();
    let now = world.snapshot();
    replica.begin_at(now.seq);
    replica.cover(&now, |_| true).unwrap();
    // By the number of this snapshot the task is in a project that its reader sees anew from some number before.
    let other = Uuid::from_u128(77).into();
    let text = Arc::new(Description {
        id,
        project: other,
        markdown: Markdown::parse("words").unwrap(),
    });
    let text = text.into_any();
    let later = now.seq + 5;
    let texts = vec![Cover::Task(id)];
    let texts = Snapshot::of(World::epoch(), later, texts, [(later, &text)].into_iter());
    replica.cover(&texts, |_| true).unwrap();
    let (_, lost) = replica.forget(&[Scope::Project(other)]);
    assert_eq!(lost, [Cover::Task(id)]);
    assert!(replica.base().find(Task::key_of(id)).is_some());
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
fn the_texts_of_a_task_that_the_server_does_not_know_of_yet_are_asked_for_again() {
    let mut world = World::new();
    let mut client = online(&world);
    let (id, context) = (world.id(), context(&mut world));
    let create = Command::from(world.create(id, "new", 0, Place::Last));
    perform(&mut client, create.clone(), context, 1);
    assert!(fetches(
        &client.step(Event::Want(Cover::Task(id))),
        Cover::Task(id)
    ));
    client.step(Event::FetchRefused(Cover::Task(id)));
    let (from, parts) = (world.seq, world.run_as(context, &create).unwrap());
    // The server knows of it by then.
    let effects = client.step(frame(from, world.seq, vec![Own(1, context.cid)], parts));
    assert!(fetches(&effects, Cover::Task(id)));
}

#[test]
fn the_texts_of_a_task_that_came_to_nothing_are_given_up() {
    let mut world = World::new();
    let mut client = online(&world);
    let (id, context) = (world.id(), context(&mut world));
    let create = Command::from(world.create(id, "new", 0, Place::Last));
    perform(&mut client, create, context, 1);
    client.step(Event::Want(Cover::Task(id)));
    let outcome = Outcome::Refused(Code::NotAllowed.into());
    let results = vec![Answer { mid: 1, outcome }];
    client.step(say(ServerMessage::Results { results }));
    client.step(Event::FetchRefused(Cover::Task(id)));
    let effects = client.step(Event::Tick(Timer::Refetch));
    assert!(!fetches(&effects, Cover::Task(id)));
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
    let effects = take(
        &mut client,
        say(ServerMessage::Welcome(Welcome {
            epoch: Epoch::from_uuid(Uuid::from_u128(8)),
            head: world.seq,
            last_mid: 0,
            scopes: world.scopes(),
            server_time: Time(0),
            mode: Mode::Bootstrap,
        })),
    );
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
    leader.step(Event::Joined(Box::new(readable(&world, 1, 1))));
    let results = vec![Answer {
        mid: 1,
        outcome: Outcome::Refused(crate::codes::Code::NotAllowed.into()),
    }];
    leader.step(say(ServerMessage::Results { results }));
    let mut follower = client(&world);
    let kept = vec![readable(&world, 1, 1)];
    follower.step(Event::Restored(leader.settings.replica, 1, kept));
    let effects = follower.step(Event::Led(Lead::Follower));
    assert!(!effects.is_empty());
    let hello = follower.step(Event::Connected);
    let hello = hello.into_iter().find_map(|effect| match effect {
        Effect::Send(ClientMessage::Hello(hello)) => Some(hello),
        _ => None,
    });
    let answer = Relay::default().answer(&leader, &hello.unwrap(), Time(0));
    hear(&mut follower, &answer);
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
    client.step(frame(seen, world.seq, vec![Own(1, mine.cid)], parts));
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
        (overwritten.field.as_str(), overwritten.by),
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
    client.step(frame(from, world.seq, vec![Own(2, again.cid)], parts));
    assert!(my_seq < world.seq);
    let seen = world.seq;
    assert_eq!(told(&mut world, &mut client, "knowingly", seen), None);
}
