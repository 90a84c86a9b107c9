//! The one error envelope, and the id that every request has.

use crate::harness::{Engine, Setup, TestApp, on_both_engines};
use anyhow::anyhow;
use axum::Router;
use axum::routing::{get, post};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use server::app::App;
use server::http::Error;
use server::http::extract::{Json, Path, Query};
use shared::codes::{Code, Rejected};
use std::time::Duration;

#[derive(Deserialize)]
struct Thing {
    name: String,
}

fn routes() -> Router<App> {
    let refused = || async { Err::<(), _>(Error::from(Rejected::field("name", "Too short."))) };
    let busy = || async { Err::<(), _>(Error::from(Code::Unavailable)) };
    let failed = || async { Err::<(), _>(Error::from(anyhow!("secret").context("loading it"))) };
    let panics = async || -> () { panic!("secret") };
    let hangs = || std::future::pending::<()>();
    let thing = |Json(thing): Json<Thing>| async move { thing.name };
    let number = |Path(number): Path<u32>| async move { number.to_string() };
    let query = |Query(thing): Query<Thing>| async move { thing.name };
    let bytes = |body: axum::body::Bytes| async move { body.len().to_string() };
    Router::new()
        .route("/test/refused", get(refused))
        .route("/test/busy", get(busy))
        .route("/test/failed", get(failed))
        .route("/test/panics", get(panics))
        .route("/test/hangs", get(hangs))
        .route("/test/thing", post(thing))
        .route("/test/number/{number}", get(number))
        .route("/test/query", get(query))
        .route("/test/bytes", post(bytes))
}

async fn start(engine: Engine) -> TestApp {
    Setup::new(engine).routes(routes()).start().await
}

on_both_engines! {
    async fn every_error_has_the_same_shape(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        let request = client.request(Method::GET, "/test/refused").header("x-request-id", "r-1");
        let answer = client.send(request).await;
        assert_eq!(answer.header("x-request-id"), Some("r-1"));
        let expected = json!({ "error": {
            "code": "invalid_value",
            "message": "Too short.",
            "details": { "field": "name" },
            "requestId": "r-1",
        } });
        assert_eq!(answer.json(), expected);
    }

    async fn what_broke_is_not_told(engine: Engine) {
        let t = start(engine).await;
        for path in ["/test/failed", "/test/panics"] {
            let answer = t.anonymous().get(path).await;
            assert_eq!(answer.summary(), "500 internal", "{path}");
            assert!(!answer.text().contains("secret"), "{path}");
            let id = answer.header("x-request-id").unwrap();
            assert_eq!(answer.json()["error"]["requestId"], id, "{path}");
        }
        assert_eq!(t.anonymous().get("/health").await.status, 200, "the others go on");
    }

    async fn what_is_not_there_is_not_found(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        assert_eq!(client.get("/nowhere").await.summary(), "404 not_found");
        assert_eq!(client.post("/nowhere", json!({})).await.summary(), "404 not_found");
        assert_eq!(client.post("/health", json!({})).await.summary(), "405 method_not_allowed");
    }

    async fn a_request_of_the_wrong_shape_is_refused(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        assert_eq!(client.post("/test/thing", json!({ "name": "a" })).await.text(), "a");
        let raw = |body: &'static str| {
            let request = client.request(Method::POST, "/test/thing").body(body);
            client.send(request.header("content-type", "application/json"))
        };
        assert_eq!(raw("{").await.summary(), "400 invalid_request");
        assert_eq!(raw("{}").await.summary(), "400 invalid_request");
        let unnamed = client.request(Method::POST, "/test/thing").body("{}");
        assert_eq!(client.send(unnamed).await.summary(), "400 invalid_request");
        assert_eq!(client.get("/test/number/x").await.summary(), "400 invalid_request");
        assert_eq!(client.get("/test/query").await.summary(), "400 invalid_request");
    }

    async fn what_a_page_asks_in_the_wrong_shape_is_refused(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        let ask = |body: &'static str| {
            let request = client.request(Method::POST, "/sf/sign-in").body(body);
            let request = request.header("sec-fetch-site", "same-origin");
            client.send(request.header("content-type", "application/x-www-form-urlencoded"))
        };
        for body in ["", "email=ada%40example.org", "%", "email[]=1&password[x]=2"] {
            let answer = ask(body).await;
            assert_eq!(answer.status, 400, "{body}");
            assert_eq!(answer.json()["code"], "invalid_request", "{body}");
        }
    }

    async fn a_body_has_a_limit_whether_announced_or_not(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        let send = |bytes: usize, path: &'static str, announced: bool| {
            let body = vec![b'1'; bytes];
            let body = if announced {
                reqwest::Body::from(body)
            } else {
                let parts = body.chunks(64 * 1024).map(|part| Ok::<_, std::io::Error>(part.to_vec()));
                reqwest::Body::wrap_stream(futures::stream::iter(parts.collect::<Vec<_>>()))
            };
            let request = client.request(Method::POST, path).body(body);
            client.send(request.header("content-type", "application/json"))
        };
        let limit = 2 * 1024 * 1024;
        assert_eq!(send(limit, "/test/bytes", true).await.text(), limit.to_string());
        assert_eq!(send(limit, "/test/bytes", false).await.text(), limit.to_string());
        assert_eq!(send(limit + 1, "/test/bytes", true).await.summary(), "413 too_large");
        assert_eq!(send(limit + 1, "/test/bytes", false).await.status, 413);
        assert_eq!(send(limit + 1, "/test/thing", false).await.summary(), "413 too_large");
    }

    async fn a_handler_that_hangs_is_given_up(engine: Engine) {
        let setup = Setup::new(engine).routes(routes());
        let t = setup.request_timeout(Duration::from_millis(50)).start().await;
        let answer = t.anonymous().get("/test/hangs").await;
        assert_eq!(answer.summary(), "503 unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(t.anonymous().get("/test/busy").await.header("retry-after"), Some("1"));
    }

    async fn a_request_has_an_id_and_a_harmful_one_is_replaced(t: TestApp) {
        let client = t.anonymous();
        let id = async |sent: &str| {
            let request = client.request(Method::GET, "/health").header("x-request-id", sent);
            client.send(request).await.header("x-request-id").unwrap().to_owned()
        };
        assert_eq!(id("0af7.65-1_x").await, "0af7.65-1_x");
        for sent in ["a b", "<script>", &"x".repeat(65)] {
            let given = id(sent).await;
            assert_ne!(given, sent);
            assert_eq!(given.len(), 20, "{given}");
        }
        let (a, b) = (client.get("/health").await, client.get("/health").await);
        assert_ne!(a.header("x-request-id"), b.header("x-request-id"));
    }

    async fn browsers_are_told_to_be_careful(t: TestApp) {
        for path in ["/health", "/nowhere", "/favicon.svg"] {
            let answer = t.anonymous().get(path).await;
            let header = |name| answer.header(name);
            assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(header("referrer-policy"), Some("same-origin"), "{path}");
            assert_eq!(header("x-frame-options"), Some("DENY"), "{path}");
            assert_eq!(header("content-security-policy"), Some("frame-ancestors 'none'"), "{path}");
        }
    }

    async fn a_page_runs_no_script_but_ours(t: TestApp) {
        let mut nonces = Vec::new();
        for path in ["/setup", "/nowhere-at-all", "/nor-here"] {
            let request = t.anonymous().request(Method::GET, path).header("accept", "text/html");
            let page = t.anonymous().send(request).await;
            let policy = page.header("content-security-policy").unwrap().to_owned();
            let (_, rest) = policy.split_once("'nonce-").unwrap();
            let (nonce, _) = rest.split_once('\'').unwrap();
            let scripts = format!("script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval';");
            assert!(policy.contains(&scripts), "{path}: {policy}");
            for part in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'"] {
                assert!(policy.contains(part), "{path}: {policy}");
            }
            let html = page.text();
            // What is only data is not run.
            let data = html.matches("<script type=\"application/json\"").count();
            let inline = html.matches("<script").count() - data;
            let ours = html.matches(&format!("nonce=\"{nonce}\"")).count();
            assert!(inline > 0 && ours == inline, "{path}: {ours} of {inline}");
            nonces.push(nonce.to_owned());
        }
        nonces.dedup();
        assert_eq!(nonces.len(), 3, "each page has its own");
    }
}
