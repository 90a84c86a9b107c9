//! Requests that no honest client sends: paths, headers and bodies that mean one thing to a proxy and another to a server.

use crate::harness::{Engine, Setup, TestApp, on_both_engines};
use crate::sync::Team;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends bytes as they are, with an end that makes the server close; what came back, as text.
async fn raw(t: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(t.address).await.unwrap();
    // The server may hang up before all of it is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    let status = answer.strip_prefix("HTTP/1.1 ").unwrap_or_default();
    status
        .get(..3)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}

async fn ask(t: &TestApp, line: &str, headers: &[u8]) -> String {
    let mut bytes = format!("{line} HTTP/1.1\r\n").into_bytes();
    bytes.extend_from_slice(headers);
    bytes.extend_from_slice(b"connection: close\r\n\r\n");
    raw(t, &bytes).await
}

on_both_engines! {
    async fn no_way_of_writing_a_path_opens_a_door(t: TestApp) {
        let team = Team::start(t).await;
        let t = &team.t;
        let token = team.token(team.owner).await;
        let project = team.project;
        for path in [
            "/api/v1/../v1/workspaces",
            "/api/v1/./workspaces",
            "/api/v1/%2e%2e/v1/workspaces",
            "/api%2fv1%2fworkspaces",
            "/api/v1%2fworkspaces",
            "/api/v1/workspaces%2f",
            "/api/v1/workspaces/",
            "//api/v1/workspaces",
            "/api//v1/workspaces",
            "/API/V1/WORKSPACES",
            "/api/v1/workspaces;x=1",
            "/api/v1/workspaces%00",
            "/api/v1/workspaces%0d%0aset-cookie:%20a=b",
            "/api/v1/workspaces\\",
            "/api/v1/%252e%252e/v1/workspaces",
            "/api%252fv1%252fworkspaces",
            "/api/v1/%25%32%65%25%32%65/v1/workspaces",
            "/api/v1/%c0%ae%c0%ae/v1/workspaces",
            "/api/v1/work%73paces/",
            "/pkg/%252e%252e%252f%252e%252e%252fetc%252fpasswd",
            "/pkg/../../../../etc/passwd",
            "/pkg/..%2f..%2f..%2fetc%2fpasswd",
            "/pkg/%2e%2e/%2e%2e/etc/passwd",
            "/pkg/..%5c..%5cetc%5cpasswd",
            "/pkg/%00",
            "/pkg/%ff%fe",
            "/.git/config",
            "/.env",
            "/data/secret.key",
        ] {
            for headers in [
                "host: localhost\r\n".to_owned(),
                format!("host: localhost\r\nauthorization: Bearer {token}\r\n"),
            ] {
                let answer = ask(t, &format!("GET {path}"), headers.as_bytes()).await;
                let status = status(&answer);
                assert!((300..500).contains(&status), "{path}: {answer}");
                assert!(
                    !answer.contains("\r\nset-cookie: a=b") && !answer.contains("root:"),
                    "{path}"
                );
            }
        }
        let nul = format!("rank \0 {project} \0 {project}");
        let nul = server::http::api::cursor(&nul);
        // What is no text, no id, and no number is refused in words.
        for path in [
            "/api/v1/workspaces/%ff/projects".to_owned(),
            "/api/v1/workspaces/%00/projects".to_owned(),
            "/api/v1/projects/%00".to_owned(),
            "/api/v1/projects/not-an-id".to_owned(),
            "/api/v1/projects/00000000-0000-0000-0000-000000000000".to_owned(),
            format!("/api/v1/projects/{project}%00"),
            format!("/api/v1/projects/{project}%2f..%2ftasks"),
            format!("/api/v1/projects/{project}/tasks/99999999999999999999"),
            format!("/api/v1/projects/{project}/tasks/-1"),
            format!("/api/v1/projects/{project}/tasks?limit=-1"),
            format!("/api/v1/projects/{project}/tasks?cursor=%00%ff"),
            // A rank with the character NUL in it, as a cursor.
            format!("/api/v1/projects/{project}/tasks?order=rank&cursor={nul}"),
            "/api/v1/tasks?project=%00".to_owned(),
        ] {
            let headers = format!("host: localhost\r\nauthorization: Bearer {token}\r\n");
            let answer = ask(t, &format!("GET {path}"), headers.as_bytes()).await;
            assert!(matches!(status(&answer), 400 | 404), "{path}: {answer}");
            assert!(answer.contains(r#""error""#), "{path}: {answer}");
        }
    }

    async fn the_server_goes_by_its_own_name_alone(t: TestApp) {
        let team = Team::start(t).await;
        let t = &team.t;
        for (line, host) in [
            ("GET /w/team", "evil.example"),
            ("GET /w/team", "localhost@evil.example"),
            ("GET /w/team", "localhost:80@evil.example"),
            ("GET /w/team", "evil.example#localhost"),
            ("GET /w/team", ""),
            ("GET http://evil.example/w/team", "localhost"),
            ("GET http://evil.example/sign-in", "evil.example"),
            ("GET //evil.example/w/team", "localhost"),
            ("GET /\\evil.example", "localhost"),
            ("GET /sign-in?next=//evil.example", "localhost"),
            ("GET /sign-in?next=https:evil.example", "localhost"),
            ("GET /.well-known/oauth-authorization-server", "evil.example"),
            ("GET /api/openapi.json", "evil.example"),
        ] {
            let forwarded = "x-forwarded-host: evil.example\r\nx-forwarded-proto: https\r\nx-forwarded-prefix: //evil.example\r\n";
            let answer = ask(t, line, format!("host: {host}\r\n{forwarded}").as_bytes()).await;
            let lower = answer.to_ascii_lowercase();
            assert!((200..500).contains(&status(&answer)), "{line} {host}: {answer}");
            assert!(!lower.contains("location: http") && !lower.contains("location: //"), "{line} {host}: {answer}");
            assert!(!lower.contains("strict-transport-security"), "{line} {host}: {answer}");
            assert!(!lower.contains("href=\"//evil") && !lower.contains("http://evil") && !lower.contains("https://evil"), "{line} {host}: {answer}");
        }
    }

    async fn of_two_authorizations_neither_counts(t: TestApp) {
        let team = Team::start(t).await;
        let (ours, theirs) = (team.token(team.owner).await, "tf_nothing");
        for (first, second) in [(ours.as_str(), theirs), (theirs, ours.as_str()), (ours.as_str(), ours.as_str())] {
            let headers = format!("host: localhost\r\nauthorization: Bearer {first}\r\nauthorization: Bearer {second}\r\n");
            let answer = ask(&team.t, "GET /api/v1/workspaces", headers.as_bytes()).await;
            assert_eq!(status(&answer), 401, "{answer}");
        }
        let headers = format!("host: localhost\r\nauthorization: Bearer {ours}, Bearer {ours}\r\n");
        let answer = ask(&team.t, "GET /api/v1/workspaces", headers.as_bytes()).await;
        assert_eq!(status(&answer), 401, "{answer}");
    }

    async fn an_address_of_any_length_is_answered(t: TestApp) {
        for length in [1_000, 10_000, 60_000, 200_000] {
            let long = "x".repeat(length);
            for path in [format!("/{long}"), format!("/api/v1/workspaces?{long}=1"), format!("/w/team/{}", "a/".repeat(length / 2))] {
                let answer = ask(&t, &format!("GET {path}"), b"host: localhost\r\n").await;
                let status = status(&answer);
                assert!((300..500).contains(&status) || answer.is_empty(), "{length}: {status}");
            }
        }
        assert_eq!(t.anonymous().get("/health").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_header_says_who_somebody_is_or_what_they_ask() {
    let team = Team::start(TestApp::start(Engine::Sqlite).await).await;
    let t = &team.t;
    let user = team.owner;
    let host = "host: localhost\r\n";
    for header in [
        format!("x-user-id: {user}"),
        format!("x-forwarded-user: {user}"),
        "x-original-url: /api/v1/auth/sessions".to_owned(),
        "x-rewrite-url: /api/v1/auth/sessions".to_owned(),
        "authorization: Basic b2xpdmVAZXhhbXBsZS5vcmc6ZGlmZmVyZW5jZSBlbmdpbmU=".to_owned(),
        "authorization: Bearer".to_owned(),
        "authorization: Bearer null".to_owned(),
        format!("authorization: Bearer {user}"),
        format!("cookie: teamflow_access={user}; teamflow_session={user}"),
        "cookie: teamflow_access=; teamflow_session=".to_owned(),
        "x-forwarded-for: 127.0.0.1".to_owned(),
        "forwarded: for=127.0.0.1;host=evil.example;proto=https".to_owned(),
    ] {
        let headers = format!("{host}{header}\r\n");
        let answer = ask(t, "GET /api/v1/workspaces", headers.as_bytes()).await;
        assert_eq!(status(&answer), 401, "{header}: {answer}");
    }
    // Nobody's word for the host or the method is taken.
    let headers = format!("{host}x-forwarded-host: evil.example\r\nx-forwarded-proto: https\r\n");
    let page = ask(t, "GET /sign-in", headers.as_bytes()).await;
    assert!(status(&page) == 200 && !page.contains("evil.example"));
    let token = team.token(team.owner).await;
    team.commit(team.owner, team.create(1, "kept"))
        .await
        .unwrap();
    let path = format!("/api/v1/tasks/{}", crate::sync::task(1));
    for header in [
        "x-http-method-override: DELETE",
        "x-http-method: DELETE",
        "x-method-override: DELETE",
    ] {
        let headers = format!("{host}authorization: Bearer {token}\r\n{header}\r\n");
        let answer = ask(t, &format!("GET {path}?_method=DELETE"), headers.as_bytes()).await;
        assert!(matches!(status(&answer), 200 | 400), "{header}: {answer}");
        let answer = ask(t, &format!("POST {path}"), headers.as_bytes()).await;
        assert_eq!(status(&answer), 405, "{header}: {answer}");
    }
    let headers = format!("{host}authorization: Bearer {token}\r\n");
    assert_eq!(
        status(&ask(t, &format!("GET {path}"), headers.as_bytes()).await),
        200
    );
    for method in ["TRACE", "CONNECT", "PROPFIND", "get", "GET\u{b}"] {
        let answer = ask(t, &format!("{method} {path}"), headers.as_bytes()).await;
        assert!((400..500).contains(&status(&answer)), "{method}: {answer}");
        assert!(!answer.contains(&token), "{method} gives nothing back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_servers_could_read_differently_is_refused() {
    let t = TestApp::start(Engine::Sqlite).await;
    let two = |first: &str, second: &str| format!("{first}\r\n{second}\r\n");
    for headers in [
        two("host: localhost", "host: evil.example"),
        two("host: localhost", "host: localhost"),
        two(
            "host: localhost",
            "transfer-encoding: chunked\r\ncontent-length: 4",
        ),
        two("host: localhost", "content-length: 4\r\ncontent-length: 5"),
        two("host: localhost", "content-length: +4"),
        two("host: localhost", "content-length: 0x4"),
        two("host: localhost", "transfer-encoding: xchunked"),
        two(
            "host: localhost",
            "transfer-encoding: identity, chunked, identity",
        ),
        two("host : localhost", "a: b"),
        two("host: localhost", " folded: line"),
        two("host: localhost", "na\0me: value"),
        two("host: localhost", "name: val\0ue"),
        two("host: localhost", "na me: value"),
    ] {
        let mut bytes = b"POST /api/v1/auth/sign-in HTTP/1.1\r\n".to_vec();
        bytes.extend_from_slice(headers.as_bytes());
        bytes.extend_from_slice(
            b"connection: close\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n",
        );
        let answer = raw(&t, &bytes).await;
        assert!(
            answer.is_empty() || (400..500).contains(&status(&answer)),
            "{headers:?}: {answer}"
        );
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            usize::from(!answer.is_empty()),
            "{headers:?}: {answer}"
        );
    }
    let no_host = raw(&t, b"GET /health HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert_eq!(status(&no_host), 400, "{no_host}");
    let latin = ask(
        &t,
        "GET /api/v1/workspaces",
        b"host: localhost\r\nauthorization: Bearer \xff\xfe\r\n",
    )
    .await;
    assert_eq!(status(&latin), 401, "{latin}");
    for garbage in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = raw(&t, garbage).await;
        assert!(
            answer.is_empty() || (400..500).contains(&status(&answer)),
            "{garbage:?}: {answer}"
        );
    }
    assert_eq!(t.anonymous().get("/health").await.status, 200);
}

/// Files that are two things at once, or no export at all, at the door that takes files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_export_is_refused_and_never_given_back() {
    let setup = Setup::new(Engine::Sqlite);
    let team = Team::start(setup.start().await).await;
    let olive = team.t.user("olive@example.org").await;
    let bomb = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0\0\0!\0....../../../../etc/passwd".to_vec();
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#.to_vec();
    let mut polyglot = b"GIF89a/*".to_vec();
    polyglot.extend_from_slice(br#"*/=1;{"name":"x","lists":[],"cards":[]}"#);
    let path = format!("/imports/trello/preview?workspace={}", team.workspace);
    for (kind, bytes) in [
        ("application/zip", zip),
        ("image/svg+xml", svg),
        ("application/json", polyglot),
        ("application/json", bomb.into_bytes()),
        ("text/html", b"<script>alert(1)</script>".to_vec()),
        ("application/json", b"{\"name\":\"\0\"}".to_vec()),
        ("application/json", b"{\"name\":\"\xff\xfe\"}".to_vec()),
        ("application/json", Vec::new()),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]).into_owned();
        let request = olive
            .request(Method::POST, &path)
            .header("content-type", kind)
            .body(bytes);
        let answer = olive.send(request).await;
        assert!(
            (400..500).contains(&answer.status),
            "{shown}: {} {}",
            answer.status,
            answer.text()
        );
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("application/json"),
            "{shown}"
        );
        assert!(
            !answer.text().contains("<script>"),
            "{shown}: {}",
            answer.text()
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(
        olive
            .post("/imports/trello/preview", json!({}))
            .await
            .status
            / 100,
        4
    );
}
