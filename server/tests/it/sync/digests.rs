//! What rows come to, told to whoever holds the same: by everything that is in them.

use super::{Team, task};
use crate::harness::{Client, TestApp, on_both_engines};
use server::on_engine;
use shared::access::Role;
use shared::projects::{self, ProjectPatch, Visibility};
use shared::sync::digest::{Content, CoverDigest, SHAPE, hash_of};
use shared::sync::{AnyRow, Snapshot};
use shared::tasks::{self, TaskPatch};
use shared::values::{Markdown, Place, Title};

/// What a replica comes to that fetches something now, and as of which number.
async fn fetched(client: &Client, team: &Team, cover: &str) -> (u64, Content) {
    let path = format!("/sync/snapshot?workspace={}&cover={cover}", team.workspace);
    let answer = client.get(&path).await;
    let snapshot: Snapshot = serde_json::from_slice(&answer.body).unwrap();
    let seq = answer.header("x-sync-seq").unwrap().parse().unwrap();
    let rows = snapshot.rows.iter().flat_map(|(table, rows)| {
        rows.iter()
            .map(move |(v, json)| hash_of(*v, &AnyRow::from_json(*table, json.get()).unwrap()))
    });
    (seq, Content::of(rows))
}

/// What the server's rows come to; `told` is added to the question.
async fn told(client: &Client, team: &Team, cover: &str, told: &str) -> CoverDigest {
    let path = format!(
        "/sync/digest?workspace={}&cover={cover}{told}",
        team.workspace
    );
    let answer = client.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

fn board(team: &Team) -> String {
    format!("board:{}", team.project)
}

/// Changes the database and nothing else.
async fn run(team: &Team, sql: &'static str) {
    let mut tx = team.t.app.db.unfenced().write().await.unwrap();
    on_engine!(tx.conn(), |c| sqlx::query(sql).execute(c).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn what_was_fetched_comes_to_what_the_server_says(t: TestApp) {
        let team = Team::start(t).await;
        for n in 1..=3 {
            team.commit(team.owner, team.create(n, &format!("task {n}"))).await.unwrap();
        }
        let describe = tasks::Mutation::Describe { id: task(1), markdown: Markdown::parse("Some *text*").unwrap() };
        team.commit(team.owner, describe).await.unwrap();
        let olive = team.t.token("olive@example.org").await;
        let same = async |what: &str| {
            for cover in ["workspace".to_owned(), board(&team), format!("task:{}", task(1))] {
                let (seq, content) = fetched(&olive, &team, &cover).await;
                let told = told(&olive, &team, &cover, "").await;
                assert_eq!((told.seq, told.digest), (seq, content), "{what}: {cover}");
                assert!(content.rows > 0, "{cover}");
            }
        };
        same("as it was made").await;
        same("unchanged").await;
        let patch = TaskPatch { title: Some(Title::parse("another").unwrap()), ..TaskPatch::default() };
        team.commit(team.owner, tasks::Mutation::Edit { id: task(2), patch }).await.unwrap();
        let go = tasks::Mutation::Move { id: task(1), status: team.statuses[2], place: Place::Last };
        team.commit(team.owner, go).await.unwrap();
        team.commit(team.owner, team.create(4, "one more")).await.unwrap();
        same("after changes").await;
        // One has gone, for one that has come.
        run(&team, "delete from tasks where number = 3").await;
        team.commit(team.owner, team.create(5, "in its place")).await.unwrap();
        same("after one has gone").await;
    }

    async fn a_difference_under_the_same_number_is_found_noted_and_healed(t: TestApp) {
        let team = Team::start(t).await;
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        let olive = team.t.token("olive@example.org").await;
        let cover = board(&team);
        let (seq, before) = fetched(&olive, &team, &cover).await;
        run(&team, "update tasks set title = 'tampered' where number = 1").await;
        let epoch = team.t.app.sync.hub(team.workspace).await.unwrap().epoch;
        let says = |shape: u64, seq: u64, Content { rows, sum }: Content| {
            format!("&shape={shape}&epoch={epoch}&seq={seq}&rows={rows}&sum={sum}")
        };
        let noted = || team.t.app.sync.count_divergences();
        let now = told(&olive, &team, &cover, &says(SHAPE, seq, before)).await;
        assert_eq!((now.seq, now.digest.rows), (seq, before.rows));
        assert_ne!(now.digest, before, "nothing but a letter differs");
        assert_eq!(noted(), 1);
        // Who holds what the server has, or held something at another moment, differs from nothing.
        told(&olive, &team, &cover, &says(SHAPE, seq, now.digest)).await;
        told(&olive, &team, &cover, &says(SHAPE, seq - 1, before)).await;
        assert_eq!(noted(), 1);
        let path = format!("/sync/digest?workspace={}&cover={cover}", team.workspace);
        let older = olive.get(&format!("{path}{}", says(SHAPE + 1, seq, before))).await;
        assert_eq!(older.summary(), "426 upgrade_required");
        assert_eq!(noted(), 1);
        // What is fetched anew, once the board is encoded anew, is what is told.
        team.commit(team.owner, team.create(2, "two")).await.unwrap();
        let (seq, healed) = fetched(&olive, &team, &cover).await;
        told(&olive, &team, &cover, &says(SHAPE, seq, healed)).await;
        assert_eq!(noted(), 1);
        // What was hashed before is read again where somebody holds something else.
        run(&team, "update tasks set title = 'tampered again' where number = 2").await;
        assert_eq!(told(&olive, &team, &cover, "").await.digest, healed);
        let wrong = Content { sum: healed.sum ^ 1, ..healed };
        let now = told(&olive, &team, &cover, &says(SHAPE, seq, wrong)).await;
        assert_ne!(now.digest, healed);
        assert_eq!(noted(), 2);
    }

    async fn what_somebody_does_not_see_is_in_nothing_that_they_are_told(t: TestApp) {
        let team = Team::start(t).await;
        team.member("mina@example.org", Role::Member).await;
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        let (olive, mina) = (team.t.token("olive@example.org").await, team.t.token("mina@example.org").await);
        let all = told(&mina, &team, "workspace", "").await;
        assert_eq!(all.digest, told(&olive, &team, "workspace", "").await.digest);
        let patch = ProjectPatch { visibility: Some(Visibility::Private), ..ProjectPatch::default() };
        team.commit(team.owner, projects::Mutation::Edit { id: team.project, patch }).await.unwrap();
        for cover in [board(&team), format!("task:{}", task(1))] {
            let path = format!("/sync/digest?workspace={}&cover={cover}", team.workspace);
            assert_eq!(mina.get(&path).await.summary(), "404 not_found");
        }
        let left = told(&mina, &team, "workspace", "").await.digest;
        assert_eq!(left, fetched(&mina, &team, "workspace").await.1);
        assert!(left.rows < all.digest.rows);
    }
}
