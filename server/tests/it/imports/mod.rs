//! Boards of other tools come in through the server's doors: whole or not at all.

mod cli;
mod placeholders;

use crate::harness::{Answer, Client, Engine, TestApp, on_both_engines};
use crate::sync::Team;
use reqwest::Method;
use serde_json::{Value, json};
use server::on_engine;
use shared::access::Role;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/tests/fixtures/trello"
);
/// Exports of real teams, beside the repository where they are.
const REAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/imports");

/// Files, and what their reports have to be.
fn files() -> Vec<(String, Vec<u8>, Value)> {
    let mut files = Vec::new();
    for (folder, expected) in [
        (FIXTURES.to_owned(), format!("{FIXTURES}/expected.json")),
        (format!("{REAL}/trello"), format!("{REAL}/expected.json")),
    ] {
        let Ok(expected) = fs::read(expected) else {
            continue;
        };
        let mut expected: Value = serde_json::from_slice(&expected).unwrap();
        let expected = serde_json::from_value(expected["trello"].take());
        let expected: BTreeMap<String, Value> = expected.unwrap();
        for (name, report) in expected {
            let bytes = fs::read(format!("{folder}/{name}")).unwrap();
            files.push((name, bytes, report));
        }
    }
    assert!(files.len() >= 4);
    files
}

fn fixture() -> Vec<u8> {
    fs::read(format!("{FIXTURES}/workshop.json")).unwrap()
}

async fn upload(client: &Client, team: &Team, bytes: Vec<u8>) -> Answer {
    let path = format!("/imports/trello/preview?workspace={}", team.workspace);
    client
        .send(client.request(Method::POST, &path).body(bytes))
        .await
}

/// Starts an import and waits until it has come to its end.
async fn run(client: &Client, id: &str, body: Option<Value>) -> Value {
    let path = format!("/imports/{id}/start");
    let request = client.request(Method::POST, &path);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let started = client.send(request).await;
    assert_eq!(started.status, 202, "{}", started.text());
    loop {
        let now = client.get(&format!("/imports/{id}")).await.json();
        assert!(
            now["done"].as_u64().unwrap() <= now["total"].as_u64().unwrap(),
            "{now}"
        );
        if now["state"] != "running" {
            return now;
        }
        tokio::task::yield_now().await;
    }
}

/// How many rows each table has, and how far the log has come.
async fn counts(team: &Team) -> Vec<(String, i64)> {
    let tables = [
        "tx_log",
        "change_log",
        "projects",
        "statuses",
        "labels",
        "tasks",
        "descriptions",
        "checklist_items",
        "comments",
        "attachments",
        "members",
        "imports",
    ];
    let mut counts = Vec::new();
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let count = on_engine!(read.conn(), |c| sqlx::query_scalar(sql).fetch_one(c).await);
        counts.push((table.to_owned(), count.unwrap()));
    }
    counts
}

on_both_engines! {
    async fn every_export_is_imported_as_its_report_says(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        for (name, bytes, expected) in files() {
            let before = counts(&team).await;
            let uploaded = upload(&olive, &team, bytes).await;
            assert_eq!(uploaded.status, 200, "{name}: {}", uploaded.text());
            let Value::Object(mut uploaded) = uploaded.json() else { panic!("an object") };
            let preview = uploaded.remove("preview").unwrap();
            assert_eq!(preview["report"], expected, "{name}");
            assert_eq!(counts(&team).await, before, "{name}: a preview changes nothing");
            let id = uploaded["id"].as_str().unwrap();
            let done = run(&olive, id, None).await;
            assert_eq!((&done["state"], &done["project"], &done["slug"]), (&json!("done"), &preview["key"], &json!("team")), "{name}");
            assert_eq!(done["total"], expected["cards"], "{name}");
            let after: BTreeMap<String, i64> = counts(&team).await.into_iter().collect();
            let before: BTreeMap<String, i64> = before.into_iter().collect();
            let more = |table: &str| json!(after[table] - before[table]);
            assert_eq!(more("tasks"), expected["cards"], "{name}");
            assert_eq!(more("descriptions"), expected["cards_with_description"], "{name}");
            assert_eq!(more("imports"), json!(1), "{name}");
        }
    }

    async fn an_import_can_be_named_and_undone(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let first = upload(&olive, &team, fixture()).await.json();
        let id = first["id"].as_str().unwrap();
        let ready = olive.get(&format!("/imports/{id}")).await.json();
        assert_eq!((&ready["state"], &ready["done"]), (&json!("ready"), &json!(0)));
        let start = format!("/imports/{id}/start");
        for (body, summary) in [
            (json!({ "project_key": "WEB" }), "409 key_taken project_key"),
            (json!({ "project_key": "web" }), "400 invalid_value project_key"),
            (json!({ "key": "X" }), "400 invalid_request key"),
        ] {
            assert_eq!(olive.post(&start, body).await.summary(), summary);
        }
        let wish = json!({ "project_name": "Moved in", "project_key": "MOVE" });
        let done = run(&olive, id, Some(wish)).await;
        assert_eq!((&done["state"], &done["project"]), (&json!("done"), &json!("MOVE")), "{done}");
        // Started twice is imported once.
        assert_eq!(olive.post(&start, json!({})).await.summary(), "404 not_found");
        let list = "/api/v1/workspaces/team/projects";
        let names = |answer: Answer| -> Vec<String> {
            let items = answer.json()["items"].take();
            items.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(olive.get(list).await), ["Moved in", "Web app"]);
        let undone = olive.call(Method::POST, &format!("/imports/{id}/undo")).await.json();
        assert_eq!((&undone["state"], &undone["undone"]), (&json!("done"), &json!(true)));
        assert_eq!(names(olive.get(list).await), ["Web app"]);
        let members = olive.get("/api/v1/workspaces/team/members?limit=100").await.json();
        let of_it = members["items"].as_array().unwrap().iter().filter(|member| member["placeholder"] == true);
        assert!(of_it.clone().count() > 0 && of_it.clone().all(|member| member["active"] == false));
    }

    async fn a_key_is_free_or_the_next_that_is(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut keys = Vec::new();
        for _ in 0..2 {
            let uploaded = upload(&olive, &team, fixture()).await.json();
            // Both are uploaded before either is started.
            keys.push((uploaded["id"].as_str().unwrap().to_owned(), uploaded["preview"]["key"].clone()));
        }
        assert_eq!(keys[0].1, keys[1].1);
        let first = run(&olive, &keys[0].0, None).await;
        let second = run(&olive, &keys[1].0, None).await;
        assert_eq!((&first["state"], &second["state"]), (&json!("done"), &json!("done")));
        assert_eq!(second["project"], format!("{}2", first["project"].as_str().unwrap()));
    }

    async fn a_file_that_is_no_board_changes_nothing(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let before = counts(&team).await;
        let whole = fixture();
        let deep = format!("{{\"name\":\"x\",\"lists\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let mut bomb = String::from(r#"{"name":"x","lists":[],"cards":["#);
        for _ in 0..1_600_000 {
            bomb.push_str("{},");
        }
        bomb.push_str("{}]}");
        let mut hostile = String::from(r#"{"name":"x","lists":[],"cards":[],"members":["#);
        for n in 0..200_000 {
            write!(hostile, r#"{{"id":"{n}"}},"#).unwrap();
        }
        hostile.push_str("{}]}");
        for (name, bytes) in [
            ("nothing", Vec::new()),
            ("no JSON", b"hello".to_vec()),
            ("a page", b"<!doctype html>".to_vec()),
            ("a list", b"[]".to_vec()),
            ("no board", b"{\"a\":1}".to_vec()),
            ("cut off", whole[..whole.len() / 2].to_vec()),
            ("other bytes", vec![0xff; 1_000]),
            ("nested", deep.into_bytes()),
            ("many cards", bomb.into_bytes()),
            ("many members", hostile.into_bytes()),
        ] {
            let refused = upload(&olive, &team, bytes).await;
            assert_eq!(refused.summary(), "422 import_invalid", "{name}");
            let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(message.ends_with('.') && message.len() < 600, "{name}: {message}");
        }
        assert_eq!(counts(&team).await, before);
        // Nothing is kept of them: there is still room.
        assert_eq!(upload(&olive, &team, whole).await.status, 200);
    }

    async fn only_who_may_import_is_listened_to(t: TestApp) {
        let team = Team::start(t).await;
        for (role, status) in [
            (Role::Admin, "200"), (Role::Manager, "200"), (Role::Member, "403 not_allowed"),
            (Role::Guest, "403 not_allowed"), (Role::Viewer, "403 not_allowed"),
        ] {
            let email = format!("{}@example.org", role.as_str());
            team.member(&email, role).await;
            let client = team.t.user(&email).await;
            assert_eq!(upload(&client, &team, fixture()).await.summary(), status);
        }
        let stranger = team.t.user("sam@example.org").await;
        assert_eq!(upload(&stranger, &team, fixture()).await.summary(), "404 not_found");
        assert_eq!(upload(&team.t.anonymous(), &team, fixture()).await.summary(), "401 unauthenticated");
        // Somebody else's upload is not there.
        let olive = team.t.user("olive@example.org").await;
        let id = upload(&olive, &team, fixture()).await.json()["id"].as_str().unwrap().to_owned();
        let admin = team.t.user("admin@example.org").await;
        assert_eq!(admin.get(&format!("/imports/{id}")).await.summary(), "404 not_found");
        assert_eq!(admin.post(&format!("/imports/{id}/start"), json!({})).await.summary(), "404 not_found");
        let other_site = olive.request(Method::POST, &format!("/imports/{id}/start"));
        let other_site = other_site.header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
        assert_eq!(olive.send(other_site).await.summary(), "403 cross_site");
    }

    async fn waiting_imports_are_few_and_go_away(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut ids = Vec::new();
        for _ in 0..4 {
            let uploaded = upload(&olive, &team, fixture()).await.json();
            ids.push(uploaded["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(upload(&olive, &team, fixture()).await.summary(), "429 too_many_requests");
        run(&olive, &ids[0], None).await;
        assert_eq!(upload(&olive, &team, fixture()).await.status, 200, "a finished one makes room");
        team.t.advance(Duration::from_mins(31));
        assert_eq!(olive.get(&format!("/imports/{}", ids[1])).await.summary(), "404 not_found");
        assert_eq!(upload(&olive, &team, fixture()).await.status, 200);
        assert_eq!(olive.get(&format!("/imports/{}", ids[0])).await.json()["state"], "done");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_may_be_larger_than_other_requests_and_not_endless() {
    let team = Team::start(TestApp::start(Engine::Sqlite).await).await;
    let olive = team.t.user("olive@example.org").await;
    let mut large: Value = serde_json::from_slice(&fixture()).unwrap();
    large["desc"] = json!("x".repeat(5 << 20));
    let large = serde_json::to_vec(&large).unwrap();
    assert_eq!(upload(&olive, &team, large).await.status, 200);
    let endless = vec![b' '; (64 << 20) + 1];
    assert_eq!(
        upload(&olive, &team, endless).await.summary(),
        "413 too_large"
    );
}
