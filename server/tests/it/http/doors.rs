//! Every door declares what it asks, and asks it.

use crate::harness::{Engine, TestApp};
use reqwest::Method;
use server::http::doors::{self, DOORS};
use shared::access::Permission;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// What stands between two texts, wherever.
fn between<'s>(source: &'s str, open: &str, close: &str) -> Vec<&'s str> {
    let parts = source.split(open).skip(1);
    parts
        .filter_map(|part| part.split_once(close))
        .map(|(text, _)| text)
        .collect()
}

#[test]
fn no_route_and_no_server_function_is_left_out() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut here, mut app) = (Vec::new(), Vec::new());
    sources(&server.join("src"), &mut here);
    sources(&server.join("../app/src"), &mut app);
    let mut routed = BTreeSet::new();
    for source in &here {
        routed.extend(
            between(source, ".route(\"", "\"")
                .into_iter()
                .map(str::to_owned),
        );
    }
    for source in &app {
        let names = between(source, "prefix = \"/sf\", endpoint = \"", "\"");
        routed.extend(names.into_iter().map(|name| format!("/sf/{name}")));
    }
    assert!(routed.len() > 20, "{routed:?}");
    // The one route of all server functions.
    assert!(routed.remove("/sf/{name}"));
    for path in routed {
        let is_door = DOORS.iter().any(|door| door.path == path);
        assert!(is_door, "{path} is not among the doors, so it is shut");
    }
}

/// `find_profile` is made into `FindProfile`.
fn type_of(function: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        format!("{}{rest}", first.to_uppercase())
    };
    function.split('_').map(capital).collect()
}

#[test]
fn every_server_function_is_registered_by_name() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut app = Vec::new();
    sources(&server.join("../app/src"), &mut app);
    let mut written = BTreeSet::new();
    for source in &app {
        for function in source.split("#[server(prefix").skip(1) {
            let name = between(function, "pub async fn ", "(")[0];
            written.insert(type_of(name));
        }
    }
    assert!(written.len() > 20, "{written:?}");
    let list = fs::read_to_string(server.join("src/http/server_functions.rs")).unwrap();
    let registered = between(&list, "register_explicit::<", ">");
    let registered: BTreeSet<String> = registered
        .into_iter()
        .map(|path| path.rsplit("::").next().unwrap().to_owned())
        .collect();
    assert_eq!(registered, written);
}

#[test]
fn a_door_stands_in_the_list_once() {
    let all: BTreeSet<_> = DOORS.iter().map(|door| (door.method, door.path)).collect();
    assert_eq!(all.len(), DOORS.len());
    for door in DOORS {
        let found = doors::permission(door.method, door.path);
        assert_eq!(found, Some(door.permission));
    }
    assert_eq!(
        doors::permission("HEAD", "/health"),
        Some(Permission::Public)
    );
    assert_eq!(doors::permission("GET", "/sf/sign-in"), None);
}

#[tokio::test]
async fn nobody_passes_a_door_that_asks_for_an_account() {
    let t = TestApp::start(Engine::Sqlite).await;
    let nobody = t.anonymous();
    for door in DOORS {
        // Only there while developing.
        if door.path == "/__dev/reload" {
            continue;
        }
        let path = door
            .path
            .replace("{id}", "00000000-0000-0000-0000-000000000001")
            .replace("{number}", "1")
            .replace("{slug}", "team")
            .replace("{*path}", "index.css");
        let method: Method = door.method.parse().unwrap();
        let request = nobody
            .request(method, &path)
            .header("sec-fetch-site", "same-origin");
        let status = nobody.send(request).await.status;
        if door.permission == Permission::Public {
            assert!(!matches!(status, 401 | 404 | 405), "{door:?}: {status}");
        } else {
            assert_eq!(status, 401, "{door:?}");
        }
    }
}

#[tokio::test]
async fn a_plain_form_of_nobody_leads_to_signing_in() {
    let t = TestApp::start(Engine::Sqlite).await;
    let nobody = t.anonymous();
    let send = async |accept: &str| {
        let request = nobody
            .request(Method::POST, "/sf/create-token")
            .header("sec-fetch-site", "same-origin")
            .header("accept", accept)
            .form(&[("name", "x"), ("days", "")]);
        nobody.send(request).await
    };
    let form = send("text/html,*/*").await;
    assert_eq!(
        (form.status, form.header("location")),
        (303, Some("/sign-in"))
    );
    let script = send("application/json").await;
    assert_eq!(script.status, 401);
    assert_eq!(script.json()["code"], "unauthenticated");
}

#[tokio::test]
async fn what_is_shown_to_somebody_is_kept_by_nobody_on_the_way() {
    let t = TestApp::start(Engine::Sqlite).await;
    let olive = t.user("olive@example.org").await;
    for (path, cache) in [
        ("/api/v1/workspaces", "private, no-cache"),
        ("/audit-log?format=csv", "no-store"),
    ] {
        let answer = olive.get(path).await;
        let told = (answer.status, answer.header("cache-control"));
        assert_eq!(told, (200, Some(cache)), "{path}");
    }
}
