//! What others overwrite is told, also to whoever was away; and for how long it is remembered.

use super::pages::{Store, keep};
use super::*;
use crate::ids::TaskId;
use crate::sync::client::overwritten::{REMEMBERED_MAX, REMEMBERED_MS};
use crate::sync::{Change, Op, Row as _};
use crate::tasks::Task;

/// Somebody sets a title who has seen everything up to a number; answers how it is told.
fn retitled(world: &mut World, who: Role, id: TaskId, text: &str, seen: u64) -> Event {
    let patch = TaskPatch {
        title: Some(title(text)),
        ..TaskPatch::default()
    };
    let from = world.seq;
    let edit = tasks::Mutation::Edit { id, patch };
    let parts = world.run(user(who), edit).unwrap().into_iter();
    let parts = parts.map(|part| Part {
        seen: Some(seen),
        ..part
    });
    frame(from, world.seq, vec![], parts.collect())
}

/// What somebody is told: their value, and the one that stands.
fn told(client: &Client) -> Vec<(String, String)> {
    let words = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let told = client.overwritten();
    told.iter()
        .map(|it| (words(&it.mine), words(&it.theirs)))
        .collect()
}

fn pair(mine: &str, theirs: &str) -> Vec<(String, String)> {
    vec![(mine.to_owned(), theirs.to_owned())]
}

/// A new page of the same browser, which the server welcomes at a moment.
fn reopened(world: &World, store: &Store, server_time: Time) -> Client {
    let mut client = Client::new(Settings {
        workspace: world.workspace,
        replica: ReplicaId::from_uuid(Uuid::from_u128(77)),
        me: user(Role::Member),
    });
    client.step(store.open());
    welcome(&mut client, world, server_time);
    client
}

fn welcome(client: &mut Client, world: &World, server_time: Time) {
    client.step(Event::Start);
    client.step(Event::Tick(Timer::Reconnect));
    client.step(Event::Connected);
    let welcome = Welcome {
        epoch: World::epoch(),
        head: world.seq,
        last_mid: 0,
        scopes: world.scopes(),
        server_time,
        mode: Mode::CatchUp,
    };
    take(client, say(ServerMessage::Welcome(welcome)));
}

#[test]
fn what_others_overwrote_while_nobody_was_here_is_told_until_somebody_lets_go_of_it() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut first = online(&world);
    let seen = world.seq;
    let mine = retitled(&mut world, Role::Member, id, "mine", seen);
    first.step(mine);
    let mut store = Store::default();
    keep(&mut first, &mut store);
    drop(first);
    let missed = retitled(&mut world, Role::Manager, id, "theirs", seen);
    let mut back = reopened(&world, &store, Time(0));
    assert!(told(&back).is_empty());
    let effects = back.step(missed);
    let is_told = |effect: &Effect| matches!(effect, Effect::Overwritten(all) if all.len() == 1);
    assert!(effects.iter().any(is_told));
    assert_eq!(told(&back), pair("mine", "theirs"));
    // It is told again on the next page, with what stands by then.
    keep(&mut back, &mut store);
    let knowing = world.seq;
    let later = retitled(&mut world, Role::Owner, id, "later", knowing);
    let mut next = reopened(&world, &store, Time(0));
    assert_eq!(told(&next), pair("mine", "theirs"));
    next.step(later);
    assert_eq!(told(&next), pair("mine", "later"));
    keep(&mut next, &mut store);
    let overwritten = next.overwritten().remove(0);
    let let_go = || Event::LetGo(overwritten.key, overwritten.field.clone());
    let effects = next.step(let_go());
    let tells_pages = |effect: &Effect| matches!(effect, Effect::LetGo(..));
    assert!(effects.iter().any(tells_pages));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Keep)));
    assert!(
        !next.step(let_go()).iter().any(tells_pages),
        "pages would tell each other for ever"
    );
    assert!(keep(&mut next, &mut store));
    assert!(told(&reopened(&world, &store, Time(0))).is_empty());
}

#[test]
fn whoever_sets_theirs_again_need_not_be_told_any_more_on_any_page() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut client = online(&world);
    let seen = world.seq;
    for (who, text) in [(Role::Member, "mine"), (Role::Manager, "theirs")] {
        let happened = retitled(&mut world, who, id, text, seen);
        client.step(happened);
    }
    assert_eq!(told(&client), pair("mine", "theirs"));
    let seen = world.seq;
    let again = retitled(&mut world, Role::Member, id, "mine", seen);
    client.step(again);
    assert!(told(&client).is_empty());
}

#[test]
fn what_arrives_once_more_is_told_once() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut client = online(&world);
    let seen = world.seq;
    let mine = retitled(&mut world, Role::Member, id, "mine", seen);
    client.step(mine);
    let mut store = Store::default();
    keep(&mut client, &mut store);
    let theirs = retitled(&mut world, Role::Manager, id, "theirs", seen);
    client.step(theirs.clone());
    let overwritten = client.overwritten().remove(0);
    client.step(Event::LetGo(overwritten.key, overwritten.field));
    // The page comes to lead, and reads a store that is behind.
    client.step(store.open());
    assert!(client.replica().cursor() < world.seq);
    welcome(&mut client, &world, Time(0));
    client.step(theirs);
    assert_eq!(client.replica().cursor(), world.seq);
    assert!(told(&client).is_empty());
}

#[test]
fn nothing_is_remembered_of_a_project_that_is_not_seen_any_more_nor_of_a_row_that_is_gone() {
    for is_deleted in [false, true] {
        let mut world = World::new();
        let id = world.task("a", 0);
        let mut client = online(&world);
        let seen = world.seq;
        for (who, text) in [(Role::Member, "secret"), (Role::Manager, "theirs")] {
            let happened = retitled(&mut world, who, id, text, seen);
            client.step(happened);
        }
        assert_eq!(told(&client).len(), 1);
        let cursor = client.replica().cursor();
        let gone = Part {
            seq: cursor + 1,
            scope: Scope::Project(world.project),
            by: Some(user(Role::Manager)),
            seen: None,
            changes: vec![Change {
                key: Task::key_of(id),
                op: Op::Del,
            }],
        };
        let left = Frame {
            from: cursor,
            to: cursor + 1,
            scopes: (!is_deleted).then(|| vec![world.scopes()[0]]),
            parts: is_deleted.then_some(gone).into_iter().collect(),
            ..Frame::default()
        };
        client.step(say(ServerMessage::Frame(left)));
        assert!(told(&client).is_empty());
        let header = client.write(None).unwrap().header;
        let json = serde_json::to_string(&header).unwrap();
        assert!(!json.contains("secret"), "{json}");
    }
}

#[test]
fn whoever_was_let_out_while_they_were_away_is_told_nothing() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut first = online(&world);
    let seen = world.seq;
    for (who, text) in [(Role::Member, "mine"), (Role::Manager, "theirs")] {
        let happened = retitled(&mut world, who, id, text, seen);
        first.step(happened);
    }
    let mut store = Store::default();
    keep(&mut first, &mut store);
    let mut client = Client::new(first.settings);
    client.step(store.open());
    assert_eq!(told(&client).len(), 1, "as long as nobody says otherwise");
    client.step(Event::Start);
    client.step(Event::Connected);
    let welcome = Welcome {
        epoch: World::epoch(),
        head: world.seq,
        last_mid: 0,
        scopes: vec![world.scopes()[0]],
        server_time: Time(0),
        mode: Mode::Bootstrap,
    };
    client.step(say(ServerMessage::Welcome(welcome)));
    assert!(told(&client).is_empty());
}

#[test]
fn only_the_newest_changes_are_remembered() {
    let mut world = World::new();
    let ids: Vec<TaskId> = (0..=REMEMBERED_MAX).map(|_| world.task("a", 0)).collect();
    let mut client = online(&world);
    let seen = world.seq;
    for id in &ids {
        let mine = retitled(&mut world, Role::Member, *id, "mine", seen);
        client.step(mine);
    }
    for id in &ids[..2] {
        let theirs = retitled(&mut world, Role::Manager, *id, "theirs", seen);
        client.step(theirs);
    }
    let keys: Vec<_> = client.overwritten().iter().map(|it| it.key).collect();
    assert_eq!(keys, [Task::key_of(ids[1])]);
}

#[test]
fn what_is_old_is_forgotten_but_not_before_what_was_missed_has_come() {
    let later = Time(REMEMBERED_MS + 1);
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut first = online(&world);
    let seen = world.seq;
    let mine = retitled(&mut world, Role::Member, id, "mine", seen);
    first.step(mine);
    let mut store = Store::default();
    keep(&mut first, &mut store);
    let pong = || {
        say(ServerMessage::Pong {
            t: 0.0,
            server_time: later,
        })
    };
    first.step(pong());
    let theirs = retitled(&mut world, Role::Manager, id, "theirs", seen);
    first.step(theirs.clone());
    assert!(told(&first).is_empty(), "it was too long ago");
    let mut back = reopened(&world, &store, later);
    back.step(theirs);
    back.step(pong());
    assert_eq!(told(&back), pair("mine", "theirs"));
}

#[test]
fn another_life_of_the_log_overwrites_nothing() {
    let mut world = World::new();
    let id = world.task("a", 0);
    let mut client = online(&world);
    let seen = world.seq;
    let mine = retitled(&mut world, Role::Member, id, "mine", seen);
    client.step(mine);
    client.step(Event::Disconnected);
    client.step(Event::Tick(Timer::Reconnect));
    client.step(Event::Connected);
    let welcome = Welcome {
        epoch: Epoch::from_uuid(Uuid::from_u128(8)),
        head: seen,
        last_mid: 0,
        scopes: world.scopes(),
        server_time: Time(0),
        mode: Mode::Bootstrap,
    };
    take(&mut client, say(ServerMessage::Welcome(welcome)));
    world.seq = seen;
    let theirs = retitled(&mut world, Role::Manager, id, "theirs", 0);
    client.step(theirs);
    assert_eq!(client.replica().cursor(), world.seq);
    assert!(told(&client).is_empty());
}
