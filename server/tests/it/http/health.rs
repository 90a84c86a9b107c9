//! `/health` and `/ready`.

use crate::harness::{TestApp, on_both_engines};
use axum::body::Body;
use axum::http::Request;
use server::http::router::router;
use tower::ServiceExt as _;

/// Asks without a connection: a server that stops takes none.
async fn status(t: &TestApp, path: &str) -> u16 {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let router = router(&t.app, axum::Router::new());
    router.oneshot(request).await.unwrap().status().as_u16()
}

on_both_engines! {
    async fn a_server_with_its_database_is_healthy_and_ready(t: TestApp) {
        let client = t.anonymous();
        assert_eq!(client.get("/health").await.text(), r#"{"status":"ok"}"#);
        assert_eq!(client.get("/ready").await.text(), r#"{"status":"ready"}"#);
    }

    async fn without_its_database_it_lives_but_is_not_ready(t: TestApp) {
        t.app.db.close().await;
        let client = t.anonymous();
        assert_eq!(client.get("/health").await.status, 200);
        assert_eq!(client.get("/ready").await.summary(), "503 unavailable");
    }

    async fn before_it_stops_it_answers_but_is_not_ready(t: TestApp) {
        t.app.draining.cancel();
        let client = t.anonymous();
        assert_eq!(client.get("/ready").await.summary(), "503 unavailable");
        assert_eq!(client.get("/health").await.status, 200);
    }

    async fn while_it_stops_it_lives_but_is_not_ready(t: TestApp) {
        assert_eq!(status(&t, "/ready").await, 200);
        t.app.shutdown.cancel();
        assert_eq!(status(&t, "/ready").await, 503);
        assert_eq!(status(&t, "/health").await, 200);
    }
}
