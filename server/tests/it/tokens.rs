//! Personal access tokens.

use crate::harness::{Engine, START, Setup, TestApp, on_both_engines};
use axum::Router;
use axum::routing::get;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE};
use server::accounts::{User, identity};
use server::app::App;
use server::http::Error;
use server::http::extract::{SignedIn, Via};
use server::tokens::{self, TokenSecret};
use shared::codes::Code;
use shared::ids::TokenId;
use shared::values::{Name, Time};
use std::time::Duration;

fn whoami() -> Router<App> {
    let who = |who: SignedIn| async move { who.email.to_string() };
    let maybe = |_: Option<SignedIn>| async { "fine" };
    Router::new()
        .route("/test/who", get(who))
        .route("/test/maybe", get(maybe))
}

async fn start(engine: Engine) -> TestApp {
    Setup::new(engine).routes(whoami()).start().await
}

async fn create(t: &TestApp, user: &User, expires_at: Option<Time>) -> (TokenId, TokenSecret) {
    let name = Name::parse("Backup script").unwrap();
    let (token, secret) = tokens::create(&t.app, user.id, name, expires_at)
        .await
        .unwrap();
    (token.id, secret)
}

/// What the server answers to a Bearer token.
async fn ask(t: &TestApp, authorization: &str) -> String {
    let client = t.anonymous();
    let request = client
        .request(Method::GET, "/test/who")
        .header(AUTHORIZATION, authorization);
    client.send(request).await.summary()
}

on_both_engines! {
    async fn a_token_says_who_asks(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (_, secret) = create(&t, &ada, None).await;
        assert!(secret.as_str().starts_with("tf_"));
        assert_eq!(t.token("ada@example.org").await.get("/test/who").await.text(), "ada@example.org");
        assert_eq!(ask(&t, &format!("bearer {}", secret.as_str())).await, "200");
        for bad in ["Bearer tf_guessed", "Bearer ", "Basic YTpi", secret.as_str()] {
            assert_eq!(ask(&t, bad).await, "401 unauthenticated", "{bad}");
        }
    }

    async fn a_worthless_token_is_refused_even_where_nobody_may_ask(engine: Engine) {
        let t = start(engine).await;
        let client = t.anonymous();
        assert_eq!(client.get("/test/maybe").await.text(), "fine");
        let request = client.request(Method::GET, "/test/maybe").bearer_auth("tf_guessed");
        assert_eq!(client.send(request).await.summary(), "401 unauthenticated");
    }

    async fn a_token_is_no_cookie_and_a_cookie_no_token(engine: Engine) {
        let t = start(engine).await;
        let (ada, session) = t.sign_up("ada@example.org").await;
        let (_, secret) = create(&t, &ada, None).await;
        assert_eq!(ask(&t, &format!("Bearer {}", session.as_str())).await, "401 unauthenticated");
        assert_eq!(ask(&t, &format!("Bearer {}", secret.as_str())).await, "200");
        // Now that both are in the cache.
        t.browser(&session).get("/test/who").await;
        assert_eq!(ask(&t, &format!("Bearer {}", session.as_str())).await, "401 unauthenticated");
        let client = t.anonymous();
        let cookie = format!("teamflow_session={}", secret.as_str());
        let request = client.request(Method::GET, "/test/who").header(COOKIE, cookie);
        assert_eq!(client.send(request).await.summary(), "401 unauthenticated");
    }

    async fn a_token_ends_when_it_was_to_end(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (_, secret) = create(&t, &ada, Some(Time(START.0 + 60_000))).await;
        let bearer = format!("Bearer {}", secret.as_str());
        assert_eq!(ask(&t, &bearer).await, "200");
        t.advance(Duration::from_mins(1));
        assert_eq!(ask(&t, &bearer).await, "401 unauthenticated");
    }

    async fn a_deleted_token_is_worth_nothing_at_once(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (ben, _) = t.sign_up("ben@example.org").await;
        let (id, secret) = create(&t, &ada, None).await;
        let bearer = format!("Bearer {}", secret.as_str());
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(AUTHORIZATION, bearer.parse().unwrap());
        let who = identity::of_request(&t.app, &headers).await.unwrap().unwrap();
        assert_eq!(who.via, Via::Token(id));
        assert!(who.is_still_good(&t.app).await);

        let theirs = tokens::delete(&t.app, ben.id, id).await;
        assert!(matches!(theirs, Err(Error::Refused(r)) if r.code == Code::NotFound));
        assert_eq!(ask(&t, &bearer).await, "200");
        tokens::delete(&t.app, ada.id, id).await.unwrap();
        assert_eq!(ask(&t, &bearer).await, "401 unauthenticated");
        assert!(!who.is_still_good(&t.app).await);
    }

    async fn tokens_are_listed_newest_first_without_their_secrets(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (first, secret) = create(&t, &ada, None).await;
        t.advance(Duration::from_secs(1));
        let (second, _) = create(&t, &ada, Some(Time(START.0 + 60_000))).await;
        ask(&t, &format!("Bearer {}", secret.as_str())).await;
        t.app.tasks.close();
        t.app.tasks.wait().await;
        let list = tokens::list(&t.app, ada.id).await.unwrap();
        let seen: Vec<_> = list
            .iter()
            .map(|token| (token.id, token.expires_at, token.last_used_at))
            .collect();
        let later = Time(START.0 + 1_000);
        let expected =
            [(second, Some(Time(START.0 + 60_000)), None), (first, None, Some(later))];
        assert_eq!(seen, expected);
    }

    async fn there_is_a_limit_of_tokens(engine: Engine) {
        let t = start(engine).await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        for _ in 0..tokens::TOKENS_MAX {
            create(&t, &ada, None).await;
        }
        let name = Name::parse("One more").unwrap();
        let refused = tokens::create(&t.app, ada.id, name, None).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::NotAllowed));
        assert_eq!(tokens::list(&t.app, ada.id).await.unwrap().len(), 100);
    }
}
