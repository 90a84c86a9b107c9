//! Requests that are sent again.

use super::{Api, at, good};
use crate::harness::{TestApp, on_both_engines};
use reqwest::Method;
use serde_json::json;
use shared::access::Role;

on_both_engines! {
    async fn a_repeated_request_takes_effect_once(t: TestApp) {
        let api = Api::start(t).await;
        let tasks = api.project("/tasks");
        let body = json!({ "title": "Once", "metadata": { "tags": ["new"] } });
        let first = api.olive.once("k1", Method::POST, &tasks, Some(&body)).await;
        let again = api.olive.once("k1", Method::POST, &tasks, Some(&body)).await;
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.json(), again.json());
        assert_eq!(first.header("location"), again.header("location"));
        assert_eq!(api.titles("").await, ["Once"]);
        let other = json!({ "title": "Other" });
        let reused = api.olive.once("k1", Method::POST, &tasks, Some(&other)).await;
        assert_eq!(reused.summary(), "409 idempotency_key_reused");
        let elsewhere = api.olive.once("k1", Method::POST, "/api/v1/workspaces/team/projects", Some(&json!({ "name": "x" }))).await;
        assert_eq!(elsewhere.summary(), "409 idempotency_key_reused");
        // Keys are each person's own.
        let (_, ann) = api.member("ann", Role::Member).await;
        let hers = ann.once("k1", Method::POST, &tasks, Some(&body)).await;
        assert_eq!(hers.status, 201);
        assert_ne!(hers.json()["id"], first.json()["id"]);
    }

    async fn duplicates_at_the_same_moment_take_effect_once(t: TestApp) {
        let api = Api::start(t).await;
        let tasks = api.project("/tasks");
        let body = json!({ "title": "Once" });
        let requests = (0..16).map(|_| api.olive.once("k", Method::POST, &tasks, Some(&body)));
        let answers = futures::future::join_all(requests).await;
        let first = good(&answers[0]);
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.json() == first));
        assert_eq!(api.titles("").await, ["Once"]);
    }

    async fn every_kind_of_write_can_be_repeated(t: TestApp) {
        let api = Api::start(t).await;
        let project = json!({ "name": "Again" });
        let status = json!({ "name": "Again", "category": "todo" });
        let task = api.titled("One").await;
        let comments = format!("{}/comments", at("tasks", &task));
        let comment = json!({ "text": "Again" });
        for (n, (path, body)) in [
            ("/api/v1/workspaces/team/projects".to_owned(), &project),
            (api.project("/statuses"), &status),
            (comments.clone(), &comment),
        ].into_iter().enumerate() {
            let key = format!("make-{n}");
            let first = api.olive.once(&key, Method::POST, &path, Some(body)).await;
            let again = api.olive.once(&key, Method::POST, &path, Some(body)).await;
            assert_eq!((first.status, good(&first)), (again.status, good(&again)), "{path}");
        }
        assert_eq!(good(&api.olive.get(&comments).await)["items"].as_array().unwrap().len(), 1);
        // What was changed since is not changed back.
        let path = at("tasks", &task);
        let patch = json!({ "title": "Two", "priority": "high", "version": good(&api.olive.get(&path).await)["version"] });
        good(&api.olive.once("patch", Method::PATCH, &path, Some(&patch)).await);
        good(&api.olive.patch(&path, json!({ "title": "Three" })).await);
        let again = api.olive.once("patch", Method::PATCH, &path, Some(&patch)).await;
        assert_eq!(good(&again)["title"], "Three");
        assert_eq!(api.olive.once("gone", Method::DELETE, &path, None).await.status, 204);
        good(&api.olive.call(Method::POST, &format!("{path}/restore")).await);
        assert_eq!(api.olive.once("gone", Method::DELETE, &path, None).await.status, 204);
        assert!(good(&api.olive.get(&path).await)["trashed_at"].is_null());
    }

    async fn a_refusal_is_repeated_too(t: TestApp) {
        let api = Api::start(t).await;
        let (_, viewer) = api.member("vic", Role::Viewer).await;
        let tasks = api.project("/tasks");
        let body = json!({ "title": "Once", "metadata": { "tags": ["new"] } });
        for _ in 0..2 {
            let refused = viewer.once("k", Method::POST, &tasks, Some(&body)).await;
            assert_eq!(refused.summary(), "403 not_allowed");
        }
        // What could not be read was not begun: the key is still free.
        let unread = api.olive.once("k", Method::POST, &tasks, Some(&json!({ "titel": "x" }))).await;
        assert_eq!(unread.summary(), "400 invalid_request titel");
        good(&api.olive.once("k", Method::POST, &tasks, Some(&body)).await);
    }

    async fn a_key_is_a_short_visible_text(t: TestApp) {
        let api = Api::start(t).await;
        let body = json!({ "title": "x" });
        for key in [String::new(), "a b".into(), "ü".into(), "k".repeat(201)] {
            let refused = api.olive.once(&key, Method::POST, &api.project("/tasks"), Some(&body)).await;
            assert_eq!(refused.summary(), "400 invalid_request Idempotency-Key", "{key:?}");
        }
        good(&api.olive.once(&"k".repeat(200), Method::POST, &api.project("/tasks"), Some(&body)).await);
    }
}
