//! Workspaces that let nobody in without a second step of signing in.

use crate::bots::{bot, refused};
use crate::harness::{Client, PASSWORD, TestApp, on_both_engines};
use crate::links::form;
use crate::second_steps::code_of;
use crate::sync::{Team, numbered, task};
use reqwest::Method;
use serde_json::{Value, json};
use server::access::Actor;
use server::audit_entries::Origin;
use server::second_steps::{self, State};
use server::sync::work::{Task, Work};
use shared::access::Role;
use shared::codes::Code;
use shared::ids::{ReplicaId, UserId};
use shared::sync::protocol::Outcome;
use shared::values::Email;
use shared::workspaces::Mutation;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(1);

/// Somebody sets up a second step.
pub(crate) async fn set_up(t: &TestApp, user: UserId, email: &str) {
    let email = Email::parse(email).unwrap();
    second_steps::begin(&t.app, user).await.unwrap();
    let State::Pending { seed, .. } = second_steps::state(&t.app, user, &email).await.unwrap()
    else {
        panic!("it waits for a code")
    };
    let code = code_of(t, &seed, 0);
    second_steps::confirm(&t.app, user, &email, &code)
        .await
        .unwrap();
}

fn require(team: &Team, required: bool) -> Mutation {
    Mutation::RequireTwoStep {
        id: team.workspace,
        required,
    }
}

async fn ask(who: &Client, team: &Team, what: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let workspace = team.workspace.to_string();
    let mut fields = vec![("workspace", workspace.as_str())];
    fields.extend(more);
    let (status, answer) = form(who, what, &fields).await;
    (status, answer["code"].clone())
}

fn shut() -> (u16, Value) {
    (403, json!("two_step_required"))
}

/// Everything that an admin may read and write there, as method, path and body.
#[expect(clippy::too_many_lines, reason = "a list, and nothing else")]
fn doors(team: &Team, user: UserId) -> Vec<(Method, String, Option<Value>)> {
    let (ws, project, one) = (team.workspace, team.project, task(1));
    let status = team.statuses[0];
    let hello = serde_json::to_string(&team.hello(9, None)).unwrap();
    let hello = app::routes::href::encoded(&hello);
    let get = [
        "/api/v1/workspaces/team/members".to_owned(),
        "/api/v1/workspaces/team/projects".to_owned(),
        format!("/api/v1/projects/{project}"),
        format!("/api/v1/projects/{project}/board"),
        format!("/api/v1/projects/{project}/labels"),
        format!("/api/v1/projects/{project}/statuses"),
        format!("/api/v1/projects/{project}/tasks"),
        format!("/api/v1/projects/{project}/tasks/1"),
        format!("/api/v1/statuses/{status}"),
        format!("/api/v1/tasks/{one}"),
        format!("/api/v1/tasks/{one}/comments"),
        format!("/sync/snapshot?workspace={ws}&cover=workspace"),
        format!("/sync/snapshot?workspace={ws}&cover=board:{project}"),
        format!("/sync/snapshot?workspace={ws}&cover=task:{one}"),
        format!("/sync/digest?workspace={ws}&cover=workspace"),
        format!("/sync/digest?workspace={ws}&cover=board:{project}"),
        format!("/sync/digest?workspace={ws}&cover=task:{one}"),
        format!("/sync/poll?workspace={ws}&hello={hello}"),
        format!("/sync/stream?workspace={ws}&hello={hello}"),
    ];
    let push = json!({ "replica": Uuid::from_u128(9), "commands": [] });
    let write = [
        (
            Method::POST,
            "/api/v1/workspaces/team/projects".to_owned(),
            json!({ "name": "New" }),
        ),
        (
            Method::PATCH,
            format!("/api/v1/projects/{project}"),
            json!({ "name": "New" }),
        ),
        (
            Method::DELETE,
            format!("/api/v1/projects/{project}"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/api/v1/projects/{project}/statuses"),
            json!({ "name": "New", "category": "done" }),
        ),
        (
            Method::PATCH,
            format!("/api/v1/statuses/{status}"),
            json!({ "name": "New" }),
        ),
        (
            Method::POST,
            format!("/api/v1/projects/{project}/tasks"),
            json!({ "title": "New" }),
        ),
        (
            Method::PATCH,
            format!("/api/v1/tasks/{one}"),
            json!({ "title": "New" }),
        ),
        (
            Method::PUT,
            format!("/api/v1/tasks/{one}/trash"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/api/v1/tasks/{one}/comments"),
            json!({ "text": "New" }),
        ),
        (
            Method::POST,
            format!("/sync/push?workspace={ws}"),
            push.clone(),
        ),
        (
            Method::POST,
            format!(
                "/sync/presence?workspace={ws}&replica={}",
                Uuid::from_u128(9)
            ),
            json!({ "project": project }),
        ),
        (
            Method::POST,
            format!("/sw/push?workspace={ws}&user={user}"),
            push,
        ),
    ];
    let get = get.into_iter().map(|path| (Method::GET, path, None));
    let write = write
        .into_iter()
        .map(|(method, path, body)| (method, path, Some(body)));
    get.chain(write).collect()
}

async fn knock(who: &Client, (method, path, body): &(Method, String, Option<Value>)) -> String {
    let request = who.request(method.clone(), path);
    let request = request.header("sec-fetch-site", "same-origin");
    let request = match body.as_ref().filter(|body| !body.is_null()) {
        Some(body) => request.json(body),
        None => request,
    };
    who.send(request).await.summary()
}

on_both_engines! {
    async fn who_has_no_second_step_finds_every_door_shut(t: TestApp) {
        let team = Team::start(t).await;
        set_up(&team.t, team.owner, "olive@example.org").await;
        team.commit(team.owner, team.create(1, "One secret")).await.unwrap();
        let adam_id = team.member("adam@example.org", Role::Admin).await;
        let (adam, key) = (team.t.user("adam@example.org").await, team.t.token("adam@example.org").await);
        let mut socket = team.socket(adam_id, 2).await;
        let mut mine = team.socket(team.owner, 1).await;
        let (.., program) = bot(&team, Role::Member).await;
        team.commit(team.owner, require(&team, true)).await.unwrap();

        assert_eq!(timeout(SOON, socket.closed()).await.unwrap(), 4003);
        assert!(team.resume(adam_id, 3, None).await.err().unwrap().contains("4003"));
        for door in doors(&team, adam_id) {
            for who in [&key, &adam] {
                assert_eq!(knock(who, &door).await, "403 two_step_required", "{} {}", door.0, door.1);
            }
        }
        for page in ["", "/WEB/board", "/WEB/board/1", "/WEB/archive", "/WEB/people", "/WEB/settings", "/import", "/settings/members"] {
            let page = adam.get(&format!("/w/team{page}")).await;
            let text = page.text();
            assert_eq!(page.status, 403);
            assert!(text.contains("/settings/two-step"), "it leads to setting one up");
            assert!(!text.contains("One secret") && !text.contains("Web app"), "{text}");
        }
        for (what, more) in [
            ("list-invitations", &[][..]),
            ("create-invitation", &[("role", "member"), ("email", ""), ("days", "7")]),
            ("list-audit-entries", &[]),
            ("verify-audit-log", &[]),
            ("list-facts", &[("about", "usage")]),
            ("start-export", &[]),
            ("list-exports", &[]),
            ("list-bots", &[]),
            ("list-programs", &[]),
            ("readdress-workspace", &[("slug", "mine")]),
            ("require-two-step", &[("required", "false")]),
            ("delete-workspace", &[("name", "Team")]),
        ] {
            assert_eq!(ask(&adam, &team, what, more).await, shut(), "{what}");
        }
        // Whoever has one, and whoever is no person, goes on.
        let create = numbered(1, 501, team.create(2, "two"));
        assert!(matches!(mine.push(vec![create]).await[0].outcome, Outcome::Done(_)));
        let tasks = format!("/api/v1/projects/{}/tasks", team.project);
        assert_eq!(program.get(&tasks).await.status, 200);

        // Set up, it opens again; and is not given up while it is asked for.
        set_up(&team.t, adam_id, "adam@example.org").await;
        assert_eq!(adam.get("/w/team/WEB/board").await.status, 200);
        assert_eq!(key.get(&tasks).await.status, 200);
        team.socket(adam_id, 4).await;
        let kept = form(&adam, "end-two-step", &[("password", PASSWORD)]).await;
        assert_eq!((kept.0, &kept.1["code"]), (403, &json!("not_allowed")));
        assert_eq!(knock(&key, &doors(&team, adam_id)[0]).await, "200");
        team.commit(team.owner, require(&team, false)).await.unwrap();
        assert_eq!(form(&adam, "end-two-step", &[("password", PASSWORD)]).await.0, 200);
        assert_eq!(adam.get("/w/team/WEB/board").await.status, 200);
    }

    async fn nobody_asks_for_what_they_have_not_and_owners_alone_ask(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let adam_id = team.member("adam@example.org", Role::Admin).await;
        let adam = team.t.user("adam@example.org").await;
        let on = [("required", "true")];
        assert_eq!(ask(&adam, &team, "require-two-step", &on).await, (403, json!("not_allowed")));
        let (status, refusal) = form(&olive, "require-two-step", &[("workspace", &team.workspace.to_string()), on[0]]).await;
        assert_eq!(status, 403);
        assert!(refusal["message"].as_str().unwrap().starts_with("Set up two-step sign-in for yourself"));
        let mut socket = team.socket(team.owner, 1).await;
        let pushed = socket.push(vec![numbered(1, 501, require(&team, true))]).await;
        assert!(matches!(&pushed[0].outcome, Outcome::Refused(why) if why.code == Code::NotAllowed));
        assert!(olive.get("/w/team/settings/sign-in").await.text().contains("Not required"));

        set_up(&team.t, team.owner, "olive@example.org").await;
        assert_eq!(refused(team.commit(adam_id, require(&team, true)).await), Code::NotAllowed);
        assert_eq!(ask(&olive, &team, "require-two-step", &on).await, (200, Value::Null));
        assert_eq!(adam.get("/w/team").await.status, 403);
        assert_eq!(ask(&olive, &team, "require-two-step", &[("required", "false")]).await, (200, Value::Null));
        assert_eq!(adam.get("/w/team").await.status, 200);
        let log = form(&olive, "list-audit-entries", &[("workspace", &team.workspace.to_string())]).await.1;
        let acts: Vec<_> = log["entries"].as_array().unwrap().iter().map(|entry| entry["act"].clone()).collect();
        for act in ["workspaces.two_step_required", "workspaces.two_step_optional"] {
            assert!(acts.contains(&json!(act)), "{acts:?}");
        }
    }

    async fn what_was_under_way_when_it_was_switched_on_is_refused(t: TestApp) {
        let team = Team::start(t).await;
        set_up(&team.t, team.owner, "olive@example.org").await;
        let adam_id = team.member("adam@example.org", Role::Admin).await;
        let hub = team.t.app.sync.hub(team.workspace).await.unwrap();
        team.commit(team.owner, require(&team, true)).await.unwrap();
        // As from a socket that is not closed yet.
        let (reply, answer) = oneshot::channel();
        let commands = vec![numbered(1, 501, team.create(1, "late"))];
        let replica = ReplicaId::from_uuid(Uuid::from_u128(7));
        let actor = Actor::unlimited(adam_id);
        let work = Work { actor, origin: Origin::default(), task: Task::Push(replica, commands, reply) };
        assert!(hub.submit(work).is_ok());
        let answers = answer.await.unwrap().unwrap();
        assert!(matches!(&answers[0].outcome, Outcome::Refused(why) if why.code == Code::TwoStepRequired));
    }

    async fn another_node_closes_its_sockets_too(t: TestApp) {
        let team = Team::start(t).await;
        set_up(&team.t, team.owner, "olive@example.org").await;
        let adam = team.member("adam@example.org", Role::Admin).await;
        let mut socket = team.socket(adam, 2).await;
        let other = team.other_node();
        let on = require(&team, true);
        other.commit(team.workspace, Actor::unlimited(team.owner), on).await.unwrap();
        team.t.app.sync.catch_up().await.unwrap();
        assert_eq!(timeout(SOON, socket.closed()).await.unwrap(), 4003);
    }

    async fn who_is_asked_may_still_leave_and_a_deleted_workspace_stays_deleted(t: TestApp) {
        let team = Team::start(t).await;
        set_up(&team.t, team.owner, "olive@example.org").await;
        team.member("adam@example.org", Role::Owner).await;
        let adam = team.t.user("adam@example.org").await;
        team.commit(team.owner, require(&team, true)).await.unwrap();
        let name = crate::sync::name("Team");
        team.commit(team.owner, Mutation::Delete { id: team.workspace, name }).await.unwrap();
        assert_eq!(ask(&adam, &team, "restore-workspace", &[]).await, shut());
        team.commit(team.owner, Mutation::Restore { id: team.workspace }).await.unwrap();
        assert_eq!(ask(&adam, &team, "hand-over-workspace", &[("to", &team.owner.to_string())]).await, shut());
        assert_eq!(ask(&adam, &team, "leave-workspace", &[]).await, (200, Value::Null));
        assert_eq!(adam.get("/w/team").await.status, 404);
    }
}
