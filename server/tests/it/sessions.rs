//! Sessions: what a cookie is worth, and how long; exchanging secrets, and what becomes of stolen ones.

use crate::harness::{
    Answer, Client, Engine, PASSWORD, START, Setup, TestApp, on_both_engines, skipped,
};
use crate::links::form;
use crate::second_steps::turned_on;
use axum::Router;
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, encode};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE};
use serde_json::{Value, json};
use server::accounts::{self, Credentials};
use server::app::App;
use server::http::extract::{SignedIn, Via};
use server::on_engine;
use server::sessions::{self, ACCESS_LIFETIME, Entrance, Kind, SessionToken, revoked};
use server::signing_keys;
use server::tokens::{self, Wanted};
use shared::ids::SessionId;
use shared::values::Name;
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

async fn seen(t: &TestApp) -> Vec<i64> {
    let mut read = t.app.db.read().await.unwrap();
    on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select last_seen_at from sessions order by id")
            .fetch_all(c)
            .await
    })
    .unwrap()
}

async fn signed_in(t: &TestApp, email: &str, remember: bool) -> SessionToken {
    let credentials = Credentials {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        code: None,
        entrance: Entrance {
            remember,
            ..Entrance::browser(Some("x".repeat(10_000)))
        },
    };
    accounts::sign_in(&t.app, credentials).await.unwrap().1
}

/// A request with just these cookies.
async fn with(t: &TestApp, cookies: &str) -> Answer {
    let client = t.anonymous();
    let request = client
        .request(Method::GET, "/test/who")
        .header(COOKIE, cookies);
    client.send(request).await
}

/// A request with a session's secret alone, as when the access token is over.
async fn with_secret(t: &TestApp, secret: &str) -> Answer {
    with(t, &format!("teamflow_session={secret}")).await
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let start = format!("{name}=");
    let set = answer.headers.get_all("set-cookie").iter();
    let mut values = set.filter_map(|cookie| cookie.to_str().unwrap().strip_prefix(&start));
    let value = values.next()?.split(';').next().unwrap().to_owned();
    assert!(values.next().is_none(), "{name} is set once");
    Some(value)
}

fn next_secret(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    cookie(answer, "teamflow_session").unwrap()
}

fn session_of(access: &str) -> SessionId {
    let payload = access.split('.').nth(1).unwrap();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["sid"].as_str().unwrap().parse().unwrap()
}

/// A token as somebody makes it who takes a key that everybody can read for a shared secret.
pub(crate) fn by_secret(header: &Header, claims: &Value, secret: &[u8]) -> String {
    let part = |json: String| BASE64_URL_SAFE_NO_PAD.encode(json);
    let signed = format!(
        "{}.{}",
        part(json!(header).to_string()),
        part(claims.to_string())
    );
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

async fn bearer(client: &Client, token: &str) -> String {
    let request = client
        .request(Method::GET, "/test/who")
        .header(AUTHORIZATION, format!("Bearer {token}"));
    client.send(request).await.summary()
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
        for cookie in ["teamflow_session=", "teamflow_access=", "teamflow_access=a.b.c", "other=1"] {
            let answer = with(&t, cookie).await;
            assert_eq!(answer.summary(), "401 unauthenticated", "{cookie}");
            assert!(answer.header("set-cookie").is_none(), "{cookie}");
        }
        // A browser need not bring again what is worth nothing.
        let guessed = with_secret(&t, "guessed").await;
        assert_eq!(guessed.summary(), "401 unauthenticated");
        assert_eq!(cookie(&guessed, "teamflow_session").as_deref(), Some(""));
        assert_eq!(cookie(&guessed, "teamflow_access").as_deref(), Some(""));
    }

    async fn within_a_quarter_of_an_hour_the_database_is_not_asked(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        // No way to tell but by taking away what would be asked for.
        let mut tx = t.app.db.write().await.unwrap();
        on_engine!(tx.conn(), |c| {
            sqlx::query("delete from sessions").execute(c).await.unwrap();
        });
        tx.commit().await.unwrap();
        assert_eq!(ada.get("/test/who").await.status, 200);
        t.advance(ACCESS_LIFETIME);
        assert_eq!(ada.get("/test/who").await.summary(), "401 unauthenticated");
    }

    async fn a_session_is_exchanged_on_the_way_when_its_access_token_is_over(engine: Engine) {
        let t = start(engine).await;
        let (_, token) = t.sign_up("ada@example.org").await;
        let ada = t.browser(&token);
        t.advance(ACCESS_LIFETIME.saturating_sub(Duration::from_secs(1)));
        let answer = ada.get("/test/who").await;
        assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
        assert_eq!(seen(&t).await, [START.0]);
        t.advance(Duration::from_secs(1));
        let answer = ada.get("/test/who").await;
        assert_ne!(next_secret(&answer), token.as_str());
        assert_ne!(cookie(&answer, "teamflow_access").unwrap(), token.access());
        let at = START.0 + i64::try_from(ACCESS_LIFETIME.as_millis()).unwrap();
        assert_eq!(seen(&t).await, [at]);
        let answer = ada.get("/test/who").await;
        assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
        // Files are nobody's.
        t.advance(ACCESS_LIFETIME);
        assert_eq!(ada.get("/pkg/teamflow-1.js").await.header("set-cookie"), None);
        assert!(ada.get("/health").await.header("set-cookie").is_none());
    }

    async fn who_is_remembered_stays_longer_and_nobody_for_ever(engine: Engine) {
        let t = start(engine).await;
        t.sign_up("ada@example.org").await;
        for (remember, days) in [(true, 30), (false, 7)] {
            let token = signed_in(&t, "ada@example.org", remember).await;
            let set = sessions::cookie(&t.app, &token);
            assert_eq!(set.contains("Max-Age"), remember, "{set}");
            t.advance((DAY * days).saturating_sub(MOMENT));
            let token = next_secret(&with_secret(&t, token.as_str()).await);
            // Used, it lasts as long again.
            t.advance((DAY * days).saturating_sub(MOMENT));
            let token = next_secret(&with_secret(&t, &token).await);
            t.advance(DAY * days);
            assert_eq!(with_secret(&t, &token).await.summary(), "401 unauthenticated");
        }
        let mut token = signed_in(&t, "ada@example.org", true).await.as_str().to_owned();
        // Signing in again has cleared away what was over.
        assert_eq!(seen(&t).await.len(), 1);
        for _ in 0..8 {
            t.advance(DAY * 20);
            token = next_secret(&with_secret(&t, &token).await);
        }
        t.advance(DAY * 20);
        assert_eq!(with_secret(&t, &token).await.summary(), "401 unauthenticated");
    }

    async fn a_stolen_secret_ends_the_session_whoever_comes_second(engine: Engine) {
        let t = start(engine).await;
        let (_, token) = t.sign_up("ada@example.org").await;
        let stolen = token.as_str();
        // The owner comes first, twice; then the thief.
        let second = next_secret(&with_secret(&t, stolen).await);
        t.advance(ACCESS_LIFETIME);
        let third = next_secret(&with_secret(&t, &second).await);
        let answer = with_secret(&t, stolen).await;
        assert_eq!(answer.summary(), "401 unauthenticated");
        assert_eq!(with_secret(&t, &third).await.summary(), "401 unauthenticated");
        assert!(seen(&t).await.is_empty());

        // The thief comes first; then the owner, who never got what the thief has.
        let token = t.sign_in("ada@example.org").await;
        let thief = with_secret(&t, token.as_str()).await;
        let next = next_secret(&thief);
        t.advance(MINUTE * 16);
        let after = next_secret(&with_secret(&t, &next).await);
        assert_eq!(with_secret(&t, token.as_str()).await.summary(), "401 unauthenticated");
        assert_eq!(with_secret(&t, &after).await.summary(), "401 unauthenticated");
        // The access token that the thief has is worth nothing either.
        let access = cookie(&thief, "teamflow_access").unwrap();
        assert_eq!(with(&t, &format!("teamflow_access={access}")).await.status, 401);
    }

    async fn tabs_that_ask_at_once_and_a_lost_answer_sign_nobody_out(engine: Engine) {
        let t = start(engine).await;
        let (_, token) = t.sign_up("ada@example.org").await;
        let (a, b) = tokio::join!(with_secret(&t, token.as_str()), with_secret(&t, token.as_str()));
        assert_eq!((a.status, b.status), (200, 200));
        let next: Vec<String> =
            [&a, &b].into_iter().filter_map(|it| cookie(it, "teamflow_session")).collect();
        assert_eq!(next.len(), 1, "one of them gets the next secret");
        // The answer with it was lost, and the old one comes again much later.
        t.advance(DAY);
        let other = next_secret(&with_secret(&t, token.as_str()).await);
        // So nobody has the lost one: whoever brings it has stolen it.
        t.advance(MINUTE * 2);
        assert_eq!(with_secret(&t, &next[0]).await.summary(), "401 unauthenticated");
        assert_eq!(with_secret(&t, &other).await.summary(), "401 unauthenticated");
    }

    async fn signing_out_ends_one_session_at_once(engine: Engine) {
        let t = start(engine).await;
        let (desk, phone) = (t.user("ada@example.org").await, t.user("ada@example.org").await);
        assert_eq!(desk.get("/test/who").await.status, 200);
        assert_eq!(phone.get("/test/who").await.status, 200);
        let token = signed_in(&t, "ada@example.org", true).await;
        let laptop = t.browser(&token);
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(COOKIE, format!("teamflow_access={}", token.access()).parse().unwrap());
        let who = accounts::identity::of_request(&t.app, &headers).await.unwrap().unwrap();
        let id = session_of(token.access());
        assert_eq!(who.via, Via::Session(id));
        assert!(who.is_still_good(&t.app).await);

        sessions::sign_out(&t.app, id).await.unwrap();
        assert_eq!(laptop.get("/test/who").await.summary(), "401 unauthenticated");
        assert_eq!(with_secret(&t, token.as_str()).await.summary(), "401 unauthenticated");
        assert!(!who.is_still_good(&t.app).await);
        assert_eq!(desk.get("/test/who").await.status, 200);
        // Once more does no harm.
        sessions::sign_out(&t.app, id).await.unwrap();
    }

    async fn sessions_are_listed_and_ended_by_their_owner_alone(engine: Engine) {
        let t = start(engine).await;
        let (desk, phone) = (t.user("ada@example.org").await, t.user("ada@example.org").await);
        t.advance(Duration::from_secs(1));
        let laptop = t.browser(&signed_in(&t, "ada@example.org", true).await);
        let ben = t.user("ben@example.org").await;
        let list = async |client: &Client| client.get("/api/v1/auth/sessions").await.json();
        let items = list(&laptop).await["items"].clone();
        let items = items.as_array().unwrap();
        assert_eq!(items.len(), 3);
        assert_eq!(items[0]["current"], true);
        assert_eq!(items[0]["user_agent"].as_str().unwrap().len(), 200);
        assert_eq!(items[0]["kind"], "browser");
        assert!(items[1..].iter().all(|item| item["current"] == false));
        let path = format!("/api/v1/auth/sessions/{}", items[1]["id"].as_str().unwrap());
        assert_eq!(ben.call(Method::DELETE, &path).await.summary(), "404 not_found");
        assert_eq!(laptop.call(Method::DELETE, &path).await.status, 204);
        let left = [desk.get("/test/who").await.status, phone.get("/test/who").await.status];
        assert!(left.contains(&200) && left.contains(&401), "{left:?}");
        assert_eq!(laptop.call(Method::DELETE, "/api/v1/auth/sessions").await.status, 204);
        for client in [&desk, &phone] {
            assert_eq!(client.get("/test/who").await.status, 401);
        }
        assert_eq!(list(&laptop).await["items"].as_array().unwrap().len(), 1);
        assert_eq!(ben.get("/test/who").await.status, 200);
    }

    async fn a_program_signs_in_and_exchanges_its_tokens(engine: Engine) {
        let t = start(engine).await;
        t.sign_up("ada@example.org").await;
        let program = t.anonymous();
        let keys = json!({ "email": "ada@example.org", "password": PASSWORD });
        let answer = program.post("/api/v1/auth/sign-in", keys).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("set-cookie").is_none());
        let first = answer.json();
        assert_eq!((&first["token_type"], &first["expires_in"]), (&json!("Bearer"), &json!(900)));
        let text = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
        let access = text(&first, "access_token");
        assert_eq!(bearer(&program, &access).await, "200");
        let refresh = async |tokens: &Value| {
            let body = json!({ "refresh_token": tokens["refresh_token"] });
            program.post("/api/v1/auth/refresh", body).await
        };
        t.advance(ACCESS_LIFETIME);
        assert_eq!(bearer(&program, &access).await, "401 unauthenticated");
        let second = refresh(&first).await.json();
        assert_eq!(bearer(&program, &text(&second, "access_token")).await, "200");
        // A program has no tabs: what was exchanged is not excused, not even at once.
        assert_eq!(refresh(&first).await.summary(), "401 unauthenticated");
        assert_eq!(refresh(&second).await.summary(), "401 unauthenticated");
        assert_eq!(bearer(&program, &text(&second, "access_token")).await, "401 unauthenticated");

        let keys = json!({ "email": "ada@example.org", "password": PASSWORD, "remember": true });
        let tokens = program.post("/api/v1/auth/sign-in", keys).await.json();
        let out = program
            .request(Method::POST, "/api/v1/auth/sign-out")
            .bearer_auth(text(&tokens, "access_token"));
        assert_eq!(program.send(out).await.status, 204);
        assert_eq!(bearer(&program, &text(&tokens, "access_token")).await, "401 unauthenticated");
        assert_eq!(refresh(&tokens).await.summary(), "401 unauthenticated");
        let wrong = json!({ "email": "ada@example.org", "password": "difference engines" });
        let refused = program.post("/api/v1/auth/sign-in", wrong).await;
        assert_eq!(refused.summary(), "401 sign_in_failed");
    }

    async fn one_kind_of_token_does_not_pass_for_another(engine: Engine) {
        let t = start(engine).await;
        let (_, browser) = t.sign_up("ada@example.org").await;
        let program = t.anonymous();
        let keys = json!({ "email": "ada@example.org", "password": PASSWORD });
        let api = program.post("/api/v1/auth/sign-in", keys).await.json();
        let (access, refresh) =
            (api["access_token"].as_str().unwrap(), api["refresh_token"].as_str().unwrap());
        for secret in [browser.access(), browser.as_str(), refresh] {
            assert_eq!(bearer(&program, secret).await, "401 unauthenticated");
        }
        for secret in [access, refresh, browser.as_str()] {
            assert_eq!(with(&t, &format!("teamflow_access={secret}")).await.status, 401);
        }
        for secret in [access, refresh, browser.access()] {
            assert_eq!(with_secret(&t, secret).await.status, 401);
        }
        let body = json!({ "refresh_token": browser.as_str() });
        let answer = program.post("/api/v1/auth/refresh", body).await;
        assert_eq!(answer.summary(), "401 unauthenticated");
        // Nothing of that has ended either session.
        assert_eq!(bearer(&program, access).await, "200");
        assert_eq!(t.browser(&browser).get("/test/who").await.status, 200);
    }

    async fn of_two_cookies_of_one_name_neither_counts(engine: Engine) {
        let t = start(engine).await;
        let (_, ada) = t.sign_up("ada@example.org").await;
        let (_, eve) = t.sign_up("eve@example.org").await;
        let (ours, theirs) = (ada.access(), eve.access());
        for (cookies, status) in [
            (format!("teamflow_access={ours}; teamflow_access={theirs}"), 401),
            (format!("teamflow_access={theirs}; teamflow_access={ours}"), 401),
            (format!("teamflow_access={ours}; teamflow_access="), 401),
            (format!("teamflow_access={ours}; teamflow_access={ours}"), 200),
            (format!("teamflow_access=\"{ours}\""), 401),
            (format!("Teamflow_Access={ours}"), 401),
            (format!("a=b; teamflow_access={ours}; c=d"), 200),
        ] {
            assert_eq!(with(&t, &cookies).await.status, status, "{cookies}");
        }
        let secrets = format!("teamflow_session={}; teamflow_session={}", ada.as_str(), eve.as_str());
        assert_eq!(with(&t, &secrets).await.status, 401);
        // Nothing of that has ended either session.
        assert_eq!(with_secret(&t, ada.as_str()).await.status, 200);
    }

    async fn a_token_that_was_tampered_with_is_worth_nothing(engine: Engine) {
        let t = start(engine).await;
        let (_, token) = t.sign_up("ada@example.org").await;
        let good = token.access();
        assert_eq!(with(&t, &format!("teamflow_access={good}")).await.status, 200);
        let parts: Vec<&str> = good.split('.').collect();
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let claims = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let keys = t.app.signing_keys.now();
        let with_kid = |alg: &str| part(&format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"{}"}}"#, keys.id));
        let mut forged = vec![
            // Another algorithm, with no signature or the same.
            format!("{}.{}.", with_kid("none"), parts[1]),
            format!("{}.{}.{}", with_kid("none"), parts[1], parts[2]),
            format!("{}.{}.{}", with_kid("HS256"), parts[1], parts[2]),
            // Other claims under the same signature.
            format!("{}.{}.{}", parts[0], part(&claims.replace("ada@", "bob@")), parts[2]),
            // Without a part, and with one more.
            format!("{}.{}", parts[0], parts[1]),
            format!("{good}.{}", parts[2]),
            "a".repeat(100_000),
        ];
        // Signed with what everybody can read, as if it were a shared secret.
        let public = t.anonymous().get("/.well-known/jwks.json").await.json();
        let x = BASE64_URL_SAFE_NO_PAD.decode(public["keys"][0]["x"].as_str().unwrap()).unwrap();
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(keys.id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let claims: Value = serde_json::from_str(&claims).unwrap();
        forged.push(by_secret(&header, &claims, &x));
        // Signed by us, but not as an access token; for others; too late or too early; by a key we do not know.
        let ours = |change: fn(&mut Header, &mut Value)| {
            let mut header = Header { alg: Algorithm::EdDSA, ..header.clone() };
            let mut claims = claims.clone();
            change(&mut header, &mut claims);
            encode(&header, &claims, &keys.signing).unwrap()
        };
        let unchanged = ours(|_, _| {});
        assert_eq!(with(&t, &format!("teamflow_access={unchanged}")).await.status, 200);
        forged.extend([
            ours(|header, _| header.typ = Some("JWT".into())),
            ours(|header, _| header.typ = None),
            ours(|header, _| header.kid = None),
            ours(|header, _| header.kid = Some("other".into())),
            ours(|_, claims| claims["iss"] = json!("https://evil.example")),
            ours(|_, claims| claims["aud"] = json!("teamflow:other")),
            ours(|_, claims| claims["exp"] = json!(START.0 / 1_000)),
            ours(|_, claims| claims["iat"] = json!(START.0 / 1_000 + 61)),
            ours(|_, claims| claims["nbf"] = json!(START.0 / 1_000 + 61)),
            ours(|_, claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
            ours(|_, claims| drop(claims.as_object_mut().unwrap().remove("sid"))),
        ]);
        for length in (0..good.len()).step_by(7) {
            forged.push(good[..length].to_owned());
        }
        for token in forged {
            let answer = with(&t, &format!("teamflow_access={token}")).await;
            let shown: String = token.chars().take(300).collect();
            assert!(matches!(answer.status, 401 | 431), "{}: {shown}", answer.status);
        }
    }

    async fn anybody_can_verify_a_token_by_the_published_keys(engine: Engine) {
        let t = start(engine).await;
        let (ada, token) = t.sign_up("ada@example.org").await;
        let answer = t.anonymous().get("/.well-known/jwks.json").await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(answer.json()).unwrap();
        let key = DecodingKey::from_jwk(&set.keys[0]).unwrap();
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&["teamflow:browser"]);
        rules.validate_exp = false;
        let claims = decode::<Value>(token.access(), &key, &rules).unwrap().claims;
        assert_eq!(claims["sub"], ada.id.to_string());
        assert_eq!(claims["iss"], t.app.public_url.origin());
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
        assert!(!answer.text().contains("\"d\""), "the private half stays here");
    }

    async fn keys_are_replaced_and_the_old_ones_still_verify(engine: Engine) {
        let t = start(engine).await;
        let (_, token) = t.sign_up("ada@example.org").await;
        let first = t.app.signing_keys.now().id.clone();
        signing_keys::tend(&t.app).await.unwrap();
        assert_eq!(t.app.signing_keys.now().id, first, "it is not time yet");
        signing_keys::rotate(&t.app).await.unwrap();
        let second = t.app.signing_keys.now().id.clone();
        assert_ne!(second, first);
        assert_eq!(with(&t, &format!("teamflow_access={}", token.access())).await.status, 200);
        let count = async || {
            let set = t.anonymous().get("/.well-known/jwks.json").await.json();
            set["keys"].as_array().unwrap().len()
        };
        assert_eq!(count().await, 2);
        t.advance(signing_keys::ROTATE_AFTER + MOMENT);
        signing_keys::tend(&t.app).await.unwrap();
        assert_ne!(t.app.signing_keys.now().id, second);
        t.advance(DAY * 2);
        signing_keys::rotate(&t.app).await.unwrap();
        assert_eq!(count().await, 2, "who signs no more is forgotten in the end");
        // What signs is not in the database as it is.
        let mut read = t.app.db.read().await.unwrap();
        let sealed: Vec<Vec<u8>> = on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select sealed_seed from signing_keys").fetch_all(c).await
        })
        .unwrap();
        assert!(sealed.iter().all(|sealed| t.app.vault.is_current(sealed) && sealed.len() == 65));
    }

    async fn who_signs_in_anew_leaves_no_session_behind(engine: Engine) {
        let t = start(engine).await;
        let (user, session) = t.sign_up("ada@example.org").await;
        let (ada, copy) = (t.browser(&session), t.browser(&session));
        t.sign_up("grace@example.org").await;
        let count = async || sessions::list(&t.app, user.id).await.unwrap().len();
        assert_eq!(count().await, 1);
        let wrong = [("email", "grace@example.org"), ("password", "wrong password")];
        assert_eq!(form(&ada, "sign-in", &wrong).await.0, 401);
        assert_eq!(count().await, 1, "who does not come in has left nothing");
        let grace = [("email", "grace@example.org"), ("password", PASSWORD)];
        assert_eq!(form(&ada, "sign-in", &grace).await.0, 200);
        assert_eq!(count().await, 0);
        assert_eq!(ada.get("/api/v1/auth/sessions").await.status, 200);
        assert_eq!(copy.get("/api/v1/auth/sessions").await.status, 401, "what it held is worth nothing");
    }

    async fn over_tls_what_pages_keep_is_bound_to_the_host_too(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_PUBLIC_URL", "https://tasks.example.org").start().await;
        t.sign_up("ada@example.org").await;
        let browser = t.stranger();
        let keys = [("email", "ada@example.org"), ("password", "wrong password")];
        let request = browser.request(Method::POST, "/sf/sign-in").header("accept", "text/html");
        let typed = browser.send(request.form(&keys)).await;
        let cookie = cookie(&typed, "__Host-teamflow_flash").unwrap();
        let page = async |name: &str| {
            let request = browser.request(Method::GET, "/sign-in").header("accept", "text/html");
            browser.send(request.header(COOKIE, format!("{name}={cookie}"))).await.text()
        };
        assert!(page("__Host-teamflow_flash").await.contains("value=\"ada@example.org\""));
        assert!(!page("teamflow_flash").await.contains("ada@example.org"));
        turned_on(&t).await;
        let keys = [("email", "ada@example.org"), ("password", PASSWORD)];
        let half = browser.send(browser.request(Method::POST, "/sf/sign-in").form(&keys)).await;
        assert!(self::cookie(&half, "__Host-teamflow_half_way").is_some());
    }

    async fn over_tls_the_cookies_are_bound_to_the_host(engine: Engine) {
        let setup = Setup::new(engine).routes(whoami());
        let t = setup.var("TEAMFLOW_PUBLIC_URL", "https://tasks.example.org").start().await;
        let (_, token) = t.sign_up("ada@example.org").await;
        for cookie in sessions::cookies(&t.app, &token) {
            assert!(cookie.starts_with("__Host-teamflow_"), "{cookie}");
            assert!(cookie.contains("; HttpOnly; SameSite=Lax; Path=/; "), "{cookie}");
            assert!(cookie.ends_with("; Secure"), "{cookie}");
        }
        for cookie in sessions::removal_cookies(&t.app) {
            assert!(cookie.contains("=; ") && cookie.contains("Max-Age=0"), "{cookie}");
        }
        for (name, status) in [("__Host-teamflow_session", 200), ("teamflow_session", 401)] {
            let answer = with(&t, &format!("{name}={}", token.as_str())).await;
            assert_eq!(answer.status, status, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_ends_is_over_on_the_others_and_after_a_restart() {
    if skipped() {
        return;
    }
    let engine = Engine::Postgres;
    let t = start(engine).await;
    let ada = t.user("ada@example.org").await;
    let lasting = signed_in(&t, "ada@example.org", true).await;
    let token = signed_in(&t, "ada@example.org", true).await;
    let other = Setup::new(engine).routes(whoami()).beside(&t).start().await;
    sessions::sign_out(&t.app, session_of(token.access()))
        .await
        .unwrap();
    assert!(
        !other
            .app
            .revoked
            .contains(Via::Session(session_of(token.access())))
    );
    revoked::look(&other.app).await.unwrap();
    assert!(
        other
            .app
            .revoked
            .contains(Via::Session(session_of(token.access())))
    );
    let third = Setup::new(engine).routes(whoami()).beside(&t).start().await;
    assert!(
        third
            .app
            .revoked
            .contains(Via::Session(session_of(token.access())))
    );
    assert!(
        !third
            .app
            .revoked
            .contains(Via::Session(session_of(lasting.access())))
    );
    assert_eq!(ada.get("/test/who").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_one_node_deletes_is_worth_nothing_on_the_others() {
    if skipped() {
        return;
    }
    let engine = Engine::Postgres;
    let t = start(engine).await;
    let (ada, _) = t.sign_up("ada@example.org").await;
    let wanted = Wanted::full(Name::parse("Key").unwrap());
    let (token, secret) = tokens::create(&t.app, ada.id, wanted).await.unwrap();
    let other = Setup::new(engine).routes(whoami()).beside(&t).start().await;
    // Remembered there from now on.
    let program = other.program(secret.as_str());
    assert_eq!(program.get("/test/who").await.status, 200);
    tokens::delete(&t.app, ada.id, token.id).await.unwrap();
    revoked::look(&other.app).await.unwrap();
    assert_eq!(program.get("/test/who").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_knows_the_keys_that_others_have_just_made() {
    if skipped() {
        return;
    }
    let engine = Engine::Postgres;
    let url = "https://tasks.example.org";
    let setup = || {
        Setup::new(engine)
            .var("TEAMFLOW_PUBLIC_URL", url)
            .routes(whoami())
    };
    let t = setup().start().await;
    let other = setup().beside(&t).start().await;
    signing_keys::rotate(&t.app).await.unwrap();
    other.advance(Duration::from_secs(1));
    let (_, token) = t.sign_up("ada@example.org").await;
    let found = sessions::access::verify(&other.app, token.access(), &[Kind::Browser]).await;
    assert_eq!(
        found.unwrap().unwrap().signed_in.email.as_str(),
        "ada@example.org"
    );
}
