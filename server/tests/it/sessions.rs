//! Sessions: what a cookie is worth, and how long.

use crate::harness::{Engine, PASSWORD, START, Setup, TestApp, on_both_engines};
use axum::Router;
use axum::routing::get;
use reqwest::Method;
use reqwest::header::COOKIE;
use server::accounts::{self, Credentials};
use server::app::App;
use server::http::extract::{SignedIn, Via};
use server::on_engine;
use server::sessions;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);
const MOMENT: Duration = Duration::from_millis(1);

fn whoami() -> Router<App> {
    let who = |who: SignedIn| async move { who.email.to_string() };
    let maybe = |who: Option<SignedIn>| async move {
        who.map_or_else(|| "nobody".to_owned(), |who| who.email.to_string())
    };
    Router::new()
        .route("/test/who", get(who))
        .route("/test/maybe", get(maybe))
}

async fn start(engine: Engine) -> TestApp {
    Setup::new(engine).routes(whoami()).start().await
}

/// Waits for what requests left to do, and then counts the sessions and reads when they were last seen.
async fn last_seen(t: &TestApp) -> Vec<i64> {
    t.app.tasks.close();
    t.app.tasks.wait().await;
    t.app.tasks.reopen();
    let mut read = t.app.db.read().await.unwrap();
    on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select last_seen_at from sessions order by id")
            .fetch_all(c)
            .await
    })
    .unwrap()
}

on_both_engines! {
    async fn a_cookie_says_who_asks(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        assert_eq!(ada.get("/test/who").await.text(), "ada@example.org");
        assert_eq!(ada.get("/test/maybe").await.text(), "ada@example.org");
        let nobody = t.anonymous();
        assert_eq!(nobody.get("/test/who").await.summary(), "401 unauthenticated");
        assert_eq!(nobody.get("/test/maybe").await.text(), "nobody");
        for cookie in ["teamflow_session=", "teamflow_session=guessed", "other=1"] {
            let request = nobody.request(Method::GET, "/test/maybe").header(COOKIE, cookie);
            assert_eq!(nobody.send(request).await.text(), "nobody", "{cookie}");
        }
    }

    async fn a_session_ends_after_its_days(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        t.advance((DAY * 30).saturating_sub(MOMENT));
        assert_eq!(ada.get("/test/who").await.status, 200);
        t.advance(MOMENT);
        assert_eq!(ada.get("/test/who").await.summary(), "401 unauthenticated");
        // Signing in again clears away what is over.
        t.sign_in("ada@example.org").await;
        assert_eq!(last_seen(&t).await.len(), 1);
    }

    async fn signing_out_ends_one_session_at_once(engine: Engine) {
        let t = start(engine).await;
        let (desk, phone) = (t.user("ada@example.org").await, t.user("ada@example.org").await);
        assert_eq!(desk.get("/test/who").await.status, 200);
        assert_eq!(phone.get("/test/who").await.status, 200);
        let credentials = Credentials {
            email: "ada@example.org".into(),
            password: PASSWORD.into(),
            user_agent: Some("x".repeat(10_000)),
        };
        let (_, token) = accounts::sign_in(&t.app, credentials).await.unwrap();
        let laptop = t.browser(&token);
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(COOKIE, format!("teamflow_session={}", token.as_str()).parse().unwrap());
        let who = accounts::identity::of_request(&t.app, &headers).await.unwrap().unwrap();
        let Via::Session(id) = who.via else { panic!("a cookie is a session") };
        assert!(who.is_still_good(&t.app).await);

        sessions::sign_out(&t.app, id).await.unwrap();
        assert_eq!(laptop.get("/test/who").await.summary(), "401 unauthenticated");
        assert!(!who.is_still_good(&t.app).await);
        assert_eq!(desk.get("/test/who").await.status, 200);
        // Once more does no harm.
        sessions::sign_out(&t.app, id).await.unwrap();
    }

    async fn when_a_session_was_seen_is_written_every_five_minutes(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        t.advance((MINUTE * 5).saturating_sub(MOMENT));
        ada.get("/test/who").await;
        assert_eq!(last_seen(&t).await, [START.0]);
        t.advance(MOMENT);
        ada.get("/test/who").await;
        ada.get("/test/who").await;
        let seen = START.0 + 5 * 60 * 1000;
        assert_eq!(last_seen(&t).await, [seen]);
        t.advance(MINUTE);
        ada.get("/test/who").await;
        assert_eq!(last_seen(&t).await, [seen]);
    }

    async fn over_tls_the_cookie_is_bound_to_the_host(engine: Engine) {
        let setup = Setup::new(engine).routes(whoami());
        let t = setup.var("TEAMFLOW_PUBLIC_URL", "https://tasks.example.org").start().await;
        let (_, token) = t.sign_up("ada@example.org").await;
        let cookie = sessions::cookie(&t.app, &token);
        assert!(cookie.starts_with("__Host-teamflow_session="), "{cookie}");
        assert!(cookie.ends_with("; Secure"), "{cookie}");
        assert!(sessions::removal_cookie(&t.app).contains("=; "));
        let client = t.anonymous();
        for (name, status) in [("__Host-teamflow_session", 200), ("teamflow_session", 401)] {
            let request = client.request(Method::GET, "/test/who");
            let request = request.header(COOKIE, format!("{name}={}", token.as_str()));
            assert_eq!(client.send(request).await.status, status, "{name}");
        }
    }
}
