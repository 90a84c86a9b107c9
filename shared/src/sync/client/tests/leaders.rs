//! What a leader says to its followers when the two do not know the same.

use super::*;

fn welcome(world: &World, epoch: Epoch, head: u64, last_mid: u64) -> Event {
    say(ServerMessage::Welcome(Welcome {
        epoch,
        head,
        last_mid,
        scopes: world.scopes(),
        server_time: Time(0),
        mode: Mode::Bootstrap,
    }))
}

fn disconnects(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Disconnect))
}

#[test]
fn whoever_said_hello_under_another_identity_says_it_anew() {
    let world = World::new();
    let mut client = client(&world);
    client.step(Event::Start);
    client.step(Event::Connected);
    let renumbered = ReplicaId::from_uuid(Uuid::from_u128(78));
    assert!(disconnects(&client.step(Event::Restored(
        renumbered,
        0,
        vec![]
    ))));
}

#[test]
fn a_command_that_bears_the_number_of_another_one_is_still_to_be_sent() {
    let mut world = World::new();
    let mut client = online(&world);
    let kept = readable(&world, 1, 1);
    let another = Own(1, world.id());
    client.step(frame(world.seq, world.seq + 1, vec![another], vec![]));
    let effects = client.step(Event::Joined(Box::new(kept.clone())));
    assert_eq!(client.state().unsent, 1);
    assert_eq!(pushed(&effects)[0].cid, kept.kept.cid);
    client.step(frame(world.seq + 1, world.seq + 2, vec![another], vec![]));
    assert_eq!(client.state().unsent, 1, "nor is it taken for done");
}

#[test]
fn a_follower_begins_nothing_anew_as_of_before_what_it_has_seen() {
    let mut world = World::new();
    world.task("a", 0);
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    // The server has another life of the log already, of which its leader has not heard.
    let mut fetched = world.snapshot();
    fetched.epoch = Epoch::from_uuid(Uuid::from_u128(8));
    follower.step(Event::Fetched(fetched));
    follower.step(Event::Tick(Timer::Reconnect));
    follower.step(Event::Connected);
    follower.step(welcome(&world, World::epoch(), world.seq - 1, 0));
    assert_eq!(follower.state().link, Link::Backoff);
    assert_eq!(follower.epoch(), None);
    follower.step(Event::Tick(Timer::Reconnect));
    follower.step(Event::Connected);
    follower.step(welcome(&world, World::epoch(), world.seq, 0));
    assert_eq!(follower.epoch(), Some(World::epoch()));
}

#[test]
fn a_late_answer_of_a_former_leader_begins_nothing_anew_as_of_before_what_is_here() {
    let mut world = World::new();
    world.task("a", 0);
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    follower.step(welcome(&world, World::epoch(), world.seq - 1, 0));
    assert_eq!(follower.state().link, Link::Backoff);
    assert_eq!(follower.replica().cursor(), world.seq);
}

#[test]
fn what_a_leader_said_is_done_stays_so_when_the_store_is_read_again() {
    let world = World::new();
    let kept = || vec![readable(&world, 1, 1)];
    let mut follower = client(&world);
    follower.step(Event::Restored(follower.writer(), 1, kept()));
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    let another = Epoch::from_uuid(Uuid::from_u128(8));
    follower.step(welcome(&world, another, world.seq, 1));
    follower.step(Event::Restored(follower.writer(), 1, kept()));
    assert_eq!(follower.state().unsent, 0);
}

#[test]
fn a_leader_answers_nobody_under_another_identity() {
    let world = World::new();
    let leader = online(&world);
    let mut hello = client(&world).hello();
    assert!(!Relay::default().answer(&leader, &hello, Time(0)).is_empty());
    hello.replica = ReplicaId::from_uuid(Uuid::from_u128(78));
    assert!(Relay::default().answer(&leader, &hello, Time(0)).is_empty());
}

#[test]
fn what_a_leader_says_under_another_identity_is_not_for_this_page() {
    let mut world = World::new();
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    let (tab, leader) = (world.id(), world.id());
    let text = || serde_json::value::to_raw_value("said").unwrap();
    let asked = follower.asked();
    let answer = |writer| TabMessage::Answer {
        tab,
        asked,
        leader,
        writer,
        messages: vec![text()],
    };
    let heard = |writer| TabMessage::Heard {
        leader,
        writer,
        message: text(),
    };
    let before = follower.writer();
    let is_told = |follower: &Client, message: &TabMessage| {
        let told = message.to_follower(follower, tab, Some(leader));
        told.is_some_and(|(by, _)| by == leader)
    };
    assert!(is_told(&follower, &answer(before)) && is_told(&follower, &heard(before)));
    // All was numbered anew, and the page has read that before what its leader had said is heard.
    let renumbered = ReplicaId::from_uuid(Uuid::from_u128(78));
    follower.step(Event::Restored(renumbered, 0, vec![]));
    assert!(!is_told(&follower, &answer(before)) && !is_told(&follower, &heard(before)));
    assert!(is_told(&follower, &answer(renumbered)) && is_told(&follower, &heard(renumbered)));
    assert!(
        answer(renumbered)
            .to_follower(&follower, leader, None)
            .is_none(),
        "another page had asked"
    );
    assert!(
        heard(renumbered)
            .to_follower(&follower, tab, None)
            .is_none(),
        "that page has not answered this one"
    );
}

/// A follower says hello.
fn ask(follower: &mut Client) {
    follower.step(Event::Tick(Timer::Reconnect));
    follower.step(Event::Connected);
}

#[test]
fn an_answer_to_an_earlier_question_does_not_say_what_has_taken_effect_since() {
    let mut world = World::new();
    let mut leader = online(&world);
    leader.step(Event::Restored(leader.writer(), 1, vec![]));
    let kept = readable(&world, 1, 1);
    let mut follower = Client::new(leader.settings);
    follower.step(Event::Restored(leader.writer(), 1, vec![kept.clone()]));
    follower.step(Event::Led(Lead::Follower));
    let (tab, by) = (world.id(), world.id());
    let answer = |leader: &Client, follower: &Client| TabMessage::Answer {
        tab,
        asked: follower.asked(),
        leader: by,
        writer: leader.writer(),
        messages: Relay::default().answer(leader, &follower.hello(), Time(0)),
    };
    let be_told = |follower: &mut Client, message: &TabMessage| {
        if let Some((_, messages)) = message.to_follower(follower, tab, None) {
            hear(follower, messages);
        }
    };
    // It asks twice, is answered twice, and one of the answers is late.
    follower.step(Event::Connected);
    follower.step(Event::Disconnected);
    ask(&mut follower);
    let late = answer(&leader, &follower);
    be_told(&mut follower, &late);
    // Meanwhile the command has taken effect, beyond that answer, and is not kept any more.
    follower.step(Event::Restored(leader.writer(), 1, vec![]));
    ask(&mut follower);
    be_told(&mut follower, &late);
    assert_eq!(follower.state().unsent, 1, "its effect is not here");
    let from = world.seq;
    let parts = world.run_as(kept.kept.context(), &kept.command).unwrap();
    leader.step(frame(from, world.seq, vec![kept.kept.own()], parts));
    let answered = answer(&leader, &follower);
    be_told(&mut follower, &answered);
    assert_eq!(follower.replica().cursor(), world.seq);
    assert_eq!(follower.state().unsent, 0);
}

#[test]
fn what_a_leader_hears_before_it_answers_is_part_of_its_answer() {
    let mut world = World::new();
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    let from = world.seq;
    world.task("a", 0);
    let heard = frame(from, world.seq, vec![], since(&world, from));
    follower.step(heard.clone());
    assert_eq!(follower.state().link, Link::Connecting);
    assert_eq!(follower.replica().cursor(), from);
    follower.step(goes_on(&world, 0));
    follower.step(heard);
    assert_eq!(follower.replica().cursor(), world.seq);
}

#[test]
fn a_leader_that_went_back_to_what_was_kept_lets_nobody_begin_there() {
    let mut world = World::new();
    let mut earlier = online(&world);
    let mut store = pages::Store::default();
    pages::keep(&mut earlier, &mut store);
    world.task("a", 0);
    // It comes to lead, and needs of the store what its own rows lack.
    let mut leader = online(&world);
    leader.step(Event::Led(Lead::Follower));
    leader.step(store.open());
    leader.step(Event::Led(Lead::Leader));
    connect(&mut leader, &world);
    assert!(leader.replica().cursor() < world.seq);
    let nothing = Hello {
        epoch: None,
        cursor: None,
        ..leader.hello()
    };
    let answer = |leader: &Client| Relay::default().answer(leader, &nothing, Time(0));
    assert!(answer(&leader).is_empty());
    let from = leader.replica().cursor();
    leader.step(frame(from, world.seq, vec![], since(&world, from)));
    assert!(!answer(&leader).is_empty());
}

#[test]
fn a_leader_whose_profile_was_put_back_does_not_call_done_what_has_the_number_of_a_judged_command()
{
    let world = World::new();
    let mut leader = client(&world);
    leader.step(Event::Restored(leader.writer(), 3, vec![]));
    leader.step(Event::Start);
    leader.step(Event::Connected);
    // The server has judged a fourth command, of the profile as it was before.
    leader.step(welcome(&world, World::epoch(), world.seq, 4));
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    let hello = follower.hello();
    let answer = Relay::default().answer(&leader, &hello, Time(0));
    hear(&mut follower, &answer);
    follower.step(Event::Joined(Box::new(readable(&world, 4, 1))));
    assert_eq!(follower.state().unsent, 1);
}

#[test]
fn a_leader_that_hears_late_of_a_command_that_took_effect_tells_its_followers_that_it_did() {
    let world = World::new();
    let kept = readable(&world, 1, 1);
    // A former leader has sent it; this one has seen its effect before it hears that it was kept.
    let mut leader = online(&world);
    let to = world.seq + 1;
    leader.step(frame(world.seq, to, vec![kept.kept.own()], vec![]));
    leader.step(Event::Joined(Box::new(kept.clone())));
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Joined(Box::new(kept)));
    follower.step(Event::Connected);
    let hello = Hello {
        cursor: None,
        epoch: None,
        ..follower.hello()
    };
    let answer = Relay::default().answer(&leader, &hello, Time(0));
    hear(&mut follower, &answer);
    assert_eq!(follower.state().link, Link::Live);
    assert_eq!(follower.state().unsent, 0);
}

#[test]
fn what_an_old_frame_said_of_who_sees_what_is_not_said_again_to_a_follower() {
    let mut world = World::new();
    let mut follower = client(&world);
    let mut leader = client(&world);
    let (from, scopes) = (world.seq, world.scopes());
    connect(&mut leader, &world);
    world.task("a", 0);
    let frame = ServerMessage::Frame(Frame {
        from,
        to: world.seq,
        own: vec![],
        scopes: Some(scopes.clone()),
        parts: since(&world, from),
    });
    let mut relay = Relay::default();
    let text = serde_json::value::to_raw_value(&frame).unwrap();
    relay.hear(leader.writer(), Heard::of(&frame), &text);
    leader.step(say(frame));
    // Cut off and welcomed anew, the leader is told that it sees less than the frame said.
    leader.step(Event::Disconnected);
    leader.step(Event::Tick(Timer::Reconnect));
    leader.step(Event::Connected);
    let (project, seen): (Vec<Granted>, Vec<Granted>) = scopes
        .into_iter()
        .partition(|granted| matches!(granted.0, Scope::Project(_)));
    assert!(!project.is_empty());
    leader.step(say(ServerMessage::Welcome(Welcome {
        epoch: World::epoch(),
        head: world.seq,
        last_mid: 0,
        scopes: seen.clone(),
        server_time: Time(0),
        mode: Mode::CatchUp,
    })));
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    let answer = relay.answer(&leader, &follower.hello(), Time(0));
    hear(&mut follower, &answer);
    assert_eq!(follower.replica().cursor(), world.seq);
    assert_eq!(follower.scopes(), seen);
}

#[test]
fn what_a_server_that_was_set_back_has_lost_goes_before_everything_new() {
    let mut world = World::new();
    let mut client = online(&world);
    client.step(Event::Disconnected);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    perform(&mut client, create, context, 3);
    client.step(Event::Tick(Timer::Reconnect));
    client.step(Event::Connected);
    let another = Epoch::from_uuid(Uuid::from_u128(8));
    let effects = client.step(welcome(&world, another, world.seq, 1));
    let asked = |effect: &Effect| matches!(effect, Effect::Revive(epoch, 1) if *epoch == another);
    assert!(effects.iter().any(asked));
    assert!(pushed(&effects).is_empty(), "not before the store has told");
    let mut kept = vec![readable(&world, 2, 1)];
    let pending = client.replica().pending();
    kept.extend(pending.iter().map(|pending| Readable {
        kept: Kept::of(3, pending),
        command: pending.command.clone(),
    }));
    let effects = client.step(Event::Revived(client.writer(), 3, kept));
    let mids: Vec<u64> = pushed(&effects).iter().map(|it| it.mid).collect();
    assert_eq!(mids, [2, 3]);
}

#[test]
fn a_server_that_lacks_what_it_had_judged_is_asked_who_it_is_before_all_is_numbered_anew() {
    let mut world = World::new();
    let mut client = client(&world);
    pages::welcomed(&mut client, &world, 3);
    let context = context(&mut world);
    let create = Command::from(world.create(Uuid::from_u128(5).into(), "new", 0, Place::Last));
    let effects = perform(&mut client, create, context, 4);
    assert_eq!(pushed(&effects).len(), 1);
    let gap = || {
        let outcome = Outcome::Gap(2);
        let results = vec![Answer { mid: 4, outcome }];
        say(ServerMessage::Results { results })
    };
    let renumbers = |effects: &[Effect]| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::NewReplica))
    };
    let effects = client.step(gap());
    assert!(disconnects(&effects) && !renumbers(&effects));
    // Where nobody remembers what is missing, the number can be given to nothing else.
    client.step(Event::Tick(Timer::Reconnect));
    pages::welcomed(&mut client, &world, 1);
    client.step(Event::Restored(client.writer(), 4, vec![]));
    assert!(renumbers(&client.step(gap())));
}

#[test]
fn what_was_lost_is_what_took_effect_in_another_life_of_the_log_under_the_same_identity() {
    let world = World::new();
    let replica = ReplicaId::from_uuid(Uuid::from_u128(77));
    let acked = Acked {
        epoch: World::epoch(),
        replica,
        at: Time(0),
        kept: readable(&world, 4, 1).kept,
    };
    let another = Epoch::from_uuid(Uuid::from_u128(8));
    assert!(acked.is_lost(another, replica, 3));
    assert!(!acked.is_lost(World::epoch(), replica, 3), "the same life");
    assert!(!acked.is_lost(another, replica, 4), "judged");
    let renumbered = ReplicaId::from_uuid(Uuid::from_u128(78));
    assert!(!acked.is_lost(another, renumbered, 0));
}

#[test]
fn a_command_that_changed_nothing_stays_done_when_the_store_is_read_again() {
    let world = World::new();
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    let another = Epoch::from_uuid(Uuid::from_u128(8));
    follower.step(welcome(&world, another, world.seq, 0));
    let kept = readable(&world, 1, 1);
    follower.step(Event::Joined(Box::new(kept.clone())));
    let outcome = Outcome::Done(world.seq);
    let results = vec![Answer { mid: 1, outcome }];
    follower.step(say(ServerMessage::Results { results }));
    assert_eq!(follower.state().unsent, 0);
    // What it asked for when it was welcomed comes only now, and nothing was forgotten yet.
    follower.step(Event::Restored(follower.writer(), 1, vec![kept]));
    assert_eq!(follower.state().unsent, 0);
}

#[test]
fn a_verdict_that_is_heard_before_its_command_is_remembered() {
    let world = World::new();
    for outcome in [
        Outcome::Refused(crate::codes::Code::NotAllowed.into()),
        Outcome::Done(world.seq),
    ] {
        let mut follower = client(&world);
        follower.step(Event::Led(Lead::Follower));
        follower.step(Event::Connected);
        follower.step(welcome(&world, World::epoch(), world.seq, 0));
        // Another page has kept it, and told the leader before it told this one.
        let results = vec![Answer { mid: 1, outcome }];
        follower.step(say(ServerMessage::Results { results }));
        follower.step(Event::Joined(Box::new(readable(&world, 1, 1))));
        assert_eq!(follower.state().unsent, 0);
        follower.step(Event::Joined(Box::new(readable(&world, 2, 2))));
        assert_eq!(follower.state().unsent, 1, "of this one nothing is known");
    }
}

#[test]
fn a_page_that_knows_of_a_command_only_after_its_verdict_asks_what_became_of_it() {
    let world = World::new();
    let mut follower = client(&world);
    follower.step(Event::Led(Lead::Follower));
    follower.step(Event::Connected);
    follower.step(welcome(&world, World::epoch(), world.seq, 0));
    follower.step(Event::Joined(Box::new(readable(&world, 1, 1))));
    follower.step(Event::Tick(Timer::Ping));
    assert_eq!(follower.state().link, Link::Live, "it may be under way");
    let later = readable(&world, 2, 2);
    let to = world.seq + 1;
    follower.step(frame(world.seq, to, vec![later.kept.own()], vec![]));
    assert_eq!(follower.state().unsent, 1);
    follower.step(Event::Tick(Timer::Ping));
    ask(&mut follower);
    follower.step(welcome(&world, World::epoch(), to, 2));
    assert_eq!(follower.state().unsent, 0);
}
