//! Tasks and comments over REST.

use super::{Api, at, good, text, titles};
use crate::harness::{TestApp, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use shared::access::Role;
use std::collections::BTreeSet;

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["id"])).collect()
}

on_both_engines! {
    async fn a_task_is_created_and_found(t: TestApp) {
        let api = Api::start(t).await;
        let body = json!({ "title": "First", "description": "**Now**", "points": 2.5, "estimate_minutes": 90 });
        let made = api.olive.post(&api.project("/tasks"), body).await;
        assert_eq!(made.status, 201);
        let task = made.json();
        assert_eq!(made.header("location").unwrap(), at("tasks", &task));
        assert_eq!(made.header("etag").unwrap(), format!("\"{}\"", task["version"]));
        let expected = json!({
            "id": task["id"],
            "key": "WEB-1",
            "number": 1,
            "project_id": api.team.project,
            "title": "First",
            "description": "**Now**",
            "status": "todo",
            "status_id": api.team.statuses[1],
            "status_name": "Todo",
            "rank": "a0",
            "priority": "none",
            "points": 2.5,
            "estimate_minutes": 90,
            "start_date": null,
            "due_date": null,
            "assignee": null,
            "assignees": [],
            "labels": [],
            "parent_id": null,
            "checklist": { "total": 0, "done": 0 },
            "comment_count": 0,
            "has_description": true,
            "completed_at": null,
            "archived_at": null,
            "trashed_at": null,
            "created_by": api.team.owner,
            "created_at": "2027-01-15T08:00:00.000Z",
            "version": task["version"],
        });
        assert_eq!(task, expected);
        for path in [at("tasks", &task), api.project("/tasks/1")] {
            let found = api.olive.get(&path).await;
            assert_eq!((found.status, found.json()), (200, task.clone()), "{path}");
            assert_eq!(found.header("etag"), made.header("etag"));
        }
        let mut listed = task.clone();
        listed.as_object_mut().unwrap().remove("description");
        let list = api.olive.get(&api.project("/tasks")).await.json();
        assert_eq!(list, json!({ "items": [listed], "nextCursor": null }));
    }

    async fn the_designs_request_is_taken_as_it_is(t: TestApp) {
        let api = Api::start(t).await;
        let (john, _) = api.member("john", Role::Member).await;
        let body = json!({
            "title": "Implement user authentication",
            "description": "Add JWT-based auth with refresh tokens",
            "assignee_id": john,
            "due_date": "2024-12-31T23:59:59Z",
            "metadata": { "priority": "high", "tags": ["backend", "security", "Backend"] },
        });
        let made = api.olive.post("/api/v1/tasks", body.clone()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let task = made.json();
        assert_eq!(task["title"], "Implement user authentication");
        assert_eq!(task["status"], "todo");
        assert_eq!(task["created_at"], "2027-01-15T08:00:00.000Z");
        assert_eq!(task["assignee"], json!({ "id": john, "name": "john" }));
        assert_eq!(task["due_date"], "2024-12-31");
        assert_eq!(task["priority"], "high");
        let names: BTreeSet<String> =
            task["labels"].as_array().unwrap().iter().map(|label| text(&label["name"])).collect();
        assert_eq!(names, BTreeSet::from(["backend".to_owned(), "security".to_owned()]));
        // The labels are there now, and are not made twice.
        let again = good(&api.olive.post("/api/v1/tasks", body).await);
        assert_eq!(again["labels"], task["labels"]);
        let labels = good(&api.olive.get(&api.project("/labels")).await);
        assert_eq!(labels["items"].as_array().unwrap().len(), 2);
        let missing = json!({ "title": "x", "assignee_id": uuid::Uuid::from_u128(9) });
        assert_eq!(api.olive.post("/api/v1/tasks", missing).await.summary(), "404 not_found");
        assert_eq!(api.olive.post("/api/v1/tasks", json!({})).await.summary(), "400 invalid_request title");
    }

    async fn the_flat_paths_need_to_know_the_project(t: TestApp) {
        let api = Api::start(t).await;
        let by_key = json!({ "title": "By key", "project": "WEB" });
        assert_eq!(good(&api.olive.post("/api/v1/tasks", by_key).await)["key"], "WEB-1");
        let other = good(&api.olive.post("/api/v1/workspaces/team/projects", json!({ "name": "Other" })).await);
        let vague = api.olive.post("/api/v1/tasks", json!({ "title": "Vague" })).await;
        assert_eq!(vague.summary(), "400 invalid_value project");
        assert_eq!(api.olive.get("/api/v1/tasks").await.summary(), "400 invalid_value project");
        let by_id = json!({ "title": "By id", "project": other["id"] });
        assert_eq!(good(&api.olive.post("/api/v1/tasks", by_id).await)["key"], "OTH-1");
        good(&api.olive.post("/api/v1/tasks?project=OTH", json!({ "title": "By query" })).await);
        let list = good(&api.olive.get("/api/v1/tasks?project=OTH").await);
        assert_eq!(titles(&list["items"]), ["By id", "By query"]);
        for unknown in ["NONE", "00000000-0000-0000-0000-00000000abcd"] {
            let path = format!("/api/v1/tasks?project={unknown}");
            assert_eq!(api.olive.get(&path).await.summary(), "404 not_found");
        }
        let twice = api.olive.post(&api.project("/tasks"), json!({ "title": "x", "project": "WEB" })).await;
        assert_eq!(twice.summary(), "400 invalid_value project");
    }

    async fn lists_are_narrowed(t: TestApp) {
        let api = Api::start(t).await;
        let (ann, program) = api.member("ann", Role::Member).await;
        let me = json!({ "title": "Mine", "assignee_ids": [ann, api.team.owner], "priority": "urgent" });
        let mine = api.task(me).await;
        let bug = json!({ "title": "Übel crash", "metadata": { "tags": ["bug"] }, "status": "started", "priority": "low" });
        let bug = api.task(bug).await;
        api.task(json!({ "title": "Done", "status": "done" })).await;
        let old = api.titled("Archived").await;
        good(&api.olive.patch(&at("tasks", &old), json!({ "archived": true })).await);
        let gone = api.titled("Trashed").await;
        api.olive.call(Method::DELETE, &at("tasks", &gone)).await;
        let label = text(&bug["labels"][0]["id"]);
        let started = text(&bug["status_id"]);
        for (query, expected) in [
            (String::new(), vec!["Mine", "Übel crash", "Done"]),
            ("order=-number".into(), vec!["Done", "Übel crash", "Mine"]),
            ("status=started".into(), vec!["Übel crash"]),
            ("category=done".into(), vec!["Done"]),
            (format!("status={started}"), vec!["Übel crash"]),
            (format!("assignee={ann}"), vec!["Mine"]),
            ("assignee=none".into(), vec!["Übel crash", "Done"]),
            (format!("assignee=none,{ann}"), vec!["Mine", "Übel crash", "Done"]),
            (format!("label={label}"), vec!["Übel crash"]),
            ("label=none".into(), vec!["Mine", "Done"]),
            ("priority=low,urgent".into(), vec!["Mine", "Übel crash"]),
            ("priority=none".into(), vec!["Done"]),
            ("q=%C3%BCBEL".into(), vec!["Übel crash"]),
            ("q=web-1".into(), vec!["Mine"]),
            ("q=crash%20mine".into(), vec![]),
            ("archived=true".into(), vec!["Archived"]),
            ("trashed=true".into(), vec!["Trashed"]),
            (format!("assignee={ann}&priority=low"), vec![]),
        ] {
            assert_eq!(api.titles(&query).await, expected, "{query}");
        }
        let hers = good(&program.get(&api.project("/tasks?assignee=me")).await);
        assert_eq!(ids(hers["items"].as_array().unwrap()), [text(&mine["id"])]);
        for (query, summary) in [
            ("limit=0", "400 invalid_value limit"),
            ("limit=101", "400 invalid_value limit"),
            ("limit=x", "400 invalid_request"),
            ("cursor=x", "400 invalid_value cursor"),
            ("order=up", "400 invalid_request"),
            ("status=doing", "400 invalid_value status"),
            ("category=doing", "400 invalid_request"),
            ("assignee=you", "400 invalid_value assignee"),
            ("label=bug", "400 invalid_value label"),
            ("priority=top", "400 invalid_value priority"),
            ("colour=red", "400 invalid_request"),
        ] {
            let path = api.project(&format!("/tasks?{query}"));
            assert_eq!(api.olive.get(&path).await.summary(), summary, "{query}");
        }
    }

    async fn pages_follow_one_another_in_every_order(t: TestApp) {
        let api = Api::start(t).await;
        let mut made = Vec::new();
        for n in 0..60 {
            let status = ["todo", "started", "done"][n % 3];
            made.push(api.task(json!({ "title": format!("Task {n}"), "status": status })).await);
        }
        let first = good(&api.olive.patch(&at("tasks", &made[7]), json!({ "priority": "high" })).await);
        for (order, filter) in [("number", ""), ("-number", ""), ("updated", ""), ("rank", ""), ("number", "&q=task")] {
            let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
            loop {
                let path = api.project(&format!("/tasks?order={order}{filter}{cursor}"));
                let page = good(&api.olive.get(&path).await);
                let items = page["items"].as_array().unwrap();
                pages += 1;
                seen.extend(ids(items));
                if pages == 1 {
                    let top = match order {
                        "-number" => &made[59],
                        "updated" => &first,
                        _ => &made[0],
                    };
                    assert_eq!(items[0]["id"], top["id"], "{order}");
                }
                match page["nextCursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
                assert_eq!(items.len(), 25);
            }
            assert_eq!(pages, 3, "{order}");
            let distinct: BTreeSet<_> = seen.iter().cloned().collect();
            assert_eq!((seen.len(), distinct.len()), (60, 60), "{order}");
        }
        let page = good(&api.olive.get(&api.project("/tasks?order=number")).await);
        let other = api.project(&format!("/tasks?order=rank&cursor={}", text(&page["nextCursor"])));
        assert_eq!(api.olive.get(&other).await.summary(), "400 invalid_value cursor");
    }

    async fn a_patch_changes_what_it_names(t: TestApp) {
        let api = Api::start(t).await;
        let (ann, _) = api.member("ann", Role::Member).await;
        let parent = api.titled("Parent").await;
        let task = api.task(json!({ "title": "Before", "metadata": { "tags": ["one"] } })).await;
        let path = at("tasks", &task);
        let all = json!({
            "title": "After", "description": "Text", "status": "done", "priority": "urgent", "points": 3,
            "estimate_minutes": 30, "start_date": "2027-01-01", "due_date": "2027-02-01T10:00:00Z",
            "assignee_id": ann, "label_ids": [], "parent_id": parent["id"],
        });
        let answer = api.olive.patch(&path, all).await;
        let changed = good(&answer);
        for (field, value) in [
            ("title", json!("After")), ("description", json!("Text")), ("status", json!("done")),
            ("priority", json!("urgent")), ("points", json!(3.0)), ("estimate_minutes", json!(30)),
            ("start_date", json!("2027-01-01")), ("due_date", json!("2027-02-01")),
            ("assignees", json!([{ "id": ann, "name": "ann" }])), ("labels", json!([])),
            ("parent_id", parent["id"].clone()), ("completed_at", json!("2027-01-15T08:00:00.000Z")),
        ] {
            assert_eq!(changed[field], value, "{field}");
        }
        let cleared = json!({
            "description": null, "points": null, "estimate_minutes": null, "start_date": null,
            "due_date": null, "assignee_id": null, "parent_id": null,
        });
        let cleared = good(&api.olive.patch(&path, cleared).await);
        for field in ["points", "estimate_minutes", "start_date", "due_date", "assignee", "parent_id"] {
            assert_eq!(cleared[field], Value::Null, "{field}");
        }
        assert_eq!((&cleared["description"], &cleared["has_description"]), (&json!(""), &json!(false)));
        assert_eq!(good(&api.olive.patch(&path, json!({})).await), cleared, "nothing asked, nothing changed");
        // A refusal takes back everything.
        let half = json!({ "title": "Half", "assignee_ids": [ann, uuid::Uuid::from_u128(9)] });
        assert_eq!(api.olive.patch(&path, half).await.summary(), "404 not_found");
        assert_eq!(good(&api.olive.get(&path).await), cleared);
        let order = json!({ "start_date": "2027-03-01", "due_date": "2027-02-01" });
        assert_eq!(api.olive.patch(&path, order).await.summary(), "400 invalid_value due_on");
    }

    async fn a_change_of_an_older_version_is_refused(t: TestApp) {
        let api = Api::start(t).await;
        let task = api.titled("One").await;
        let path = at("tasks", &task);
        let version = task["version"].as_u64().unwrap();
        let newer = good(&api.olive.patch(&path, json!({ "title": "Two", "version": version })).await);
        assert!(newer["version"].as_u64().unwrap() > version);
        let late = json!({ "title": "Three", "version": version });
        assert_eq!(api.olive.patch(&path, late).await.summary(), "409 version_conflict");
        for (tag, summary) in [
            (format!("\"{version}\""), "409 version_conflict"),
            (format!("W/\"{}\"", newer["version"]), "200"),
            ("*".to_owned(), "200"),
            ("x".to_owned(), "400 invalid_request If-Match"),
        ] {
            let body = json!({ "priority": "low" });
            let request = api.olive.request(Method::PATCH, &path).header("if-match", &tag).json(&body);
            assert_eq!(api.olive.send(request).await.summary(), summary, "{tag}");
        }
        let moved = json!({ "position": "first", "version": version });
        let moved = api.olive.post(&format!("{path}/move"), moved).await;
        assert_eq!(moved.summary(), "409 version_conflict");
        assert_eq!(good(&api.olive.get(&path).await)["title"], "Two");
    }

    async fn of_changes_on_one_version_one_succeeds(t: TestApp) {
        let api = Api::start(t).await;
        let task = api.titled("One").await;
        let path = at("tasks", &task);
        let tries = (0..8).map(|n| api.olive.patch(&path, json!({ "title": format!("T{n}"), "version": task["version"] })));
        let answers = futures::future::join_all(tries).await;
        let mut summaries: Vec<String> = answers.iter().map(super::Answer::summary).collect();
        summaries.sort();
        assert_eq!(summaries[0], "200");
        assert!(summaries[1..].iter().all(|summary| summary == "409 version_conflict"));
    }

    async fn tasks_move_to_where_they_are_put(t: TestApp) {
        let api = Api::start(t).await;
        let mut tasks = Vec::new();
        for title in ["a", "b", "c"] {
            tasks.push(api.titled(title).await);
        }
        let go = async |n: usize, body: Value| {
            let path = format!("{}/move", at("tasks", &tasks[n]));
            api.olive.post(&path, body).await
        };
        good(&go(2, json!({ "position": "first" })).await);
        assert_eq!(api.titles("order=rank").await, ["c", "a", "b"]);
        good(&go(2, json!({ "after_id": tasks[0]["id"] })).await);
        assert_eq!(api.titles("order=rank").await, ["a", "c", "b"]);
        good(&go(1, json!({ "before_id": tasks[0]["id"] })).await);
        assert_eq!(api.titles("order=rank").await, ["b", "a", "c"]);
        let moved = good(&go(0, json!({ "status": "done" })).await);
        assert_eq!((&moved["status_name"], moved["completed_at"].is_null()), (&json!("Done"), false));
        let back = good(&go(0, json!({ "status_id": api.team.statuses[1], "position": "last" })).await);
        assert!(back["completed_at"].is_null());
        assert_eq!(api.titles("order=rank").await, ["b", "c", "a"]);
        for (body, summary) in [
            (json!({ "position": "top" }), "400 invalid_request position"),
            (json!({ "position": "first", "after_id": tasks[1]["id"] }), "400 invalid_value position"),
            (json!({ "status": "done", "status_id": api.team.statuses[0] }), "400 invalid_value status"),
            (json!({ "status": "cancelled" }), "400 invalid_value status"),
            (json!({ "status_id": api.team.project }), "404 not_found"),
        ] {
            assert_eq!(go(0, body.clone()).await.summary(), summary, "{body}");
        }
    }

    async fn a_deleted_task_can_be_restored(t: TestApp) {
        let api = Api::start(t).await;
        let task = api.titled("One").await;
        let path = at("tasks", &task);
        let trash = format!("{path}/trash");
        for (into, out) in [
            ((Method::DELETE, &path), (Method::POST, format!("{path}/restore"))),
            ((Method::PUT, &trash), (Method::DELETE, trash.clone())),
        ] {
            assert_eq!(api.olive.call(into.0, into.1).await.status, 204);
            assert!(api.titles("").await.is_empty());
            assert!(good(&api.olive.get(&path).await)["trashed_at"].is_string());
            assert_eq!(api.olive.patch(&path, json!({ "title": "x" })).await.summary(), "404 not_found");
            let restored = api.olive.call(out.0, &out.1).await;
            assert!(matches!(restored.status, 200 | 204));
            assert_eq!(api.titles("").await, ["One"]);
        }
    }

    async fn comments_are_written_and_rewritten(t: TestApp) {
        let api = Api::start(t).await;
        let task = api.titled("One").await;
        let list = format!("{}/comments", at("tasks", &task));
        let made = api.olive.post(&list, json!({ "text": "First" })).await;
        let comment = good(&made);
        assert_eq!((made.status, made.header("location")), (201, Some(at("comments", &comment).as_str())));
        assert_eq!(comment["author"], json!({ "id": api.team.owner, "name": "Olive" }));
        for n in 2..=30 {
            api.team.t.advance(std::time::Duration::from_millis(1));
            good(&api.olive.post(&list, json!({ "text": format!("Comment {n}") })).await);
        }
        let page = good(&api.olive.get(&list).await);
        assert_eq!(page["items"][0], comment);
        let next = good(&api.olive.get(&format!("{list}?cursor={}", text(&page["nextCursor"]))).await);
        assert_eq!(next["items"].as_array().unwrap().len(), 5);
        assert_eq!(next["items"][4]["text"], "Comment 30");
        let path = at("comments", &comment);
        let edited = good(&api.olive.patch(&path, json!({ "text": "Better" })).await);
        assert_eq!((&edited["text"], edited["edited_at"].is_string()), (&json!("Better"), true));
        let late = json!({ "text": "Late", "version": comment["version"] });
        assert_eq!(api.olive.patch(&path, late).await.summary(), "409 version_conflict");
        assert_eq!(good(&api.olive.get(&at("tasks", &task)).await)["comment_count"], 30);
        assert_eq!(api.olive.call(Method::DELETE, &path).await.status, 204);
        assert_eq!(api.olive.get(&path).await.summary(), "404 not_found");
        assert_eq!(good(&api.olive.get(&at("tasks", &task)).await)["comment_count"], 29);
        assert_eq!(api.olive.post(&list, json!({ "text": " " })).await.summary(), "400 invalid_value text");
    }

    async fn a_request_that_cannot_be_carried_out_says_why(t: TestApp) {
        let api = Api::start(t).await;
        let tasks = api.project("/tasks");
        let raw = async |kind: &str, body: &'static str| {
            let request = api.olive.request(Method::POST, &tasks).header("content-type", kind).body(body);
            api.olive.send(request).await.summary()
        };
        let json = "application/json";
        for (kind, body, summary) in [
            (json, "", "400 invalid_request"),
            (json, "{", "400 invalid_request"),
            (json, "[1]", "400 invalid_request"),
            (json, r#"{"title":"x"} y"#, "400 invalid_request"),
            (json, r#"{"title":""}"#, "400 invalid_value title"),
            (json, r#"{"title":1}"#, "400 invalid_request title"),
            (json, r#"{"title":"x","colour":"red"}"#, "400 invalid_request colour"),
            (json, r#"{"title":"x","metadata":{"x":1}}"#, "400 invalid_request metadata.x"),
            (json, r#"{"title":"x","priority":"top"}"#, "400 invalid_request priority"),
            (json, r#"{"title":"x","points":0.125}"#, "400 invalid_value points"),
            (json, r#"{"title":"x","due_date":"soon"}"#, "400 invalid_value due_date"),
            (json, r#"{"title":"x","assignee_ids":["y"]}"#, "400 invalid_request assignee_ids[0]"),
            (json, r#"{"title":"x","status_id":"00000000-0000-0000-0000-000000000009"}"#, "404 not_found"),
            ("text/plain", r#"{"title":"x"}"#, "400 invalid_request"),
            ("application/x-www-form-urlencoded", "title=x", "400 invalid_request"),
        ] {
            assert_eq!(raw(kind, body).await, summary, "{body}");
        }
        let large = json!({ "title": "x", "description": "y".repeat(3 << 20) });
        assert_eq!(api.olive.post(&tasks, large).await.summary(), "413 too_large");
        let many: Vec<_> = (0..51).map(uuid::Uuid::from_u128).collect();
        let many = json!({ "title": "x", "assignee_ids": many });
        assert_eq!(api.olive.post(&tasks, many).await.summary(), "400 invalid_value assignee_ids");
        for (path, summary) in [
            ("/api/v1/tasks/x", "400 invalid_request"),
            ("/api/v1/tasks/00000000-0000-0000-0000-000000000009", "404 not_found"),
            ("/api/v1/nothing", "404 not_found"),
            (&api.project("/tasks/99"), "404 not_found"),
        ] {
            assert_eq!(api.olive.get(path).await.summary(), summary, "{path}");
        }
        let unknown = api.olive.post(&tasks, json!({ "title": "x", "colour": "red" })).await.json();
        let message = text(&unknown["error"]["message"]);
        assert!(message.contains("unknown field `colour`, expected one of `title`"), "{message}");
        assert!(api.titles("").await.is_empty());
    }
}
