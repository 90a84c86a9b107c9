//! A task goes to another project: who sees one of the two is told of that one alone, at the same number.

use super::team::Socket;
use super::{Team, name, task};
use crate::harness::{TestApp, on_both_engines};
use serde_json::json;
use server::access::Actor;
use server::sync::Group;
use shared::access::Role;
use shared::ids::{CommandId, ProjectId, StatusId, UserId};
use shared::projects::{self, Visibility};
use shared::sync::Op;
use shared::sync::protocol::{ClientMessage, Frame, Numbered, Outcome, ServerMessage};
use shared::values::{Color, CommentText, Markdown, Place, ProjectKey};
use shared::{comments, tasks};
use uuid::Uuid;

/// `WEB` with Wendy and `OPS` with Otto, both private; Olive owns both.
struct Two {
    team: Team,
    ops: ProjectId,
    columns: Vec<StatusId>,
    wendy: UserId,
    otto: UserId,
}

impl Two {
    async fn start(t: TestApp) -> Self {
        let team = Team::start(t).await;
        let wendy = team.member("wendy@example.org", Role::Member).await;
        let otto = team.member("otto@example.org", Role::Member).await;
        let ops = ProjectId::from_uuid(Uuid::from_u128(3));
        let mut next = 200;
        let statuses = projects::default_statuses(|| {
            next += 1;
            StatusId::from_uuid(Uuid::from_u128(next))
        });
        let columns = statuses.iter().map(|it| it.id).collect();
        let create = projects::Mutation::Create {
            id: ops,
            key: ProjectKey::parse("OPS").unwrap(),
            name: name("Operations"),
            color: Color::Red,
            visibility: Visibility::Private,
            statuses,
        };
        let hide = projects::Mutation::Edit {
            id: team.project,
            patch: projects::ProjectPatch {
                visibility: Some(Visibility::Private),
                ..projects::ProjectPatch::default()
            },
        };
        let enter = |id, user| projects::Mutation::AddMember { id, user };
        for command in [create, hide, enter(team.project, wendy), enter(ops, otto)] {
            team.commit(team.owner, command).await.unwrap();
        }
        let two = Self {
            team,
            ops,
            columns,
            wendy,
            otto,
        };
        two.write().await;
        two
    }

    /// `WEB-1` with a text and a comment, and `WEB-2` below it.
    async fn write(&self) {
        let (team, text) = (&self.team, CommentText::parse("Said about it").unwrap());
        let describe = tasks::Mutation::Describe {
            id: task(1),
            markdown: Markdown::parse("A long text").unwrap(),
        };
        let nest = tasks::Mutation::SetParent {
            id: task(2),
            parent: Some(task(1)),
        };
        for command in [
            team.create(1, "Goes"),
            team.create(2, "Goes along"),
            describe,
            nest,
        ] {
            team.commit(self.wendy, command).await.unwrap();
        }
        let id = Uuid::from_u128(900).into();
        let say = comments::Mutation::Create {
            id,
            task: task(1),
            text,
        };
        team.commit(self.wendy, say).await.unwrap();
    }

    fn go(&self) -> tasks::Mutation {
        tasks::Mutation::MoveToProject {
            id: task(1),
            project: self.ops,
            status: None,
            place: Place::Last,
        }
    }
}

/// What is told: how many rows arrive and leave, and the text of all of it.
fn told(frame: &Frame) -> (usize, usize, String) {
    let changes = || frame.parts.iter().flat_map(|part| &part.changes);
    let puts = changes().filter(|it| matches!(it.op, Op::Put(_))).count();
    let evictions = changes().filter(|it| matches!(it.op, Op::Evict)).count();
    (
        puts,
        evictions,
        serde_json::to_string(&frame.parts).unwrap(),
    )
}

async fn heard(socket: &mut Socket, to: u64) -> (usize, usize, String) {
    told(&socket.frames_to(to).await)
}

on_both_engines! {
    async fn who_sees_one_project_is_told_that_rows_came_or_went_at_the_same_number(t: TestApp) {
        let two = Two::start(t).await;
        let mut both = two.team.socket(two.team.owner, 1).await;
        let mut source = two.team.socket(two.wendy, 2).await;
        let mut target = two.team.socket(two.otto, 3).await;
        let seq = two.team.commit(two.team.owner, two.go()).await.unwrap();
        let (puts, evictions, _) = heard(&mut both, seq).await;
        assert_eq!((puts, evictions), (4, 4));
        let (puts, evictions, text) = heard(&mut source, seq).await;
        assert_eq!((puts, evictions), (0, 4));
        assert!(!text.contains(&two.ops.to_string()) && !text.contains("long text"), "{text}");
        let (puts, evictions, text) = heard(&mut target, seq).await;
        assert_eq!((puts, evictions), (4, 0));
        assert!(!text.contains(&two.team.project.to_string()), "{text}");
        assert!(text.contains("A long text") && text.contains("Said about it"), "{text}");
        assert!(text.contains(&two.columns[0].to_string()), "the first column that means backlog");
    }

    async fn what_went_is_answered_where_it_is(t: TestApp) {
        let two = Two::start(t).await;
        two.team.commit(two.team.owner, two.go()).await.unwrap();
        let path = |cover: String| format!("/sync/snapshot?workspace={}&cover={cover}", two.team.workspace);
        let (wendy, otto) = (two.team.t.token("wendy@example.org").await, two.team.t.token("otto@example.org").await);
        let texts = path(format!("task:{}", task(1)));
        assert_eq!(wendy.get(&texts).await.summary(), "404 not_found");
        let theirs = otto.get(&texts).await.text();
        assert!(theirs.contains("A long text") && theirs.contains("Said about it"), "{theirs}");
        let board = wendy.get(&path(format!("board:{}", two.team.project))).await.text();
        assert!(!board.contains("Goes"), "{board}");
        let board = otto.get(&path(format!("board:{}", two.ops))).await.text();
        assert!(board.contains("Goes along"), "{board}");
        let digest = otto.get(&format!("/sync/digest?workspace={}&cover=board:{}", two.team.workspace, two.ops)).await;
        assert_eq!(digest.json()["digest"]["rows"], 2);
    }

    async fn an_old_address_leads_to_the_new_one_for_who_sees_it(t: TestApp) {
        let two = Two::start(t).await;
        two.team.commit(two.team.owner, two.go()).await.unwrap();
        let old = format!("/api/v1/projects/{}/tasks/1", two.team.project);
        let olive = two.team.t.token("olive@example.org").await;
        let wendy = two.team.t.token("wendy@example.org").await;
        assert_eq!(olive.get(&old).await.json()["key"], "OPS-1");
        assert_eq!(wendy.get(&old).await.summary(), "404 not_found");
        // It goes on: the first address leads all the way, and so does the second.
        let back = tasks::Mutation::MoveToProject {
            id: task(1),
            project: two.team.project,
            status: None,
            place: Place::Last,
        };
        two.team.commit(two.team.owner, back).await.unwrap();
        let second = format!("/api/v1/projects/{}/tasks/1", two.ops);
        assert_eq!(olive.get(&old).await.json()["key"], "WEB-3");
        assert_eq!(olive.get(&second).await.json()["key"], "WEB-3");
    }

    async fn a_program_moves_a_task_once_under_a_key(t: TestApp) {
        let two = Two::start(t).await;
        let olive = two.team.t.token("olive@example.org").await;
        let path = format!("/api/v1/tasks/{}/move-to-project", task(1));
        for _ in 0..2 {
            let asked = olive.request(reqwest::Method::POST, &path).header("idempotency-key", "once");
            let answer = asked.json(&json!({ "project": "OPS" })).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let body: serde_json::Value = answer.json().await.unwrap();
            assert_eq!((&body["key"], &body["status"]), (&json!("OPS-1"), &json!("backlog")));
        }
        let unknown = olive.post(&path, json!({ "project": "NIX" })).await;
        assert_eq!(unknown.summary(), "404 not_found");
        let wendy = two.team.t.token("wendy@example.org").await;
        let along = format!("/api/v1/tasks/{}/move-to-project", task(2));
        assert_eq!(wendy.post(&along, json!({ "project": "OPS" })).await.summary(), "404 not_found");
    }

    async fn a_comment_for_a_task_that_went_where_its_author_is_not_is_refused_with_its_text(t: TestApp) {
        let two = Two::start(t).await;
        two.team.commit(two.team.owner, two.go()).await.unwrap();
        let mut wendy = two.team.socket(two.wendy, 2).await;
        let say = comments::Mutation::Create {
            id: Uuid::from_u128(901).into(),
            task: task(1),
            text: CommentText::parse("Written without a network").unwrap(),
        };
        let command = Numbered::new(1, CommandId::from_uuid(Uuid::from_u128(77)), None, &say.into());
        wendy.say(&ClientMessage::Push { commands: vec![command] }).await;
        let results = loop {
            if let ServerMessage::Results { results } = wendy.hear().await { break results }
        };
        assert!(matches!(&results[0].outcome, Outcome::Refused(why) if why.code == shared::codes::Code::NotFound));
    }

    async fn what_one_batch_has_made_goes_along(t: TestApp) {
        let two = Two::start(t).await;
        // The subtask is made and the task moved before anything is written.
        let make = tasks::Mutation::Create {
            id: task(7),
            project: two.team.project,
            status: two.team.statuses[1],
            place: Place::Last,
            title: shared::values::Title::parse("Just made").unwrap(),
            fields: Box::new(tasks::NewTask { parent: Some(task(1)), ..tasks::NewTask::default() }),
        };
        let (team, owner) = (&two.team, two.team.owner);
        team.t.app.sync.commit_all(team.workspace, Actor::unlimited(owner), Group::from(vec![make.into(), two.go().into()])).await.unwrap();
        let olive = team.t.token("olive@example.org").await;
        let moved = olive.get(&format!("/api/v1/tasks/{}", task(7))).await.json();
        assert_eq!(moved["key"], "OPS-3");
    }

    async fn ranks_that_have_become_long_are_spread_out(t: TestApp) {
        let team = Team::start(t).await;
        team.commit(team.owner, team.create(1, "above")).await.unwrap();
        team.commit(team.owner, team.create(2, "below")).await.unwrap();
        let between = |n: u128| match team.create(n, "between") {
            tasks::Mutation::Create { id, project, status, title, fields, .. } => tasks::Mutation::Create {
                id, project, status, title, fields, place: Place::after(task(1)),
            },
            other => other,
        };
        let commands: Vec<_> = (0..300).map(|n| between(100 + n).into()).collect();
        let numbers = u64::try_from(commands.len()).unwrap();
        let began = team.t.app.sync.hub(team.workspace).await.unwrap().now().0;
        let group = Group::from(commands);
        let head = team.t.app.sync.commit_all(team.workspace, Actor::unlimited(team.owner), group).await.unwrap();
        assert!(head > began + numbers, "spreading out took numbers of its own");
        let olive = team.t.token("olive@example.org").await;
        let board = olive.get(&format!("/api/v1/projects/{}/board", team.project)).await.json();
        let mut items = board["tasks"].as_array().unwrap().clone();
        items.sort_by_key(|it| it["rank"].as_str().unwrap().to_owned());
        let longest = items.iter().map(|it| it["rank"].as_str().unwrap().len()).max();
        assert!(longest.unwrap() <= 40, "{longest:?}");
        let ids: Vec<String> = items.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
        let expected = [task(1)].into_iter().chain((0..300).rev().map(|n| task(100 + n))).chain([task(2)]);
        assert_eq!(ids, expected.map(|id| id.to_string()).collect::<Vec<_>>());
    }
}
