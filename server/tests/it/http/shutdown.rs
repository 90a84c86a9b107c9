//! Stopping loses nothing that has begun.

use crate::harness::{Engine, Setup, TestApp, on_both_engines};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use server::app::App;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

async fn stopped(t: &mut TestApp) {
    (&mut t.serving).await.unwrap().unwrap();
}

on_both_engines! {
    async fn a_request_that_has_begun_is_answered(engine: Engine) {
        let (began, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (began, go_on) = (Arc::clone(&began), Arc::clone(&go_on));
            async move || {
                began.notify_one();
                go_on.notified().await;
                "done"
            }
        };
        let routes = Router::new().route("/test/slow", get(handler));
        let mut t = Setup::new(engine).routes(routes).start().await;
        let client = t.anonymous();
        let request = tokio::spawn(async move { client.get("/test/slow").await });
        began.notified().await;
        t.app.shutdown.cancel();
        // The listener closes while the request is still under way.
        while TcpStream::connect(t.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!t.serving.is_finished());
        go_on.notify_one();
        assert_eq!(request.await.unwrap().text(), "done");
        stopped(&mut t).await;
    }

    async fn a_task_that_has_begun_comes_to_its_end(engine: Engine) {
        let finished = Arc::new(AtomicBool::new(false));
        let mut t = TestApp::start(engine).await;
        let (app, flag) = (t.app.clone(), Arc::clone(&finished));
        t.app.tasks.spawn(async move {
            app.shutdown.cancelled().await;
            // Longer than closing an idle server takes, if it did not wait.
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            app.db.read().await.unwrap();
            flag.store(true, Ordering::SeqCst);
        });
        t.app.shutdown.cancel();
        stopped(&mut t).await;
        assert!(finished.load(Ordering::SeqCst));
        assert!(t.app.db.read().await.is_err(), "the pools are closed");
    }

    async fn half_a_request_keeps_nobody_waiting(engine: Engine) {
        let (began, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (began, go_on) = (Arc::clone(&began), Arc::clone(&go_on));
            async move || {
                began.notify_one();
                go_on.notified().await;
                "done"
            }
        };
        let routes = Router::new().route("/test/slow", get(handler));
        // So late that the server would give up before.
        let setup = Setup::new(engine).var("TEAMFLOW_HEADER_TIMEOUT_SECONDS", "3600");
        let mut t = setup.routes(routes).start().await;
        let client = t.anonymous();
        let request = tokio::spawn(async move { client.get("/test/slow").await });
        began.notified().await;
        let mut halves = Vec::new();
        let host = format!("Host: {}\r\n", t.address);
        let whole = format!("GET /health HTTP/1.1\r\n{host}\r\n");
        for sent in ["", "GET /", "GET /health HTTP/1.1\r\n", &format!("{whole}GET /health HTTP/1.1\r\nHo")] {
            let mut half = TcpStream::connect(t.address).await.unwrap();
            half.write_all(sent.as_bytes()).await.unwrap();
            if sent.starts_with(&whole) {
                // It was heard, with what came along.
                half.readable().await.unwrap();
            }
            halves.push(half);
        }
        t.app.shutdown.cancel();
        for mut half in halves {
            let mut rest = Vec::new();
            // An end, or a reset where something was not read.
            let _ended = half.read_to_end(&mut rest).await;
        }
        assert!(!t.serving.is_finished() && !request.is_finished());
        go_on.notify_one();
        assert_eq!(request.await.unwrap().text(), "done");
        stopped(&mut t).await;
    }

    async fn an_idle_connection_does_not_keep_the_server_up(engine: Engine) {
        let routes = Router::new().route(
            "/test/stop",
            get(async |State(app): State<App>| app.shutdown.cancel()),
        );
        let mut t = Setup::new(engine).routes(routes).start().await;
        let client = t.anonymous();
        let _idle = TcpStream::connect(t.address).await.unwrap();
        assert_eq!(client.get("/test/stop").await.status, 200);
        stopped(&mut t).await;
    }
}
