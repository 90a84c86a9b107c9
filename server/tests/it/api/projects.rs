//! Workspaces, projects, statuses and boards over REST.

use super::{Api, at, good, text, titles};
use crate::harness::{TestApp, on_both_engines};
use crate::sync::name;
use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use std::io::Read as _;

const PROJECTS: &str = "/api/v1/workspaces/team/projects";

fn keys(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["key"]))
        .collect()
}

fn names(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["name"]))
        .collect()
}

on_both_engines! {
    async fn somebody_finds_their_way_from_the_workspaces(t: TestApp) {
        let api = Api::start(t).await;
        let (ann, program) = api.member("ann", Role::Viewer).await;
        let workspaces = good(&program.get("/api/v1/workspaces").await);
        let expected = json!([{
            "id": api.team.workspace, "name": "Team", "slug": "team", "role": "viewer",
            "created_at": "2027-01-15T08:00:00.000Z",
        }]);
        assert_eq!(workspaces["items"], expected);
        let members = good(&program.get("/api/v1/workspaces/team/members").await);
        assert_eq!(members["items"].as_array().unwrap().len(), 2);
        assert!(members["items"].as_array().unwrap().iter().any(|member| member["id"] == json!(ann)));
        assert_eq!(keys(&good(&program.get(PROJECTS).await)), ["WEB"]);
        let stranger = api.team.t.token("sam@example.org").await;
        assert_eq!(good(&stranger.get("/api/v1/workspaces").await)["items"], json!([]));
        for path in [PROJECTS, "/api/v1/workspaces/team/members", "/api/v1/workspaces/none/projects"] {
            assert_eq!(stranger.get(path).await.summary(), "404 not_found");
        }
    }

    async fn a_project_is_created_changed_and_put_away(t: TestApp) {
        let api = Api::start(t).await;
        let made = api.olive.post(PROJECTS, json!({ "name": "Web site", "color": "pink" })).await;
        let project = good(&made);
        assert_eq!((made.status, made.header("location")), (201, Some(at("projects", &project).as_str())));
        assert_eq!((&project["key"], &project["color"], &project["visibility"]), (&json!("WS"), &json!("pink"), &json!("workspace")));
        let second = good(&api.olive.post(PROJECTS, json!({ "name": "Web shop" })).await);
        assert_eq!(second["key"], "WS2", "a key that is made is free");
        let taken = api.olive.post(PROJECTS, json!({ "name": "x", "key": "WEB" })).await;
        assert_eq!(taken.summary(), "409 key_taken key");
        let path = at("projects", &project);
        let statuses = good(&api.olive.get(&format!("{path}/statuses")).await);
        assert_eq!(names(&statuses), ["Backlog", "Todo", "In progress", "In review", "Done"]);
        let patch = json!({ "name": "Site", "key": "SITE", "visibility": "private", "lead_id": api.team.owner, "version": project["version"] });
        let changed = good(&api.olive.patch(&path, patch.clone()).await);
        assert_eq!((&changed["key"], &changed["visibility"], &changed["lead_id"]), (&json!("SITE"), &json!("private"), &json!(api.team.owner)));
        assert_eq!(api.olive.patch(&path, patch).await.summary(), "409 version_conflict");
        let upside_down = json!({ "start_date": "2027-03-01", "due_date": "2027-02-28" });
        assert_eq!(api.olive.patch(&path, upside_down).await.summary(), "400 invalid_value due_on");
        good(&api.olive.patch(&path, json!({ "archived": true })).await);
        assert_eq!(keys(&good(&api.olive.get(PROJECTS).await)), ["WEB", "WS2"]);
        assert_eq!(keys(&good(&api.olive.get(&format!("{PROJECTS}?archived=true")).await)), ["SITE"]);
        assert_eq!(api.olive.post(&format!("{path}/tasks"), json!({ "title": "x" })).await.summary(), "409 archived");
        assert_eq!(api.olive.call(Method::DELETE, &path).await.status, 204);
        assert_eq!(keys(&good(&api.olive.get(&format!("{PROJECTS}?trashed=true")).await)), ["SITE"]);
        let restored = good(&api.olive.call(Method::POST, &format!("{path}/restore")).await);
        assert!(restored["trashed_at"].is_null() && restored["archived_at"].is_string());
        let first = good(&api.olive.get(&format!("{PROJECTS}?limit=1")).await);
        let next = format!("{PROJECTS}?limit=1&cursor={}", text(&first["nextCursor"]));
        assert_eq!((keys(&first), keys(&good(&api.olive.get(&next).await))), (vec!["WEB".to_owned()], vec!["WS2".to_owned()]));
    }

    async fn statuses_are_added_moved_and_archived(t: TestApp) {
        let api = Api::start(t).await;
        let list = api.project("/statuses");
        let body = json!({ "name": "Testing", "category": "started", "before_id": api.team.statuses[4] });
        let status = good(&api.olive.post(&list, body).await);
        assert_eq!(names(&good(&api.olive.get(&list).await)), ["Backlog", "Todo", "In progress", "In review", "Testing", "Done"]);
        let path = at("statuses", &status);
        let patch = json!({ "name": "QA", "wip_limit": 3, "position": "first" });
        let changed = good(&api.olive.patch(&path, patch).await);
        assert_eq!((&changed["name"], &changed["wip_limit"]), (&json!("QA"), &json!(3)));
        assert_eq!(names(&good(&api.olive.get(&list).await))[0], "QA");
        assert_eq!(good(&api.olive.patch(&path, json!({ "wip_limit": null })).await)["wip_limit"], Value::Null);
        good(&api.olive.patch(&path, json!({ "archived": true })).await);
        assert_eq!(names(&good(&api.olive.get(&format!("{list}?archived=true")).await)), ["QA"]);
        let full = json!({ "title": "x", "status_id": status["id"] });
        assert_eq!(api.olive.post(&api.project("/tasks"), full).await.summary(), "409 archived");
        for (body, summary) in [
            (json!({ "name": "x", "category": "doing" }), "400 invalid_request category"),
            (json!({ "category": "done" }), "400 invalid_request name"),
        ] {
            assert_eq!(api.olive.post(&list, body).await.summary(), summary);
        }
        assert_eq!(api.olive.patch(&path, json!({ "wip_limit": 0 })).await.summary(), "400 invalid_value wip_limit");
    }

    async fn a_board_has_everything_and_is_never_stale(t: TestApp) {
        let api = Api::start(t).await;
        for n in 1..=3 {
            api.titled(&format!("Task {n}")).await;
        }
        let path = api.project("/board");
        let answer = api.olive.get(&path).await;
        let board = good(&answer);
        assert_eq!(board["project"]["key"], "WEB");
        assert_eq!(board["statuses"].as_array().unwrap().len(), 5);
        assert_eq!(titles(&board["tasks"]), ["Task 1", "Task 2", "Task 3"]);
        let list = good(&api.olive.get(&api.project("/tasks")).await);
        assert_eq!(board["tasks"], list["items"]);
        let tag = answer.header("etag").unwrap().to_owned();
        let known = async |tag: &str| {
            let request = api.olive.request(Method::GET, &path).header("if-none-match", tag);
            api.olive.send(request).await
        };
        assert_eq!(known(&tag).await.status, 304);
        let request = api.olive.request(Method::GET, &path).header("accept-encoding", "br");
        let small = api.olive.send(request).await;
        assert_eq!(small.header("content-encoding"), Some("br"));
        let mut text = Vec::new();
        brotli::Decompressor::new(small.body.as_slice(), 4096).read_to_end(&mut text).unwrap();
        assert_eq!(text, answer.body);
        // A write is seen by whoever asks after its answer.
        let (ann, _) = api.member("ann", Role::Member).await;
        let task = &board["tasks"][0];
        good(&api.olive.patch(&at("tasks", task), json!({ "assignee_id": ann })).await);
        let newer = known(&tag).await;
        assert_eq!((newer.status, &newer.json()["tasks"][0]["assignee"]["name"]), (200, &json!("ann")));
        let rename = shared::members::Mutation::Rename { id: ann, name: name("Ann Other") };
        api.team.commit(api.team.owner, rename).await.unwrap();
        assert_eq!(api.olive.get(&path).await.json()["tasks"][0]["assignee"]["name"], "Ann Other");
        api.olive.call(Method::DELETE, &at("tasks", task)).await;
        assert_eq!(titles(&api.olive.get(&path).await.json()["tasks"]), ["Task 2", "Task 3"]);
    }

    async fn a_hidden_project_is_not_there(t: TestApp) {
        let api = Api::start(t).await;
        let (_, member) = api.member("mina", Role::Member).await;
        let (_, admin) = api.member("adam", Role::Admin).await;
        let hidden = json!({ "name": "Hidden", "visibility": "private" });
        let hidden = good(&api.olive.post(PROJECTS, hidden).await);
        let path = at("projects", &hidden);
        let task = good(&api.olive.post(&format!("{path}/tasks"), json!({ "title": "x" })).await);
        let comment = good(&api.olive.post(&format!("{}/comments", at("tasks", &task)), json!({ "text": "x" })).await);
        let statuses = good(&api.olive.get(&format!("{path}/statuses")).await);
        let status = &statuses["items"][0];
        for path in [
            path.clone(),
            format!("{path}/board"),
            format!("{path}/tasks"),
            format!("{path}/tasks/1"),
            format!("{path}/labels"),
            at("tasks", &task),
            format!("{}/comments", at("tasks", &task)),
            at("comments", &comment),
            at("statuses", status),
            "/api/v1/tasks?project=HID".to_owned(),
        ] {
            assert_eq!(member.get(&path).await.summary(), "404 not_found", "{path}");
            assert_eq!(admin.get(&path).await.status, 200, "{path}");
        }
        assert_eq!(member.patch(&at("tasks", &task), json!({ "title": "y" })).await.summary(), "404 not_found");
        assert_eq!(keys(&good(&member.get(PROJECTS).await)), ["WEB"]);
        // The only project that they see is the one that is meant.
        good(&member.post("/api/v1/tasks", json!({ "title": "Mine" })).await);
    }
}
