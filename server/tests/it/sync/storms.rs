//! Many at once, and those who do not read: a server that comes back, too many connections, slow readers, lost words.

use super::links::{Events, news, poll};
use super::team::Socket;
use super::{Team, name, task};
use crate::harness::{Client, Engine, Setup, TestApp, on_both_engines};
use futures::StreamExt as _;
use futures::stream;
use server::on_engine;
use server::{sessions, sync, tokens};
use shared::access::Role;
use shared::sync::protocol::{Hello, ServerMessage};
use shared::tasks;
use shared::values::Markdown;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// How many come back after a restart, and how many of them at the same moment.
const CLIENTS: u128 = 300;
const AT_ONCE: usize = 50;
/// Nobody tells in these tests: what is not looked for never comes.
const SOON: Duration = Duration::from_secs(10);

/// Changes the database, and tells nobody.
async fn run(t: &TestApp, sql: &'static str) {
    let mut tx = t.app.db.unfenced().write().await.unwrap();
    on_engine!(tx.conn(), |c| sqlx::query(sql).execute(c).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

/// Stops the server of a team, and starts another one on what it leaves, which is answered.
async fn restart(team: &mut Team, setup: Setup) -> TestApp {
    team.t.stop().await;
    let next = setup.after(&team.t, 1).start().await;
    std::mem::replace(&mut team.t, next)
}

/// What many who have the same cursor are told.
async fn all_told(client: &Client, team: &Team, hello: &Hello) -> Vec<Vec<ServerMessage>> {
    let polls = (0..CLIENTS).map(|n| {
        let mut hello = hello.clone();
        hello.replica = team.hello(100 + n, None).replica;
        async move { news(client, &hello, 0).await.1 }
    });
    stream::iter(polls)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

fn parts(messages: &[ServerMessage]) -> Vec<u64> {
    let frames = messages.iter().filter_map(|message| match message {
        ServerMessage::Frame(frame) => Some(frame),
        _ => None,
    });
    frames
        .flat_map(|frame| frame.parts.iter().map(|part| part.seq))
        .collect()
}

/// Waits until so many connections are open.
async fn open(t: &TestApp, count: u32) {
    while t.app.crowd.count() != count {
        tokio::task::yield_now().await;
    }
}

on_both_engines! {
    async fn whoever_comes_back_after_a_restart_is_followed_up_from_memory(engine: Engine) {
        let setup = || Setup::new(engine).var("TEAMFLOW_CONNECTIONS_PER_ACCOUNT", "0");
        let mut team = Team::start(setup().start().await).await;
        let token = team.token(team.owner).await;
        let before = team.t.program(&token);
        let (welcome, _) = news(&before, &team.hello(1, None), 0).await;
        let seen = team.hello(1, Some((&welcome, welcome.head)));
        for n in 0..20 {
            team.commit(team.owner, team.create(n, "a task")).await.unwrap();
        }
        let missed: Vec<u64> = (welcome.head + 1..=welcome.head + 20).collect();
        let _first = restart(&mut team, setup()).await;
        let client = team.t.program(&token);
        assert_eq!(parts(&news(&client, &seen, 0).await.1), missed);
        // From here on whoever reads the log finds nothing.
        run(&team.t, "delete from change_log").await;
        run(&team.t, "delete from tx_log").await;
        for told in all_told(&client, &team, &seen).await {
            assert_eq!(parts(&told), missed);
        }
        // Who was there for less of it, too; and who lacks more than there is begins anew.
        let later = team.hello(1, Some((&welcome, welcome.head + 15)));
        assert_eq!(parts(&news(&client, &later, 0).await.1), missed[15..]);
        let _second = restart(&mut team, setup()).await;
        let told = news(&team.t.program(&token), &seen, 0).await.1;
        assert!(matches!(told[..], [ServerMessage::Reset { .. }]), "the control: {told:?}");
    }

    async fn a_board_is_read_once_for_all_who_fetch_it(t: TestApp) {
        let team = Team::start(t).await;
        team.commit(team.owner, team.create(1, "as it was")).await.unwrap();
        let olive = team.t.token("olive@example.org").await;
        let path = format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project);
        let first = olive.get(&path).await.text();
        // Whoever reads the board from here on finds something else.
        run(&team.t, "update tasks set title = 'as it is'").await;
        let asks = (0..CLIENTS).map(|_| async { olive.get(&path).await.text() });
        let all: Vec<String> = stream::iter(asks).buffer_unordered(AT_ONCE).collect().await;
        assert!(all.iter().all(|text| *text == first && text.contains("as it was")));
        team.commit(team.owner, team.create(2, "new")).await.unwrap();
        assert!(olive.get(&path).await.text().contains("as it is"), "the control");
    }

    async fn an_account_and_an_address_keep_so_many_connections_open_and_no_more(engine: Engine) {
        let setup = Setup::new(engine)
            .var("TEAMFLOW_CONNECTIONS_PER_ACCOUNT", "3")
            .var("TEAMFLOW_CONNECTIONS_PER_ADDRESS", "5");
        let team = Team::start(setup.start().await).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let olive = team.t.user("olive@example.org").await;
        let mut events = Events::open(&olive, &team.hello(1, None)).await;
        events.welcome().await;
        let sockets = [team.socket(team.owner, 2).await, team.socket(team.owner, 3).await];
        // By every way, and with whichever key: it is the account that is counted.
        let refused = team.resume(team.owner, 4, None).await.err().unwrap();
        assert!(refused.contains("4029") && refused.contains("too many"), "{refused}");
        let polled = poll(&olive, &team.hello(5, None), 0).await;
        assert_eq!(polled.summary(), "429 too_many_requests");
        assert_eq!(polled.header("retry-after"), Some("30"));
        // What does not stay is not counted.
        let board = format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project);
        assert_eq!(olive.get(&board).await.status, 200);
        let _theirs = [team.socket(mina, 6).await, team.socket(mina, 7).await];
        let refused = team.resume(mina, 8, None).await.err().unwrap();
        assert!(refused.contains("4029"), "the address has as many as it may: {refused}");
        // Whoever was turned away left no trace, and whoever goes makes room.
        assert_eq!(team.t.app.crowd.count(), 5);
        drop(sockets);
        open(&team.t, 3).await;
        team.socket(team.owner, 9).await;
        drop(events);
    }

    async fn whoever_does_not_read_is_let_go_and_delays_nobody(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_READER_TIMEOUT_SECONDS", "1");
        let team = Team::start(setup.start().await).await;
        let olive = team.t.user("olive@example.org").await;
        let slow_socket = team.socket(team.owner, 1).await;
        let slow_stream = Events::open(&olive, &team.hello(2, None)).await;
        let mut reader = team.socket(team.owner, 3).await;
        team.commit(team.owner, team.create(1, "long")).await.unwrap();
        let last = &AtomicU64::new(u64::MAX);
        let reading = async {
            let mut to = 0;
            while to < last.load(Ordering::SeqCst) {
                let frame = reader.frame().await;
                assert!(to == 0 || frame.from == to, "each once and in order");
                to = frame.to;
            }
        };
        let writing = async {
            let mut turn = 0;
            let mut head = 0;
            while team.t.app.crowd.count() > 1 {
                turn += 1;
                let markdown = Markdown::parse(&format!("{turn} {}", "word ".repeat(8_000))).unwrap();
                let describe = tasks::Mutation::Describe { id: task(1), markdown };
                head = team.commit(team.owner, describe).await.unwrap();
            }
            last.store(head + 1, Ordering::SeqCst);
            team.commit(team.owner, team.create(2, "the last")).await.unwrap();
        };
        tokio::join!(reading, writing);
        drop((slow_socket, slow_stream));
    }

    /// Of the word that a sign-in has ended, nothing has come.
    async fn a_sign_in_that_has_ended_is_noticed_at_the_next_check(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_SESSION_CHECK_SECONDS", "1");
        let team = Team::start(setup.start().await).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let session = team.t.sign_in("olive@example.org").await;
        let mut events = Events::open(&team.t.browser(&session), &team.hello(1, None)).await;
        events.welcome().await;
        let made = tokens::create(&team.t.app, team.owner, tokens::Wanted::full(name("Bot"))).await;
        let (token, secret) = made.unwrap();
        let mut bot = Socket::open(team.t.address, secret.as_str(), &team.hello(2, None)).await.unwrap();
        let mut theirs = team.socket(mina, 3).await;
        let id = super::kicks::session_id(&team.t, &session).await;
        let mut tx = team.t.app.db.write().await.unwrap();
        sessions::store::delete(tx.conn(), id).await.unwrap();
        tokens::store::delete(tx.conn(), team.owner, token.id).await.unwrap();
        tx.commit().await.unwrap();
        let told = timeout(SOON, events.hear()).await.unwrap();
        assert!(matches!(told, Some(ServerMessage::Kick { .. })), "{told:?}");
        assert!(timeout(SOON, events.hear()).await.unwrap().is_none());
        let told = timeout(SOON, bot.hear()).await.unwrap();
        assert!(matches!(told, ServerMessage::Kick { .. }), "{told:?}");
        assert_eq!(timeout(SOON, bot.closed()).await.unwrap(), 4001);
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        theirs.frame().await;
    }

    async fn what_another_process_wrote_is_found_without_a_word(t: TestApp) {
        let team = Team::start(t).await;
        sync::run(&team.t.app);
        let mut socket = team.socket(team.owner, 1).await;
        let began = socket.welcome().head;
        team.write_elsewhere(3).await;
        let found = timeout(SOON, socket.frames_to(began + 3)).await.unwrap();
        assert_eq!(found.parts.len(), 3);
    }
}
