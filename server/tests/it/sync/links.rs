//! Ways to the server beside the socket: a stream of events, polls, and pushes by requests of their own.

use super::{Team, numbered, task, titles};
use crate::harness::{Answer, Client, Engine, Setup, TestApp, on_both_engines};
use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use shared::codes::Code;
use shared::ids::{TaskId, UserId};
use shared::sync::protocol::{
    Frame, Hello, MESSAGE_BYTES_MAX, Mode, Numbered, Outcome, PUSH_COMMANDS_MAX, Push,
    ServerMessage, VERSION, Welcome,
};
use shared::{members, projects};
use std::pin::Pin;
use std::time::Duration;

/// What the server writes to an open request, piece by piece.
type Pieces = Pin<Box<dyn futures::Stream<Item = String>>>;

/// A browser that reads events.
pub(super) struct Events {
    pieces: Pieces,
    text: String,
}

impl Events {
    pub(super) async fn open(client: &Client, hello: &Hello) -> Self {
        let request = client
            .request(Method::GET, "/sync/stream")
            .query(&asked(hello));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let header = |name| response.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-accel-buffering"), "no");
        let pieces = response.bytes_stream();
        Self {
            pieces: Box::pin(pieces.map(|piece| String::from_utf8(piece.unwrap().into()).unwrap())),
            text: String::new(),
        }
    }

    /// The next message; nothing, when the stream has ended.
    pub(super) async fn hear(&mut self) -> Option<ServerMessage> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                match event.strip_prefix("data: ") {
                    Some(message) => return Some(serde_json::from_str(message).unwrap()),
                    // A comment: the stream's heartbeat.
                    None => continue,
                }
            }
            self.text.push_str(&self.pieces.next().await?);
        }
    }

    pub(super) async fn welcome(&mut self) -> Welcome {
        match self.hear().await {
            Some(ServerMessage::Welcome(welcome)) => welcome,
            other => panic!("a welcome was expected, not {other:?}"),
        }
    }

    async fn frames_to(&mut self, to: u64) -> Vec<Frame> {
        let mut frames: Vec<Frame> = Vec::new();
        while frames.last().is_none_or(|frame| frame.to < to) {
            if let Some(ServerMessage::Frame(frame)) = self.hear().await {
                frames.push(frame);
            }
        }
        frames
    }
}

fn asked(hello: &Hello) -> [(&'static str, String); 2] {
    let workspace = hello.workspace.to_string();
    let hello = serde_json::to_string(hello).unwrap();
    [("workspace", workspace), ("hello", hello)]
}

pub(super) async fn poll(client: &Client, hello: &Hello, wait: u64) -> Answer {
    let request = client.request(Method::GET, "/sync/poll");
    let request = request
        .query(&asked(hello))
        .query(&[("wait", wait.to_string())]);
    client.send(request).await
}

/// What a poll was answered: the welcome, and what happened since.
pub(super) async fn news(
    client: &Client,
    hello: &Hello,
    wait: u64,
) -> (Welcome, Vec<ServerMessage>) {
    let answer = poll(client, hello, wait).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut messages: Vec<ServerMessage> = serde_json::from_slice(&answer.body).unwrap();
    match messages.remove(0) {
        ServerMessage::Welcome(welcome) => (welcome, messages),
        other => panic!("a welcome was expected, not {other:?}"),
    }
}

fn only_frame(messages: &[ServerMessage]) -> &Frame {
    match messages {
        [ServerMessage::Frame(frame)] => frame,
        other => panic!("one frame was expected, not {other:?}"),
    }
}

async fn push(client: &Client, team: &Team, replica: u128, commands: Vec<Numbered>) -> Answer {
    let path = format!("/sync/push?workspace={}", team.workspace);
    let push = Push {
        replica: team.hello(replica, None).replica,
        commands,
    };
    client
        .post(&path, serde_json::to_value(push).unwrap())
        .await
}

fn results(answer: &Answer) -> Vec<shared::sync::protocol::Answer> {
    match serde_json::from_slice(&answer.body) {
        Ok(ServerMessage::Results { results }) => results,
        other => panic!("results were expected, not {other:?}"),
    }
}

/// Says where a page is.
async fn place(client: &Client, team: &Team, replica: u128, presence: Value) -> Answer {
    let replica = team.hello(replica, None).replica;
    let workspace = team.workspace;
    let path = format!("/sync/presence?workspace={workspace}&replica={replica}");
    client.post(&path, presence).await
}

/// Which pages are on a board, and what they drag.
fn people(message: &ServerMessage) -> Option<Vec<(u128, Option<TaskId>)>> {
    let ServerMessage::Present { people, .. } = message else {
        return None;
    };
    let pages = people.iter();
    let mut pages: Vec<_> = pages
        .map(|it| (it.replica.uuid().as_u128(), it.dragging))
        .collect();
    pages.sort_by_key(|page| page.0);
    Some(pages)
}

/// Reads events until exactly these are on the board.
async fn sees(events: &mut Events, expected: &[(u128, Option<TaskId>)]) {
    loop {
        let heard = events.hear().await.expect("the stream goes on");
        if people(&heard).is_some_and(|people| people == expected) {
            return;
        }
    }
}

/// Waits until so many connections listen.
async fn listeners(team: &Team, count: usize) {
    let hub = team.t.app.sync.hub(team.workspace).await.unwrap();
    while hub.listeners() < count {
        tokio::task::yield_now().await;
    }
}

async fn deactivate(team: &Team, user: UserId) -> u64 {
    let shut_out = members::Mutation::SetActive {
        id: user,
        active: false,
    };
    team.commit(team.owner, shut_out).await.unwrap()
}

on_both_engines! {
    async fn a_stream_says_what_a_socket_says(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut socket = team.socket(team.owner, 1).await;
        let mut events = Events::open(&olive, &team.hello(2, None)).await;
        let welcome = events.welcome().await;
        assert_eq!(welcome.mode, Mode::Bootstrap);
        assert_eq!((welcome.head, &welcome.scopes), (socket.welcome().head, &socket.welcome().scopes));
        for n in 0..3 {
            team.commit(team.owner, team.create(n, "a task")).await.unwrap();
        }
        let to = welcome.head + 3;
        let parts = |frames: Vec<Frame>| -> Vec<Value> {
            frames.iter().flat_map(|frame| &frame.parts).map(|part| json!(part)).collect()
        };
        let heard = parts(events.frames_to(to).await);
        assert_eq!((heard.len(), heard), (3, parts(vec![socket.frames_to(to).await])));
        // Another one goes on from a cursor.
        let mut again = Events::open(&olive, &team.hello(2, Some((&welcome, welcome.head)))).await;
        assert_eq!(again.welcome().await.mode, Mode::CatchUp);
        assert_eq!(again.frames_to(to).await[0].from, welcome.head);
    }

    async fn a_stream_tells_the_writer_what_took_effect(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut events = Events::open(&olive, &team.hello(2, None)).await;
        events.welcome().await;
        let commands = vec![numbered(1, 501, team.create(1, "one"))];
        let answer = push(&olive, &team, 2, commands).await;
        let [shared::sync::protocol::Answer { mid: 1, outcome: Outcome::Done(seq) }] = results(&answer)[..] else {
            panic!("{}", answer.text())
        };
        assert_eq!(events.frames_to(seq).await[0].own[0].0, 1);
    }

    async fn a_stream_ends_with_the_membership(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let client = team.t.user("mina@example.org").await;
        let mut theirs = Events::open(&client, &team.hello(2, None)).await;
        theirs.welcome().await;
        deactivate(&team, mina).await;
        assert!(theirs.hear().await.is_none(), "not even why: they see nothing here any more");
    }

    async fn a_stream_that_nobody_reads_any_more_is_let_go(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut events = Events::open(&olive, &team.hello(2, None)).await;
        events.welcome().await;
        let hub = team.t.app.sync.hub(team.workspace).await.unwrap();
        assert_eq!(hub.listeners(), 1);
        drop(events);
        while hub.listeners() > 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn every_connection_is_told_before_the_server_goes(t: TestApp) {
        let mut team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut socket = team.socket(team.owner, 1).await;
        let mut events = Events::open(&olive, &team.hello(2, None)).await;
        let welcome = events.welcome().await;
        let hello = team.hello(3, Some((&welcome, welcome.head)));
        let stop = async {
            listeners(&team, 3).await;
            team.t.app.shutdown.cancel();
        };
        let ((_, polled), ()) = tokio::join!(news(&olive, &hello, 25), stop);
        assert!(matches!(polled[..], [ServerMessage::Drain { spread_ms: 1.. }]), "{polled:?}");
        assert!(matches!(socket.hear().await, ServerMessage::Drain { spread_ms: 1.. }));
        assert_eq!(socket.closed().await, 1012);
        assert!(matches!(events.hear().await, Some(ServerMessage::Drain { spread_ms: 1.. })));
        assert!(events.hear().await.is_none());
        (&mut team.t.serving).await.unwrap().unwrap();
    }

    async fn a_poll_answers_what_happened_or_waits_for_it(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        // Whoever has nothing is told to fetch it, at once.
        let (welcome, none) = news(&olive, &team.hello(2, None), 25).await;
        assert_eq!((welcome.mode.clone(), none.len()), (Mode::Bootstrap, 0));
        let seen = |cursor| team.hello(2, Some((&welcome, cursor)));
        let (now, none) = news(&olive, &seen(welcome.head), 0).await;
        assert_eq!((now.mode, none.len()), (Mode::CatchUp, 0));
        for n in 0..3 {
            team.commit(team.owner, team.create(n, "a task")).await.unwrap();
        }
        let to = welcome.head + 3;
        let (_, messages) = news(&olive, &seen(welcome.head), 0).await;
        let frame = only_frame(&messages);
        assert_eq!((frame.from, frame.to, frame.parts.len()), (welcome.head, to, 3));
        // Nothing is new, until somebody does something.
        let waits = seen(to);
        let writes = async {
            listeners(&team, 1).await;
            team.commit(team.owner, team.create(9, "at last")).await.unwrap()
        };
        let ((_, messages), written) = tokio::join!(news(&olive, &waits, 25), writes);
        let frame = only_frame(&messages);
        assert_eq!((frame.from, frame.to), (to, written));
        let (old, _) = news(&olive, &Hello { proto: VERSION + 1, ..seen(to) }, 25).await;
        assert_eq!(old.mode, Mode::UpgradeRequired);
    }

    async fn a_push_by_request_is_judged_like_one_over_the_socket(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let commands = vec![
            numbered(1, 501, team.create(1, "one")),
            numbered(2, 502, team.create(1, "the same id again")),
            numbered(4, 504, team.create(4, "too early")),
        ];
        let first = push(&olive, &team, 7, commands.clone()).await;
        assert_eq!(first.header("cache-control"), Some("no-store"));
        let judged = results(&first);
        assert!(matches!(judged[0].outcome, Outcome::Done(_)));
        assert!(matches!(&judged[1].outcome, Outcome::Refused(r) if r.code == Code::AlreadyExists));
        assert_eq!(judged[2].outcome, Outcome::Gap(3));
        // Once more, by either way.
        assert_eq!(results(&push(&olive, &team, 7, commands.clone()).await), judged);
        assert_eq!(team.socket(team.owner, 7).await.push(commands).await, judged);
        let guest = team.member("guest@example.org", Role::Guest).await;
        let client = team.t.token("guest@example.org").await;
        let wish = vec![numbered(1, 601, team.create(5, "not theirs to make"))];
        let refused = &results(&push(&client, &team, 8, wish.clone()).await)[0].outcome;
        assert!(matches!(refused, Outcome::Refused(_)), "{refused:?}");
        deactivate(&team, guest).await;
        assert_eq!(push(&client, &team, 8, wish).await.summary(), "404 not_found");
    }

    async fn what_a_browser_kept_of_one_person_is_ascribed_to_nobody_else(t: TestApp) {
        let team = Team::start(t).await;
        let member = team.member("ann@example.org", Role::Member).await;
        let olive = team.t.user("olive@example.org").await;
        let ann = team.t.user("ann@example.org").await;
        let replica = team.hello(7, None).replica;
        let commands = vec![numbered(1, 501, team.create(1, "kept by Olive"))];
        let body = serde_json::to_value(Push { replica, commands }).unwrap();
        let path = |user| format!("/sw/push?workspace={}&user={user}", team.workspace);
        let by_olive = path(team.owner);
        assert_eq!(ann.post(&by_olive, body.clone()).await.summary(), "403 not_allowed");
        assert_eq!(olive.post(&path(member), body.clone()).await.summary(), "403 not_allowed");
        let nobody = team.t.anonymous().post(&by_olive, body.clone()).await;
        assert_eq!(nobody.summary(), "401 unauthenticated");
        assert_eq!(titles(&team).await, [""; 0]);
        let first = olive.post(&by_olive, body.clone()).await;
        assert!(matches!(results(&first)[0].outcome, Outcome::Done(_)), "{}", first.text());
        assert_eq!(results(&olive.post(&by_olive, body).await), results(&first));
        assert_eq!(titles(&team).await, ["kept by Olive"]);
    }

    async fn who_is_on_a_board_and_drags_what_is_told_and_heard_without_sockets(t: TestApp) {
        let team = Team::start(t).await;
        team.member("mina@example.org", Role::Member).await;
        let olive = team.t.user("olive@example.org").await;
        let mina = team.t.user("mina@example.org").await;
        let here = json!({ "project": team.project });
        let drags = json!({ "project": team.project, "dragging": task(1) });
        let mut events = Events::open(&olive, &team.hello(1, None)).await;
        events.welcome().await;
        assert_eq!(place(&olive, &team, 1, drags).await.status, 204);
        sees(&mut events, &[(1, Some(task(1)))]).await;
        // Another one, by polls: the first that waits says who is there, and no other one says it again.
        let (welcome, _) = news(&mina, &team.hello(2, None), 0).await;
        assert_eq!(place(&mina, &team, 2, here.clone()).await.status, 204);
        sees(&mut events, &[(1, Some(task(1))), (2, None)]).await;
        let hello = team.hello(2, Some((&welcome, welcome.head)));
        let (_, told) = news(&mina, &hello, 25).await;
        assert_eq!(told.iter().map(people).collect::<Vec<_>>(), [Some(vec![(1, Some(task(1))), (2, None)])]);
        let drops = async {
            listeners(&team, 2).await;
            place(&olive, &team, 1, here).await;
        };
        let ((_, told), ()) = tokio::join!(news(&mina, &hello, 25), drops);
        assert_eq!(told.iter().map(people).collect::<Vec<_>>(), [Some(vec![(1, None), (2, None)])]);
        sees(&mut events, &[(1, None), (2, None)]).await;
        // Who does not poll any more has gone; who has a stream open stays, and goes with it.
        team.t.advance(Duration::from_secs(31));
        team.t.app.sync.announce().await;
        sees(&mut events, &[(1, None)]).await;
        drop(events);
        let hub = team.t.app.sync.hub(team.workspace).await.unwrap();
        while !hub.presences.own().is_empty() {
            tokio::task::yield_now().await;
        }
    }

    async fn where_somebody_is_is_told_by_who_may_be_there(t: TestApp) {
        let team = Team::start(t).await;
        team.member("mina@example.org", Role::Member).await;
        let here = json!({ "project": team.project });
        let (eve, nobody) = (team.t.user("eve@example.org").await, team.t.anonymous());
        assert_eq!(place(&eve, &team, 5, here.clone()).await.summary(), "404 not_found");
        assert_eq!(place(&nobody, &team, 5, here.clone()).await.summary(), "401 unauthenticated");
        let olive = team.t.user("olive@example.org").await;
        assert_eq!(place(&olive, &team, 1, json!({ "project": 7 })).await.summary(), "400 invalid_request");
        let large = json!({ "project": team.project, "more": "x".repeat(MESSAGE_BYTES_MAX) });
        assert_eq!(place(&olive, &team, 1, large).await.summary(), "413 too_large");
        let path = format!("/sync/presence?workspace={}&replica={}", team.workspace, task(1));
        let forged = olive.request(Method::POST, &path).header("sec-fetch-site", "cross-site");
        assert_eq!(olive.send(forged.json(&here)).await.summary(), "403 cross_site");
        // Nobody is shown where they cannot be, and nobody moves another's page.
        let private = projects::ProjectPatch {
            visibility: Some(projects::Visibility::Private),
            ..projects::ProjectPatch::default()
        };
        team.commit(team.owner, projects::Mutation::Edit { id: team.project, patch: private }).await.unwrap();
        let mina = team.t.user("mina@example.org").await;
        assert_eq!(place(&mina, &team, 2, here.clone()).await.status, 204);
        assert_eq!(place(&olive, &team, 1, here).await.status, 204);
        assert_eq!(place(&mina, &team, 1, json!({})).await.status, 204);
        let hub = team.t.app.sync.hub(team.workspace).await.unwrap();
        let message = serde_json::from_str(&hub.presences.message(team.project)).unwrap();
        assert_eq!(people(&message), Some(vec![(1, None)]));
    }

    async fn requests_have_the_socket_s_limits(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let many = (1..=PUSH_COMMANDS_MAX as u64 + 1)
            .map(|mid| numbered(mid, u128::from(mid), team.create(mid.into(), "one of many")));
        assert_eq!(push(&olive, &team, 7, many.collect()).await.summary(), "400 invalid_request");
        let large = json!({ "replica": team.hello(7, None).replica, "commands": [
            { "mid": 1, "cid": task(1), "command": "x".repeat(MESSAGE_BYTES_MAX) }] });
        let path = format!("/sync/push?workspace={}", team.workspace);
        assert_eq!(olive.post(&path, large).await.summary(), "413 too_large");
        assert_eq!(olive.post(&path, json!({ "commands": [] })).await.summary(), "400 invalid_request");
        let forged = olive.request(Method::POST, &path).header("sec-fetch-site", "cross-site");
        assert_eq!(olive.send(forged.json(&json!({}))).await.summary(), "403 cross_site");
    }

    async fn only_members_get_a_link_and_only_with_a_hello(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let eve = team.t.user("eve@example.org").await;
        let hello = team.hello(5, None);
        let commands = vec![numbered(1, 501, team.create(1, "x"))];
        let nobody = team.t.anonymous();
        for (client, expected) in [(&eve, "404 not_found"), (&nobody, "401 unauthenticated")] {
            for path in ["/sync/stream", "/sync/poll"] {
                let request = client.request(Method::GET, path).query(&asked(&hello));
                assert_eq!(client.send(request).await.summary(), expected, "{path}");
            }
            assert_eq!(push(client, &team, 5, commands.clone()).await.summary(), expected);
        }
        for path in ["/sync/stream", "/sync/poll"] {
            let path = format!("{path}?workspace={}", team.workspace);
            for hello in ["", "&hello=", "&hello=%7B%7D", "&hello=nonsense"] {
                let answer = olive.get(&format!("{path}{hello}")).await;
                assert_eq!(answer.summary(), "400 invalid_request", "{path}{hello}");
            }
        }
        let mut elsewhere = hello;
        elsewhere.workspace = uuid::Uuid::from_u128(99).into();
        let request = olive.request(Method::GET, "/sync/poll").query(&[
            ("workspace", team.workspace.to_string()),
            ("hello", serde_json::to_string(&elsewhere).unwrap()),
        ]);
        assert_eq!(olive.send(request).await.summary(), "404 not_found");
    }
}

/// The server must not give up on a request that it was asked to keep.
#[tokio::test]
async fn a_poll_is_answered_before_the_server_gives_up_on_it() {
    let setup = Setup::new(Engine::Sqlite).request_timeout(Duration::from_secs(5));
    let team = Team::start(setup.start().await).await;
    let olive = team.t.user("olive@example.org").await;
    let (welcome, _) = news(&olive, &team.hello(2, None), 0).await;
    let hello = team.hello(2, Some((&welcome, welcome.head)));
    assert_eq!(news(&olive, &hello, 25).await.1.len(), 0);
}
