//! The description of the API is true.

use super::Api;
use crate::harness::{Engine, TestApp};
use reqwest::Method;
use serde_json::Value;
use server::http::doors;
use shared::access::Permission;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

async fn document(t: &TestApp) -> Value {
    let answer = t.anonymous().get("/api/openapi.json").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(|(method, operation)| (path.clone(), method.to_uppercase(), operation))
    });
    operations.collect()
}

#[tokio::test]
async fn what_is_described_is_served_and_nothing_else() {
    let api = Api::start(TestApp::start(Engine::Sqlite).await).await;
    let document = document(&api.team.t).await;
    let described: BTreeSet<(String, String)> = operations(&document)
        .into_iter()
        .map(|(path, method, _)| (path, method))
        .collect();
    let anonymous = api.team.t.anonymous();
    let paths: BTreeSet<&String> = described.iter().map(|(path, _)| path).collect();
    for path in paths {
        let real = path
            .replace("{id}", "00000000-0000-0000-0000-000000000001")
            .replace("{number}", "1")
            .replace("{slug}", "team");
        assert!(!real.contains('{'), "{path}");
        for method in METHODS {
            let is_described = described.contains(&(path.clone(), method.to_string()));
            let answer = anonymous.call(method.clone(), &real).await;
            let asked = doors::permission(method.as_str(), path);
            let expected = match (is_described, asked) {
                (true, Some(Permission::Public)) => 400,
                (true, _) => 401,
                (false, _) => 405,
            };
            assert_eq!(answer.status, expected, "{method} {path}");
        }
    }
}

/// All Rust sources of the server.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found
}

#[tokio::test]
async fn every_handler_that_is_described_is_listed() {
    let t = TestApp::start(Engine::Sqlite).await;
    let document = document(&t).await;
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let count = |text: &str| -> usize {
        sources
            .iter()
            .map(|(_, source)| source.matches(text).count())
            .sum()
    };
    assert_eq!(operations(&document).len(), count("#[utoipa::path("));
    for (path, source) in sources {
        let is_part = source.contains("OpenApiRouter") && !path.ends_with("http/api/mod.rs");
        assert!(
            !(is_part && source.contains(".route(")),
            "{path} has a route without a description"
        );
    }
}

#[tokio::test]
async fn every_operation_says_who_may_and_what_goes_wrong() {
    let t = TestApp::start(Engine::Sqlite).await;
    let document = document(&t).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["info"]["version"].is_string());
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let at = format!("{method} {path}");
        assert!(operation["x-permission"].is_string(), "{at}");
        assert!(names.insert(operation["operationId"].to_string()), "{at}");
        assert!(
            operation["summary"].is_string() && operation["tags"][0].is_string(),
            "{at}"
        );
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{at}"
        );
        for status in ["400", "401", "404", "default"] {
            let reference = responses[status]["$ref"].as_str().unwrap();
            let response = document.pointer(&reference[1..]).unwrap();
            let schema = &response["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Error", "{at}");
        }
        if let Some(body) = operation.get("requestBody") {
            let schema = body["content"]["application/json"]["schema"]["$ref"]
                .as_str()
                .unwrap();
            let schema = document.pointer(&schema[1..]).unwrap();
            assert!(
                schema["example"].is_object() || schema["examples"].is_array(),
                "{at}"
            );
            assert_eq!(
                schema["additionalProperties"], false,
                "{at} takes unknown fields"
            );
        }
    }
    assert_eq!(document["security"].as_array().unwrap().len(), 3);
    assert_eq!(
        document["components"]["securitySchemes"]["token"]["scheme"],
        "bearer"
    );
    assert_eq!(
        document["components"]["securitySchemes"]["session"]["in"],
        "cookie"
    );
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        assert!(
            document.pointer(&reference[1..]).is_some(),
            "{reference} leads nowhere"
        );
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(reference) if name == "$ref" => references.push(reference.to_owned()),
                    _ => collect(value, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[tokio::test]
async fn the_page_to_try_it_comes_from_this_server_alone() {
    let t = TestApp::start(Engine::Sqlite).await;
    let client = t.anonymous();
    let moved = client.get("/api/docs").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("/api/docs/"))
    );
    let unpacked = async |path: &str| {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"));
        assert!(!policy.contains("http"));
        answer
    };
    let page = unpacked("/api/docs/").await;
    assert_eq!(page.header("content-type"), Some("text/html"));
    let start = unpacked("/api/docs/swagger-initializer.js").await.text();
    assert!(
        start.contains("/api/openapi.json") && !start.contains("http"),
        "{start}"
    );
    for file in [
        "swagger-ui-bundle.js",
        "swagger-ui-standalone-preset.js",
        "swagger-ui.css",
        "index.css",
    ] {
        unpacked(&format!("/api/docs/{file}")).await;
    }
    assert_eq!(
        client.get("/api/docs/nothing.js").await.summary(),
        "404 not_found"
    );
}
