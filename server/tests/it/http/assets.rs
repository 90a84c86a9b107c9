//! The built browser files.

use crate::harness::{Engine, MODULE, Setup, TestApp, on_both_engines, packed};
use insta::assert_snapshot;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, IF_MODIFIED_SINCE, RANGE};
use server::clock::Clock;
use server::config::Config;
use server::http::Server;
use server::http::assets::Manifest;
use server::rng::Rng;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Sends a path as it is: clients would tidy it up.
fn raw_get(t: &TestApp, path: &str) -> String {
    let mut stream = TcpStream::connect(t.address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

on_both_engines! {
    async fn names_with_a_hash_are_kept_for_ever_and_others_are_asked_about(t: TestApp) {
        let client = t.anonymous();
        for path in ["/pkg/teamflow-1.js", "/pkg/teamflow-1.wasm", "/pkg/inter-1.woff2"] {
            let answer = client.get(path).await;
            let cache = answer.header("cache-control");
            assert_eq!(cache, Some("public, max-age=31536000, immutable"), "{path}");
        }
        for path in ["/pkg/manifest.json", "/favicon.svg", "/robots.txt"] {
            let answer = client.get(path).await;
            assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
            let since = answer.header("last-modified").unwrap();
            let again = client.request(Method::GET, path).header(IF_MODIFIED_SINCE, since);
            assert_eq!(client.send(again).await.status, 304, "{path}");
        }
        let missing = client.get("/pkg/teamflow-2.js").await;
        assert_eq!(missing.summary(), "404 not_found");
        assert_eq!(missing.header("cache-control"), None);
    }

    async fn the_service_worker_lists_what_this_build_is_made_of(t: TestApp) {
        let client = t.anonymous();
        let worker = client.get("/sw.js").await;
        assert_eq!(worker.header("cache-control"), Some("no-cache"));
        assert_eq!(worker.header("content-type"), Some("text/javascript; charset=utf-8"));
        for file in ["/pkg/teamflow-1.js", "/pkg/teamflow-1.wasm", "/favicon.svg", "/app-shell"] {
            assert!(worker.text().contains(&format!("\"{file}\"")), "{file}");
        }
        assert!(!worker.text().contains("robots.txt"));
    }

    async fn the_kept_document_holds_nothing_of_anybody(t: TestApp) {
        let client = t.anonymous();
        let document = client.get("/app-shell").await;
        assert_eq!(document.status, 200);
        assert_eq!(document.header("cache-control"), Some("no-cache"));
        assert!(document.text().contains("/pkg/teamflow-1.js"), "{}", document.text());
        assert!(!document.text().contains("id=\"seed\""), "{}", document.text());
    }

    async fn files_have_the_types_that_browsers_insist_on(t: TestApp) {
        let client = t.anonymous();
        for (path, kind) in [
            ("/pkg/teamflow-1.js", "text/javascript"),
            ("/pkg/teamflow-1.wasm", "application/wasm"),
            ("/pkg/teamflow-1.css", "text/css"),
            ("/pkg/inter-1.woff2", "font/woff2"),
            ("/favicon.svg", "image/svg+xml"),
        ] {
            assert_eq!(client.get(path).await.header("content-type"), Some(kind), "{path}");
        }
    }

    async fn the_compressed_file_is_sent_to_whoever_takes_it(t: TestApp) {
        let client = t.anonymous();
        let take = async |encodings: &str| {
            let request = client.request(Method::GET, "/pkg/teamflow-1.js");
            client.send(request.header(ACCEPT_ENCODING, encodings)).await
        };
        let brotli = take("gzip, br").await;
        assert_eq!(brotli.body, packed(MODULE));
        assert_eq!(brotli.header("content-encoding"), Some("br"));
        assert_eq!(brotli.header("content-type"), Some("text/javascript"));
        assert_eq!(brotli.header("vary"), Some("accept-encoding"));
        // The others get it unpacked, though it is not kept so.
        for encodings in ["identity", "br;q=0"] {
            let plain = take(encodings).await;
            assert_eq!(plain.text(), MODULE, "{encodings}");
            assert_eq!(plain.header("content-encoding"), None, "{encodings}");
            assert_eq!(plain.header("content-type"), Some("text/javascript"), "{encodings}");
            assert_eq!(plain.header("vary"), Some("accept-encoding"), "{encodings}");
        }
        let gzip = take("gzip").await;
        assert_eq!(gzip.header("content-encoding"), Some("gzip"));
        assert_eq!(gzip.body[..2], [0x1f, 0x8b]);
        let part = client.request(Method::GET, "/pkg/teamflow-1.js").header(RANGE, "bytes=0-3");
        assert_eq!(client.send(part).await.text(), MODULE);
    }

    async fn what_is_kept_compressed_is_unpacked_once(t: TestApp) {
        let client = t.anonymous();
        let path = "/pkg/teamflow-1.js";
        assert_eq!(client.get(path).await.text(), MODULE);
        // What stands there now cannot be unpacked, so it is not.
        fs::write(t.dir().join("site/pkg/teamflow-1.js.br"), "no Brotli").unwrap();
        let again = client.get(path).await;
        assert_eq!(again.text(), MODULE);
        assert_eq!(again.header("content-length"), Some(MODULE.len().to_string().as_str()));
        let head = client.send(client.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.header("content-encoding")), (200, None));
    }

    async fn what_the_build_does_not_name_is_not_looked_for(t: TestApp) {
        fs::write(t.dir().join("site/notes.txt"), "notes").unwrap();
        let client = t.anonymous();
        for path in ["/notes.txt", "/pkg/%74eamflow-1.js", "/pkg//teamflow-1.js"] {
            assert_eq!(client.get(path).await.summary(), "404 not_found", "{path}");
        }
    }

    async fn no_path_leaves_the_site(t: TestApp) {
        fs::write(t.dir().join("secret.txt"), "secret").unwrap();
        for path in [
            "/../secret.txt",
            "/pkg/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/pkg/%2e%2e%2f%2e%2e%2fsecret.txt",
            "/..\\secret.txt",
            "/..%5csecret.txt",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/pkg/%00",
            "/pkg",
            "/pkg/",
        ] {
            let answer = raw_get(&t, path);
            let status = answer.split(' ').nth(1).unwrap();
            assert!(matches!(status, "404" | "400"), "{path}: {answer}");
            assert!(!answer.contains("secret\n") && !answer.ends_with("secret"), "{path}");
            assert!(!answer.contains("root:"), "{path}");
        }
    }

    async fn a_page_of_the_build_before_finds_its_files_for_thirty_days(engine: Engine) {
        const DAY: Duration = Duration::from_hours(24);
        let mut first = TestApp::start(engine).await;
        // It was in use for long after it was installed.
        first.advance(DAY * 40);
        first.app.site.keep(first.app.clock.now()).await;
        first.stop().await;
        let mut second = Setup::new(engine).after(&first, 2).start().await;
        let client = second.anonymous();
        for path in ["/pkg/teamflow-1.js", "/pkg/teamflow-2.js"] {
            let request = client.request(Method::GET, path);
            let module = client.send(request.header(ACCEPT_ENCODING, "br")).await;
            assert_eq!(module.body, packed(MODULE), "{path}");
            assert_eq!(module.header("content-encoding"), Some("br"), "{path}");
            assert_eq!(module.header("vary"), Some("accept-encoding"), "{path}");
            let plain = client.get(path).await;
            assert_eq!(plain.text(), MODULE, "{path}");
            assert_eq!(plain.header("content-type"), Some("text/javascript"), "{path}");
            let cache = plain.header("cache-control");
            assert_eq!(cache, Some("public, max-age=31536000, immutable"), "{path}");
        }
        assert!(client.get("/pkg/manifest.json").await.text().contains("teamflow-2"));
        fs::write(second.data_dir().join("assets/pkg/.teamflow-1.js"), "half of").unwrap();
        fs::write(second.data_dir().join("assets/secret.txt"), "secret").unwrap();
        for path in ["/pkg/.teamflow-1.js", "/pkg/..%2fsecret.txt", "/secret.txt", "/pkg/"] {
            let answer = raw_get(&second, path);
            assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        }
        let statuses = async |t: &TestApp| {
            let mut statuses = Vec::new();
            for name in ["teamflow-1.js", "teamflow-1.wasm", "inter-1.woff2", "teamflow-2.js"] {
                statuses.push(t.anonymous().get(&format!("/pkg/{name}")).await.status);
            }
            statuses
        };
        second.advance(DAY * 70);
        second.app.site.keep(second.app.clock.now()).await;
        assert_eq!(statuses(&second).await, [200; 4], "thirty days are not over");
        second.advance(Duration::from_millis(1));
        second.app.site.keep(second.app.clock.now()).await;
        assert_eq!(statuses(&second).await, [404, 404, 200, 200]);
        second.stop().await;
        let third = Setup::new(engine).after(&second, 3).start().await;
        assert_eq!(statuses(&third).await, [404, 404, 200, 200]);
    }

    async fn a_data_folder_that_takes_no_files_keeps_nobody_out(engine: Engine) {
        let mut first = TestApp::start(engine).await;
        first.stop().await;
        let kept = first.data_dir().join("assets");
        fs::remove_dir_all(&kept).unwrap();
        fs::write(&kept, "in the way").unwrap();
        let second = Setup::new(engine).after(&first, 2).start().await;
        assert_eq!(second.anonymous().get("/pkg/teamflow-2.js").await.status, 200);
        let missing = second.anonymous().get("/pkg/teamflow-1.js").await;
        assert_eq!(missing.summary(), "404 not_found");
    }

    async fn a_file_is_read_and_never_written(t: TestApp) {
        let client = t.anonymous();
        let head = client.send(client.request(Method::HEAD, "/robots.txt")).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let answer = client.send(client.request(method, "/robots.txt")).await;
            assert_eq!(answer.summary(), "404 not_found");
        }
    }

    async fn pages_reload_while_developing_alone(engine: Engine) {
        let off = TestApp::start(engine).await;
        assert_eq!(off.anonymous().get("/__dev/reload").await.summary(), "404 not_found");
        let on = Setup::new(engine).var("TEAMFLOW_DEV_RELOAD", "1").start().await;
        let client = on.anonymous();
        let mut stream = client.request(Method::GET, "/__dev/reload").send().await.unwrap();
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let first = stream.chunk().await.unwrap().unwrap();
        assert!(first.starts_with(b"event: started"), "{first:?}");
        on.app.shutdown.cancel();
        while stream.chunk().await.unwrap().is_some() {}
    }
}

#[tokio::test]
async fn without_a_site_the_server_says_how_to_build_one() {
    let dir = tempfile::tempdir().unwrap();
    let vars = BTreeMap::from([
        ("TEAMFLOW_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ("TEAMFLOW_SITE_DIR".to_owned(), "/nowhere".to_owned()),
        (
            "TEAMFLOW_DATA_DIR".to_owned(),
            dir.path().display().to_string(),
        ),
    ]);
    let config = Config::read(&vars, None).unwrap();
    let error = Server::bind(config, Clock::system(), Rng::system())
        .await
        .err()
        .unwrap();
    assert_snapshot!(error, @"there is no site in /nowhere (TEAMFLOW_SITE_DIR): build the site with `cargo xtask build`");
    fs::create_dir(dir.path().join("pkg")).unwrap();
    fs::write(dir.path().join("pkg/manifest.json"), "{").unwrap();
    let error = Manifest::load(dir.path()).err().unwrap().to_string();
    assert!(error.contains("build the site again"), "{error}");
}
