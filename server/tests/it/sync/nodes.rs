//! Several servers on one PostgreSQL, linked by Redis.

use super::kill::Process;
use super::team::Socket;
use super::{Team, log, name, numbered};
use crate::harness::{Engine, Redis, Setup, TestApp, redis_skipped, skipped};
use server::app::App;
use server::sync;
use server::sync::bus;
use server::tokens;
use shared::access::Role;
use shared::ids::{ReplicaId, UserId};
use shared::sync::protocol::{Answer, ClientMessage, Outcome, Presence, ServerMessage};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// Nobody looks by themselves in these tests: what is not told never comes.
const SOON: Duration = Duration::from_secs(5);

/// A team on a server, and another server beside it.
struct Nodes {
    team: Team,
    other: TestApp,
}

impl Nodes {
    /// Not linked yet by the Redis between them; nothing, where these tests are left out.
    async fn start() -> Option<(Self, Redis)> {
        if skipped() || redis_skipped() {
            return None;
        }
        let redis = Redis::start().await;
        let setup = || Setup::new(Engine::Postgres).var("TEAMFLOW_REDIS_URL", &redis.url());
        let team = Team::start(setup().start().await).await;
        let other = setup().beside(&team.t).start().await;
        Some((Self { team, other }, redis))
    }

    fn both(&self) -> [&App; 2] {
        [&self.team.t.app, &self.other.app]
    }

    /// Linked, but without looking at the database by themselves: what they know they were told.
    async fn linked() -> Option<(Self, Redis)> {
        let (nodes, redis) = Self::start().await?;
        for app in nodes.both() {
            app.tasks.spawn(bus::redis::link(app.clone(), redis.url()));
        }
        nodes.wait_for_links().await;
        Some((nodes, redis))
    }

    async fn wait_for_links(&self) {
        for app in self.both() {
            while !app.sync.bus().is_linked() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// A socket to the other server.
    async fn socket_there(&self, user: UserId, replica: u128) -> Socket {
        let token = self.team.token(user).await;
        let hello = self.team.hello(replica, None);
        Socket::open(self.other.address, &token, &hello)
            .await
            .unwrap()
    }
}

/// Waits until exactly these pages are on the board.
async fn sees(socket: &mut Socket, pages: &[u128]) {
    let pages: Vec<ReplicaId> = pages
        .iter()
        .map(|n| uuid::Uuid::from_u128(*n).into())
        .collect();
    loop {
        if let ServerMessage::Present { people, .. } = socket.hear().await
            && people.len() == pages.len()
            && people.iter().all(|person| pages.contains(&person.replica))
        {
            return;
        }
    }
}

fn here(team: &Team) -> ClientMessage {
    ClientMessage::Presence(Presence {
        project: Some(team.project),
        ..Presence::default()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_commits_the_other_tells_at_once() {
    let Some((nodes, _redis)) = Nodes::linked().await else {
        return;
    };
    let team = &nodes.team;
    let mut there = nodes.socket_there(team.owner, 1).await;
    let mut here = team.socket(team.owner, 2).await;
    for n in 0..20 {
        let seq = team
            .commit(team.owner, team.create(n, "from here"))
            .await
            .unwrap();
        assert_eq!(timeout(SOON, there.frame()).await.unwrap().to, seq);
    }
    here.frames_to(there.welcome().head + 20).await;
    let answers = there
        .push(vec![numbered(1, 501, team.create(50, "from there"))])
        .await;
    let [
        Answer {
            outcome: Outcome::Done(seq),
            ..
        },
    ] = answers[..]
    else {
        panic!("{answers:?}")
    };
    assert_eq!(timeout(SOON, here.frame()).await.unwrap().to, seq);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_on_a_board_is_seen_from_every_node() {
    let Some((nodes, _redis)) = Nodes::linked().await else {
        return;
    };
    let team = &nodes.team;
    let mina = team.member("mina@example.org", Role::Member).await;
    let mut mine = team.socket(team.owner, 1).await;
    mine.say(&here(team)).await;
    sees(&mut mine, &[1]).await;
    // The workspace becomes live there only now: it asks who is in it.
    let mut theirs = nodes.socket_there(mina, 2).await;
    theirs.say(&here(team)).await;
    sees(&mut theirs, &[1, 2]).await;
    sees(&mut mine, &[1, 2]).await;
    drop(mine);
    sees(&mut theirs, &[2]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_ends_on_one_node_ends_on_every_node() {
    let Some((nodes, _redis)) = Nodes::linked().await else {
        return;
    };
    let team = &nodes.team;
    let made = tokens::create(&team.t.app, team.owner, tokens::Wanted::full(name("Bot"))).await;
    let (token, secret) = made.unwrap();
    let hello = team.hello(1, None);
    let mut there = Socket::open(nodes.other.address, secret.as_str(), &hello)
        .await
        .unwrap();
    tokens::delete(&team.t.app, team.owner, token.id)
        .await
        .unwrap();
    let told = timeout(SOON, there.hear()).await.unwrap();
    assert!(matches!(told, ServerMessage::Kick { .. }), "{told:?}");
    assert_eq!(timeout(SOON, there.closed()).await.unwrap(), 4001);
    let again = Socket::open(nodes.other.address, secret.as_str(), &hello).await;
    assert!(
        again.err().unwrap().contains("401"),
        "not even from the cache"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_redis_is_away() {
    const COMMANDS: u64 = 60;
    let Some((nodes, mut redis)) = Nodes::start().await else {
        return;
    };
    for app in nodes.both() {
        sync::run(app);
    }
    nodes.wait_for_links().await;
    let team = &nodes.team;
    let (mut here, mut there) = (
        team.socket(team.owner, 1).await,
        nodes.socket_there(team.owner, 2).await,
    );
    let began = there.welcome().head;
    let writers = [
        team.socket(team.owner, 11).await,
        nodes.socket_there(team.owner, 12).await,
    ];
    let done = &AtomicU64::new(0);
    let writing = writers
        .into_iter()
        .zip(1..)
        .map(async |(mut socket, writer)| {
            for mid in 1..=COMMANDS {
                let id = writer * 1_000 + u128::from(mid);
                let answers = socket
                    .push(vec![numbered(mid, id, team.create(id, "under load"))])
                    .await;
                assert!(
                    matches!(answers[0].outcome, Outcome::Done(_)),
                    "{answers:?}"
                );
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
    let disturbing = async {
        let reached = async |count| {
            while done.load(Ordering::SeqCst) < count {
                tokio::task::yield_now().await;
            }
        };
        for third in [1, 2] {
            reached(COMMANDS * third / 3).await;
            redis.stop();
            reached(COMMANDS * (third + 1) / 3).await;
            redis.start_again().await;
        }
    };
    let head = began + 2 * COMMANDS;
    let (_, (), seen_here, seen_there) = tokio::join!(
        futures::future::join_all(writing),
        disturbing,
        here.frames_to(head),
        there.frames_to(head)
    );
    for seen in [seen_here, seen_there] {
        let seqs: Vec<u64> = seen.parts.iter().map(|part| part.seq).collect();
        assert_eq!(
            seqs,
            (began + 1..=head).collect::<Vec<_>>(),
            "each once and in order"
        );
    }
    // Without anybody's help they find each other again.
    nodes.wait_for_links().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_commits_the_other_finds_while_redis_is_away() {
    let Some((nodes, mut redis)) = Nodes::start().await else {
        return;
    };
    for app in nodes.both() {
        sync::run(app);
    }
    nodes.wait_for_links().await;
    let team = &nodes.team;
    let mut there = nodes.socket_there(team.owner, 1).await;
    redis.stop();
    for app in nodes.both() {
        while app.sync.bus().is_linked() {
            tokio::task::yield_now().await;
        }
    }
    let seq = team
        .commit(team.owner, team.create(1, "from here"))
        .await
        .unwrap();
    assert_eq!(timeout(SOON, there.frame()).await.unwrap().to, seq);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_in_the_middle_of_writes_loses_nothing_it_acknowledged() {
    const COMMANDS: u64 = 200;
    let Some((nodes, redis)) = Nodes::start().await else {
        return;
    };
    let team = &nodes.team;
    let app = &team.t.app;
    sync::run(app);
    let (database, dir, redis) = (team.t.database(), team.t.dir(), redis.url());
    let mut process = Process::start(database, dir, &[("TEAMFLOW_REDIS_URL", &redis)]).await;
    while !app.sync.bus().is_linked() {
        tokio::task::yield_now().await;
    }
    let mut follower = team.socket(team.owner, 3).await;
    let mut reader = team.socket(team.owner, 1).await;
    reader.say(&here(team)).await;
    let began = reader.welcome().head;
    let token = team.token(team.owner).await;
    let mut writer = Socket::open(process.address, &token, &team.hello(2, None))
        .await
        .unwrap();
    writer.say(&here(team)).await;
    sees(&mut reader, &[1, 2]).await;
    let command = |mid: u64| vec![numbered(mid, mid.into(), team.create(mid.into(), "a task"))];
    let mut answered = Vec::new();
    for mid in 1..=COMMANDS {
        if mid == COMMANDS / 2 {
            // One is under way.
            let push = ClientMessage::Push {
                commands: command(mid),
            };
            writer.say(&push).await;
            process.kill();
            break;
        }
        answered.extend(writer.push(command(mid)).await);
    }
    // The page is forgotten when its node has said nothing for a while.
    team.t.advance(Duration::from_secs(31));
    app.sync.announce().await;
    sees(&mut reader, &[1]).await;
    // It comes back to the other node, and sends what was not answered.
    let mut back = team.socket(team.owner, 2).await;
    let acknowledged = u64::try_from(answered.len()).unwrap();
    assert!(back.welcome().last_mid >= acknowledged);
    assert_eq!(
        back.push(command(acknowledged)).await[0],
        answered[answered.len() - 1]
    );
    for mid in acknowledged + 1..=COMMANDS {
        let answers = back.push(command(mid)).await;
        assert!(
            matches!(answers[0].outcome, Outcome::Done(_)),
            "{answers:?}"
        );
    }
    let (seqs, head) = log(team).await;
    assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
    assert_eq!(u64::try_from(head).unwrap(), began + COMMANDS);
    assert_eq!(
        follower.frames_to(began + COMMANDS).await.parts.len() as u64,
        COMMANDS
    );
}
