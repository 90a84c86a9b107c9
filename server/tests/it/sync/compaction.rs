//! The log is shortened, and nobody notices who need not.

use super::{Team, log, numbered, task, titles};
use crate::harness::{TestApp, on_both_engines};
use reqwest::Method;
use serde_json::json;
use server::access::Actor;
use server::config::History;
use server::on_engine;
use server::sync::Group;
use shared::codes::Code;
use shared::sync::Command;
use shared::sync::protocol::{Mode, Outcome, ServerMessage};
use shared::tasks::{self, TaskPatch};
use shared::values::Title;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const MONTH: History = History {
    age: Duration::from_hours(30 * 24),
    changes_max: u64::MAX,
};

/// Keeps so many changes, however old they are.
const fn newest(changes_max: u64) -> History {
    History {
        age: Duration::from_hours(100 * 365 * 24),
        changes_max,
    }
}

/// The floor and the head, after a look at whether the log holds what they say.
async fn bounds(team: &Team) -> (u64, u64) {
    let (seqs, head) = log(team).await;
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    let floor: i64 = on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select floor from workspace_heads")
            .fetch_one(c)
            .await
    })
    .unwrap();
    let parts: Vec<i64> = on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select distinct seq from change_log order by seq")
            .fetch_all(c)
            .await
    })
    .unwrap();
    assert_eq!(seqs, (floor + 1..=head).collect::<Vec<_>>());
    assert_eq!(
        parts, seqs,
        "what is left of the commands and of what they did"
    );
    (u64::try_from(floor).unwrap(), u64::try_from(head).unwrap())
}

async fn create(team: &Team, ids: std::ops::Range<u128>) {
    let commands = ids.map(|id| Command::from(team.create(id, &format!("task {id}"))));
    let group = Group::from(commands.collect::<Vec<_>>());
    team.t
        .app
        .sync
        .commit_all(team.workspace, Actor::unlimited(team.owner), group)
        .await
        .unwrap();
}

fn retitled(id: u128, title: &str) -> tasks::Mutation {
    let title = Some(Title::parse(title).unwrap());
    tasks::Mutation::Edit {
        id: task(id),
        patch: TaskPatch {
            title,
            ..TaskPatch::default()
        },
    }
}

async fn shorten(team: &Team, history: &History) -> u64 {
    team.t.app.sync.shorten_logs(history).await.unwrap()
}

on_both_engines! {
    async fn what_is_older_than_a_month_goes_and_who_needs_it_fetches_anew(t: TestApp) {
        let team = Team::start(t).await;
        let welcome = team.socket(team.owner, 1).await.welcome().clone();
        create(&team, 0..5).await;
        let (_, old) = bounds(&team).await;
        team.t.advance(DAY * 30);
        create(&team, 5..8).await;
        assert_eq!(shorten(&team, &MONTH).await, 0, "thirty days old is not older");
        team.t.advance(Duration::from_millis(1));
        assert_eq!(shorten(&team, &MONTH).await, old);
        assert_eq!(bounds(&team).await, (old, old + 3));
        assert_eq!(shorten(&team, &MONTH).await, 0);
        for (cursor, mode) in [(old - 1, Mode::Bootstrap), (old, Mode::CatchUp), (old + 3, Mode::CatchUp)] {
            let mut back = team.resume(team.owner, 1, Some((&welcome, cursor))).await.unwrap();
            assert_eq!(back.welcome().mode, mode, "{cursor}");
            if cursor == old {
                let missed = back.frames_to(old + 3).await;
                assert_eq!((missed.from, missed.parts.len()), (old, 3));
            }
        }
        let rows = format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project);
        let token = team.t.token("olive@example.org").await;
        assert_eq!(token.get(&rows).await.text().matches("task ").count(), 8, "rows stay");
    }

    async fn the_newest_change_stays_however_old_it_is(t: TestApp) {
        let team = Team::start(t).await;
        create(&team, 0..5).await;
        team.t.advance(DAY * 1_000);
        shorten(&team, &MONTH).await;
        let (floor, head) = bounds(&team).await;
        assert_eq!(floor, head - 1);
        create(&team, 5..6).await;
        assert_eq!(bounds(&team).await, (floor, head + 1));
    }

    async fn too_many_changes_go_in_several_steps(t: TestApp) {
        let team = Team::start(t).await;
        create(&team, 0..1_200).await;
        let (_, head) = bounds(&team).await;
        assert_eq!(shorten(&team, &newest(100)).await, head - 100);
        assert_eq!(bounds(&team).await, (head - 100, head));
        assert_eq!(shorten(&team, &newest(100)).await, 0);
    }

    async fn a_command_sent_again_is_answered_as_before_its_log_went(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 7).await;
        let commands = vec![
            numbered(1, 501, team.create(1, "one")),
            numbered(2, 502, team.create(1, "the same id again")),
        ];
        let answers = socket.push(commands.clone()).await;
        let program = team.t.token("olive@example.org").await;
        let path = format!("/api/v1/projects/{}/tasks", team.project);
        let body = json!({ "title": "by request" });
        let made = program.once("key", Method::POST, &path, Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        team.t.advance(DAY * 29);
        create(&team, 10..11).await;
        shorten(&team, &newest(1)).await;
        assert_eq!(socket.push(commands).await, answers);
        let again = program.once("key", Method::POST, &path, Some(&body)).await;
        assert_eq!((again.status, again.json()["id"].clone()), (201, made.json()["id"].clone()));
        assert_eq!(titles(&team).await, ["one", "by request", "task 10"]);
    }

    async fn a_command_sent_again_after_its_result_went_is_not_carried_out_again(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 7).await;
        let commands = vec![
            numbered(1, 501, team.create(1, "one")),
            numbered(2, 502, retitled(1, "two")),
            numbered(3, 503, team.create(1, "the same id again")),
        ];
        let answers = socket.push(commands.clone()).await;
        let program = team.t.token("olive@example.org").await;
        let path = format!("/api/v1/projects/{}/tasks", team.project);
        let body = json!({ "title": "by request" });
        let once = || program.once("key", Method::POST, &path, Some(&body));
        assert_eq!(once().await.status, 201);
        team.commit(team.owner, retitled(1, "three")).await.unwrap();
        team.t.advance(DAY * 30);
        // However short the log is.
        for history in [&newest(1), &History { age: DAY, ..MONTH }, &MONTH] {
            assert_eq!(team.t.app.sync.forget_results(history).await.unwrap(), 0);
        }
        assert_eq!(socket.push(commands.clone()).await, answers);
        team.t.advance(Duration::from_millis(1));
        let long = History { age: DAY * 31, ..MONTH };
        assert_eq!(team.t.app.sync.forget_results(&long).await.unwrap(), 0);
        assert_eq!(team.t.app.sync.forget_results(&MONTH).await.unwrap(), 4);
        for answer in socket.push(commands).await {
            let Outcome::Refused(rejected) = &answer.outcome else { panic!("{answer:?}") };
            assert_eq!(rejected.code, Code::Forgotten, "{answer:?}");
        }
        assert_eq!(once().await.summary(), "410 forgotten");
        assert_eq!(titles(&team).await, ["three", "by request"]);
        // Its writer goes on where it was.
        let next = socket.push(vec![numbered(4, 504, retitled(1, "four"))]).await;
        assert!(matches!(next[0].outcome, Outcome::Done(_)), "{next:?}");
    }

    async fn a_node_that_the_floor_overtook_begins_anew_with_its_connections(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 1).await;
        let welcome = socket.welcome().clone();
        team.write_elsewhere(5).await;
        shorten(&team, &newest(2)).await;
        team.t.app.sync.catch_up().await.unwrap();
        let told = socket.hear().await;
        assert!(matches!(told, ServerMessage::Reset { .. }), "{told:?}");
        assert_eq!(socket.closed().await, 1012);
        let mut anew = team.socket(team.owner, 1).await;
        assert_eq!(anew.welcome().head, welcome.head + 5);
        // Whoever was not overtaken follows the rest of the log.
        let mut back = team.resume(team.owner, 2, Some((&welcome, welcome.head + 3))).await.unwrap();
        assert_eq!(back.frames_to(welcome.head + 5).await.from, welcome.head + 3);
        let seq = team.commit(team.owner, team.create(9, "here")).await.unwrap();
        for socket in [&mut anew, &mut back] {
            assert_eq!(socket.frame().await.to, seq);
        }
    }

    async fn a_log_is_shortened_beside_writers_and_readers(t: TestApp) {
        let team = Team::start(t).await;
        let mut reader = team.socket(team.owner, 1).await;
        let began = reader.welcome().head;
        let writers = (0..8_u128).map(|n| {
            let team = &team;
            async move {
                for k in 0..10 {
                    team.commit(team.owner, team.create(n * 10 + k, "one of many")).await.unwrap();
                }
            }
        });
        let shortening = async {
            while bounds_head(&team).await < began + 80 {
                shorten(&team, &newest(3)).await;
            }
        };
        let (_, ()) = tokio::join!(futures::future::join_all(writers), shortening);
        shorten(&team, &newest(3)).await;
        assert_eq!(bounds(&team).await, (began + 77, began + 80));
        assert_eq!(reader.frames_to(began + 80).await.parts.len(), 80);
    }
}

async fn bounds_head(team: &Team) -> u64 {
    team.t.app.sync.hub(team.workspace).await.unwrap().now().0
}
