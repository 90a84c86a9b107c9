//! The write path, the log and the socket.

mod compaction;
mod digests;
mod kicks;
mod kill;
mod links;
mod machine;
mod moves;
mod nodes;
mod plans;
mod restore;
mod storms;
mod team;

pub(crate) use team::{Socket, Team, name, numbered, task};

use crate::harness::{TestApp, on_both_engines};
use server::access::Actor;
use server::http::Error;
use server::on_engine;
use shared::access::Role;
use shared::codes::Code;
use shared::ids::{CommandId, UserId};
use shared::projects::{self, ProjectPatch, Visibility};
use shared::sync::protocol::{ClientMessage, Mode, Outcome, Own, Presence, ServerMessage};
use shared::sync::{Part, Scope, Snapshot, Tables, take_over};
use shared::tasks::{self, Task};
use shared::values::{Markdown, Place};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The numbers of the log, the head, and the highest version of a task's row.
pub(crate) async fn log(team: &Team) -> (Vec<i64>, i64) {
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    let seqs = on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select seq from tx_log order by seq")
            .fetch_all(c)
            .await
    });
    let head = on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select seq from workspace_heads")
            .fetch_one(c)
            .await
    });
    (seqs.unwrap(), head.unwrap())
}

/// The titles of the live tasks, by number, as the database has them.
async fn titles(team: &Team) -> Vec<String> {
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select title from tasks order by number, id")
            .fetch_all(c)
            .await
    })
    .unwrap()
}

/// The rows that the whole log leads to.
async fn folded(team: &Team) -> Tables {
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    let parts: Vec<String> = on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select part from change_log order by seq, scope")
            .fetch_all(c)
            .await
    })
    .unwrap();
    let parts: Vec<Part> = parts
        .iter()
        .map(|part| serde_json::from_str(part).unwrap())
        .collect();
    let mut tables = Tables::default();
    for group in parts.chunk_by(|a, b| a.seq == b.seq) {
        take_over(&mut tables, &group.iter().collect::<Vec<_>>(), |_| true).unwrap();
    }
    tables
}

on_both_engines! {
    async fn numbers_are_dense_whoever_writes_at_once(t: TestApp) {
        let team = Team::start(t).await;
        let writers = (0..32_u128).map(|n| {
            let team = &team;
            async move {
                for k in 0..4 {
                    let id = n * 10 + k;
                    team.commit(team.owner, team.create(id, &format!("task {id}"))).await.unwrap();
                }
            }
        });
        futures::future::join_all(writers).await;
        let (seqs, head) = log(&team).await;
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
        let mut read = team.t.app.db.unfenced().read().await.unwrap();
        let numbers: Vec<i64> = on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select number from tasks order by number").fetch_all(c).await
        }).unwrap();
        assert_eq!(numbers, (1..=128).collect::<Vec<_>>());
    }

    async fn the_log_leads_to_the_rows(t: TestApp) {
        let team = Team::start(t).await;
        for n in 0..5 {
            team.commit(team.owner, team.create(n, &format!("task {n}"))).await.unwrap();
        }
        let go = tasks::Mutation::Move { id: task(3), status: team.statuses[2], place: Place::First };
        team.commit(team.owner, go).await.unwrap();
        let label = shared::labels::Mutation::Create {
            id: Uuid::from_u128(50).into(),
            project: team.project,
            name: shared::values::LabelName::parse("bug").unwrap(),
            color: shared::values::Color::Red,
        };
        team.commit(team.owner, label).await.unwrap();
        team.commit(team.owner, shared::labels::Mutation::Delete { id: Uuid::from_u128(50).into() }).await.unwrap();
        let tables = folded(&team).await;
        let ws = team.workspace;
        let mut read = team.t.app.db.unfenced().read().await.unwrap();
        let stored = server::tasks::store::list_for_project(read.conn(), ws, team.project).await.unwrap();
        assert_eq!(stored.len(), 5);
        for row in stored {
            assert_eq!(**tables.get::<Task>(row.row.id).unwrap(), row.row);
        }
        let projects = server::projects::store::list(read.conn(), ws).await.unwrap();
        assert_eq!(**tables.get::<projects::Project>(team.project).unwrap(), projects[0].row);
        assert_eq!(tables.all::<shared::labels::Label>().count(), 0);
    }

    async fn a_command_takes_effect_once_and_is_answered_the_same(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 7).await;
        let commands = vec![
            numbered(1, 501, team.create(1, "one")),
            numbered(2, 502, team.create(1, "the same id again")),
            numbered(3, 503, team.create(2, "two")),
        ];
        let first = socket.push(commands.clone()).await;
        assert!(matches!(first[0].outcome, Outcome::Done(_)));
        assert!(matches!(&first[1].outcome, Outcome::Refused(r) if r.code == Code::AlreadyExists));
        assert!(matches!(first[2].outcome, Outcome::Done(_)), "a refusal holds nothing back");
        // Over the same socket, over another, and at once over two.
        assert_eq!(socket.push(commands.clone()).await, first);
        let mut again = team.socket(team.owner, 7).await;
        assert_eq!(again.welcome().last_mid, 3);
        let (a, b) = tokio::join!(socket.push(commands.clone()), again.push(commands));
        assert_eq!((&a, &b), (&first, &first));
        assert_eq!(titles(&team).await, ["one", "two"]);
    }

    async fn numbers_out_of_line_are_told_apart(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 7).await;
        let early = socket.push(vec![numbered(2, 502, team.create(2, "two"))]).await;
        assert_eq!(early[0].outcome, Outcome::Gap(1));
        socket.push(vec![numbered(1, 501, team.create(1, "one"))]).await;
        // A copied profile: the same number for something else.
        let forked = socket.push(vec![numbered(1, 999, team.create(3, "other"))]).await;
        assert_eq!(forked[0].outcome, Outcome::Forked);
        // Somebody else's replica.
        let mina = team.member("mina@example.org", Role::Member).await;
        let mut other = team.socket(mina, 7).await;
        let stolen = other.push(vec![numbered(2, 502, team.create(4, "stolen"))]).await;
        assert_eq!(stolen[0].outcome, Outcome::Forked);
        assert_eq!(titles(&team).await, ["one"]);
    }

    async fn a_command_that_comes_under_another_number_is_known_by_its_id(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 7).await;
        let one = |mid| numbered(mid, 501, team.create(1, "one"));
        let again = |mid| numbered(mid, 502, team.create(1, "the same id again"));
        let first = socket.push(vec![one(1), again(2)]).await;
        // Their browser goes on under another identity, and has not heard what became of them.
        let mut renumbered = team.socket(team.owner, 8).await;
        let answers = renumbered.push(vec![again(1), one(2), numbered(3, 503, team.create(2, "two"))]).await;
        assert_eq!(answers[0].outcome, first[1].outcome);
        assert_eq!(answers[1].outcome, first[0].outcome);
        assert!(matches!(answers[2].outcome, Outcome::Done(_)), "it took the numbers before");
        assert_eq!(titles(&team).await, ["one", "two"]);
        // Somebody else's is another one.
        let mina = team.member("mina@example.org", Role::Member).await;
        let mut other = team.socket(mina, 9).await;
        let theirs = other.push(vec![numbered(1, 501, team.create(3, "three"))]).await;
        assert!(matches!(theirs[0].outcome, Outcome::Done(seq) if Outcome::Done(seq) != first[0].outcome));
        assert_eq!(titles(&team).await, ["one", "two", "three"]);
    }

    async fn what_follows_a_command_that_has_forked_does_not_take_effect_before_it(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 7).await;
        socket.push(vec![numbered(1, 501, team.create(1, "one"))]).await;
        // A profile that was put back: its first number is another's, its second would be the next.
        let answers = socket.push(vec![
            numbered(1, 601, team.create(2, "two")),
            numbered(2, 602, team.create(3, "three")),
        ]).await;
        assert_eq!(answers[0].outcome, Outcome::Forked);
        assert_eq!(answers[1].outcome, Outcome::Forked);
        assert_eq!(titles(&team).await, ["one"]);
    }

    async fn a_command_that_cannot_be_read_is_refused_by_itself(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 7).await;
        let push = r#"{"push":{"commands":[
            {"mid":1,"cid":"00000000-0000-0000-0000-000000000001","command":{"tasks":{"explode":{}}}},
            {"mid":2,"cid":"00000000-0000-0000-0000-000000000002","command":{"workspaces":{"rename":{"id":"00000000-0000-0000-0000-000000000001","name":"Renamed"}}}}]}}"#;
        socket.say_text(push).await;
        let results = loop {
            if let ServerMessage::Results { results } = socket.hear().await {
                break results;
            }
        };
        assert!(matches!(&results[0].outcome, Outcome::Refused(r) if r.code == Code::InvalidValue));
        assert!(matches!(results[1].outcome, Outcome::Done(_)));
        socket.say_text("nonsense").await;
        assert_eq!(socket.closed().await, 4000);
    }

    async fn a_move_is_seen_by_whoever_watches(t: TestApp) {
        let team = Team::start(t).await;
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        let mina = team.member("mina@example.org", Role::Member).await;
        let (mut mine, mut theirs) = (team.socket(team.owner, 1).await, team.socket(mina, 2).await);
        let go = tasks::Mutation::Move { id: task(1), status: team.statuses[3], place: Place::Last };
        mine.say(&ClientMessage::Push { commands: vec![numbered(1, 501, go)] }).await;
        let seen = theirs.frame().await;
        assert_eq!((seen.from + 1, seen.own.len()), (seen.to, 0));
        let part = &seen.parts[0];
        assert_eq!((part.scope, part.changes.len()), (Scope::Project(team.project), 1));
        let own = mine.frame().await;
        let took = Own(1, CommandId::from_uuid(Uuid::from_u128(501)));
        assert_eq!((own.to, own.own), (seen.to, vec![took]), "the writer is told what took effect");
    }

    async fn whoever_comes_back_gets_what_they_missed(t: TestApp) {
        let team = Team::start(t).await;
        let first = team.socket(team.owner, 1).await;
        let (welcome, cursor) = (first.welcome().clone(), first.welcome().head);
        drop(first);
        for n in 0..20 {
            team.commit(team.owner, team.create(n, &format!("task {n}"))).await.unwrap();
        }
        let mut back = team.resume(team.owner, 1, Some((&welcome, cursor))).await.unwrap();
        assert_eq!(back.welcome().mode, Mode::CatchUp);
        let head = back.welcome().head;
        let missed = back.frames_to(head).await;
        assert_eq!((missed.from, missed.to), (cursor, head));
        let seqs: BTreeSet<u64> = missed.parts.iter().map(|part| part.seq).collect();
        assert_eq!(seqs, (cursor + 1..=head).collect());
        // Ahead of everything, or of another life: fetched anew.
        let ahead = team.resume(team.owner, 1, Some((&welcome, head + 5))).await.unwrap();
        assert_eq!(ahead.welcome().mode, Mode::Bootstrap);
        let mut other_life = welcome.clone();
        other_life.epoch = Uuid::from_u128(9).into();
        let restored = team.resume(team.owner, 1, Some((&other_life, cursor))).await.unwrap();
        assert_eq!(restored.welcome().mode, Mode::Bootstrap);
    }

    async fn whoever_missed_very_much_gets_all_of_it(t: TestApp) {
        let team = Team::start(t).await;
        let first = team.socket(team.owner, 1).await;
        let (welcome, cursor) = (first.welcome().clone(), first.welcome().head);
        drop(first);
        // Messages end after a quarter of a megabyte, and what they end with may be long.
        let long = "word ".repeat(8_000);
        for n in 0..16 {
            team.commit(team.owner, team.create(n, &format!("task {n}"))).await.unwrap();
            let text = Markdown::parse(&long).unwrap();
            let describe = tasks::Mutation::Describe { id: task(n), markdown: text };
            team.commit(team.owner, describe).await.unwrap();
        }
        let mut back = team.resume(team.owner, 1, Some((&welcome, cursor))).await.unwrap();
        assert_eq!(back.welcome().mode, Mode::CatchUp);
        let head = back.welcome().head;
        let missed = back.frames_to(head).await;
        let seqs: BTreeSet<u64> = missed.parts.iter().map(|part| part.seq).collect();
        assert_eq!(seqs, (cursor + 1..=head).collect());
    }

    async fn what_another_node_wrote_is_read_from_the_log(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 1).await;
        let began = socket.welcome().head;
        team.write_elsewhere(3).await;
        team.commit(team.owner, team.create(9, "here")).await.unwrap();
        let frame = socket.frames_to(began + 4).await;
        assert_eq!((frame.from, frame.to, frame.parts.len()), (began, began + 4, 4));
        let (seqs, head) = log(&team).await;
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
    }

    async fn what_another_node_wrote_is_told_without_a_write_here(t: TestApp) {
        let team = Team::start(t).await;
        let mut socket = team.socket(team.owner, 1).await;
        let began = socket.welcome().head;
        team.write_elsewhere(3).await;
        team.t.app.sync.catch_up().await.unwrap();
        assert_eq!(socket.frames_to(began + 3).await.parts.len(), 3);
        let board = format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project);
        let token = team.t.token("olive@example.org").await;
        let rows = token.get(&board).await.text();
        assert_eq!(rows.matches("elsewhere").count(), 3, "{rows}");
    }

    async fn strangers_see_nothing(t: TestApp) {
        let team = Team::start(t).await;
        let stranger = team.t.sign_up("eve@example.org").await.0.id;
        let refused = team.resume(stranger, 5, None).await.err().unwrap();
        assert!(refused.contains("404"), "{refused}");
        let eve = team.t.token("eve@example.org").await;
        for cover in ["workspace".to_owned(), format!("board:{}", team.project), "task:nonsense".to_owned()] {
            let path = format!("/sync/snapshot?workspace={}&cover={cover}", team.workspace);
            assert_eq!(eve.get(&path).await.summary(), "404 not_found");
            assert_eq!(team.t.anonymous().get(&path).await.summary(), "401 unauthenticated");
        }
        let refused = team.commit(stranger, team.create(1, "x")).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::NotFound));
    }

    async fn a_project_made_private_leaves_who_may_not_see_it(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let mut theirs = team.socket(mina, 2).await;
        assert!(theirs.welcome().scopes.iter().any(|g| g.0 == Scope::Project(team.project)));
        let patch = ProjectPatch { visibility: Some(Visibility::Private), ..ProjectPatch::default() };
        let hidden = team.commit(team.owner, projects::Mutation::Edit { id: team.project, patch }).await.unwrap();
        let frame = theirs.frames_to(hidden).await;
        let scopes = frame.scopes.expect("what they see has changed");
        assert!(scopes.iter().all(|g| g.0 != Scope::Project(team.project)));
        assert!(frame.parts.is_empty(), "not even the change that hid it is told");
        let secret = team.commit(team.owner, team.create(1, "a secret")).await.unwrap();
        let text = loop {
            let text = theirs.hear_text().await;
            if text.contains("frame") { break text }
        };
        assert_eq!(text, format!(r#"{{"frame":{{"from":{hidden},"to":{secret},"parts":[]}}}}"#));
        let client = team.t.token("mina@example.org").await;
        let path = format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project);
        assert_eq!(client.get(&path).await.summary(), "404 not_found");
        let path = format!("/sync/snapshot?workspace={}&cover=task:{}", team.workspace, task(1));
        assert_eq!(client.get(&path).await.summary(), "404 not_found");
        let path = format!("/sync/snapshot?workspace={}&cover=workspace", team.workspace);
        assert!(!client.get(&path).await.text().contains(&team.project.to_string()));
    }

    async fn what_another_node_hid_is_not_handed_out_by_one_that_lags_behind(t: TestApp) {
        let team = Team::start(t).await;
        team.member("mina@example.org", Role::Member).await;
        let mina = team.t.token("mina@example.org").await;
        let other_node = team.other_node();
        let patch = ProjectPatch { visibility: Some(Visibility::Private), ..ProjectPatch::default() };
        let hide = projects::Mutation::Edit { id: team.project, patch };
        other_node.commit(team.workspace, Actor::unlimited(team.owner), hide).await.unwrap();
        other_node.commit(team.workspace, Actor::unlimited(team.owner), team.create(1, "a secret")).await.unwrap();
        let path = format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project);
        assert_eq!(mina.get(&path).await.summary(), "404 not_found");
    }

    async fn a_snapshot_is_whole_and_says_as_of_when(t: TestApp) {
        let team = Team::start(t).await;
        for n in 0..3 {
            team.commit(team.owner, team.create(n, &format!("task {n}"))).await.unwrap();
        }
        let olive = team.t.token("olive@example.org").await;
        let path = format!("/sync/snapshot?workspace={}&cover=board:{}", team.workspace, team.project);
        let answer = olive.get(&path).await;
        let head = answer.header("x-sync-seq").unwrap().to_owned();
        let snapshot: Snapshot = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((snapshot.seq.to_string(), snapshot.rows.len()), (head, 1));
        // A change elsewhere leaves the kept copy true, as of the new number.
        let rename = shared::workspaces::Mutation::Rename { id: team.workspace, name: name("Other") };
        let seq = team.commit(team.owner, rename).await.unwrap();
        let kept = olive.get(&path).await;
        assert_eq!((kept.header("x-sync-seq").unwrap(), &kept.body), (seq.to_string().as_str(), &answer.body));
        team.commit(team.owner, team.create(9, "new")).await.unwrap();
        assert!(olive.get(&path).await.text().contains("new"));
    }

    async fn a_group_is_carried_out_whole_or_not_at_all(t: TestApp) {
        let team = Team::start(t).await;
        let commands = vec![
            team.create(1, "one").into(),
            team.create(1, "the same id").into(),
        ];
        let before = log(&team).await;
        let refused = team.t.app.sync.commit_all(team.workspace, Actor::unlimited(team.owner), commands).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::AlreadyExists));
        assert_eq!(log(&team).await, before);
        team.commit(team.owner, team.create(1, "now")).await.unwrap();
        assert_eq!(titles(&team).await, ["now"]);
    }

    async fn a_taken_address_is_refused_by_the_database_in_words(t: TestApp) {
        let team = Team::start(t).await;
        let found = shared::workspaces::Mutation::Create {
            id: Uuid::from_u128(77).into(),
            name: name("Other"),
            slug: shared::values::Slug::parse("team").unwrap(),
            owner_name: name("Olive"),
        };
        let refused = team.t.app.sync.found(Uuid::from_u128(77).into(), team.owner, vec![found.into()]).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::SlugTaken));
    }

    async fn whoever_is_on_a_board_is_shown_to_the_others(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let (mut mine, mut theirs) = (team.socket(team.owner, 1).await, team.socket(mina, 2).await);
        let here = |dragging| ClientMessage::Presence(Presence { project: Some(team.project), task: None, dragging });
        mine.say(&here(None)).await;
        theirs.say(&here(Some(task(1)))).await;
        let users = |message: ServerMessage| match message {
            ServerMessage::Present { people, .. } => people.iter().map(|p| (p.user, p.dragging)).collect(),
            _ => Vec::<(UserId, _)>::new(),
        };
        loop {
            let people = users(mine.hear().await);
            if people.contains(&(mina, Some(task(1)))) && people.len() == 2 {
                break;
            }
        }
        drop(theirs);
        while users(mine.hear().await) != [(team.owner, None)] {}
    }
}
