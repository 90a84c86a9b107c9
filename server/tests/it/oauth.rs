//! Programs that people let in: the way there, and every way to come in without being let.

use crate::harness::{Answer, Client, Engine, PASSWORD, START, Setup, TestApp, on_both_engines};
use crate::sessions::by_secret;
use crate::sync::{Socket, Team, name, numbered, task};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use server::access::{Actor, Visit};
use server::grants::clients;
use server::http::Error;
use sha2::{Digest as _, Sha256};
use shared::access::Role;
use shared::codes::Code;
use shared::ids::WorkspaceId;
use shared::members;
use shared::sync::protocol::{Outcome, ServerMessage};
use shared::values::Slug;
use shared::workspaces;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";
const BACK: &str = "http://127.0.0.1:53211/callback";
const SOON: Duration = Duration::from_secs(1);

fn challenge() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// A request as a program makes it, with some parameters changed; one that is empty is left out.
fn wish(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut wish: BTreeMap<String, String> = [
        ("response_type", "code"),
        ("client_id", "teamflow-cli"),
        ("redirect_uri", BACK),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
        ("scope", "read write"),
        ("state", "a b&c=/ü"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in changes {
        wish.insert((*name).to_owned(), (*value).to_owned());
    }
    wish.retain(|_, value| !value.is_empty());
    wish
}

async fn ask(client: &Client, wish: &BTreeMap<String, String>) -> Answer {
    let request = client.request(Method::GET, "/oauth/authorize");
    client.send(request.query(wish)).await
}

/// What a browser sends when somebody presses a button, with all boxes ticked unless one is named.
async fn answer(client: &Client, wish: &BTreeMap<String, String>, more: &[(&str, &str)]) -> Answer {
    let mut form: Vec<(String, String)> = wish.clone().into_iter().collect();
    if !more.iter().any(|(name, _)| name.starts_with("scope_")) {
        let asked = wish.get("scope").map_or("read", String::as_str);
        let boxes = asked.split_whitespace();
        form.extend(boxes.map(|scope| (format!("scope_{scope}"), "on".to_owned())));
    }
    form.extend(more.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())));
    let request = client.request(Method::POST, "/oauth/authorize");
    client.send(request.form(&form)).await
}

/// The parameters of the address that somebody is sent to.
fn told(answer: &Answer) -> BTreeMap<String, String> {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let address = answer.header("location").unwrap();
    let url: reqwest::Url = address.parse().unwrap();
    url.query_pairs().into_owned().collect()
}

/// Consents, and takes the code.
async fn code(client: &Client, changes: &[(&str, &str)], place: &str) -> String {
    let allowed = answer(
        client,
        &wish(changes),
        &[("decision", "allow"), ("place", place)],
    )
    .await;
    told(&allowed)["code"].clone()
}

async fn exchange(t: &TestApp, form: &[(&str, &str)]) -> Answer {
    let nobody = t.anonymous();
    let request = nobody.request(Method::POST, "/oauth/token");
    nobody.send(request.form(form)).await
}

async fn redeem(t: &TestApp, code: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form: BTreeMap<&str, &str> = [
        ("grant_type", "authorization_code"),
        ("client_id", "teamflow-cli"),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]
    .into();
    form.extend(changes.iter().copied());
    form.retain(|_, value| !value.is_empty());
    exchange(t, &form.into_iter().collect::<Vec<_>>()).await
}

async fn refresh(t: &TestApp, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut form: BTreeMap<&str, &str> = [
        ("grant_type", "refresh_token"),
        ("client_id", "teamflow-cli"),
        ("refresh_token", token),
    ]
    .into();
    form.extend(more.iter().copied());
    exchange(t, &form.into_iter().collect::<Vec<_>>()).await
}

fn error(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.text());
    answer.json()["error"].as_str().unwrap().to_owned()
}

fn text(body: &Value, name: &str) -> String {
    body[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {body}"))
        .to_owned()
}

/// A program of Olive's that was let in.
pub(crate) async fn let_in(team: &Team, scope: &str, place: &str) -> Value {
    let olive = team.t.user("olive@example.org").await;
    let code = code(&olive, &[("scope", scope)], place).await;
    let given = redeem(&team.t, &code, &[]).await;
    assert_eq!(given.status, 200, "{}", given.text());
    assert_eq!(given.header("cache-control"), Some("no-store"));
    given.json()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// What a token can: read tasks, and write one.
async fn can(team: &Team, token: &str) -> (u16, u16) {
    let program = team.t.program(token);
    let tasks = format!("/api/v1/projects/{}/tasks", team.project);
    let read = program.get(&tasks).await.status;
    let write = program
        .post(&tasks, json!({ "title": "By a program" }))
        .await
        .status;
    (read, write)
}

on_both_engines! {
    async fn a_program_is_let_in_with_what_was_asked_and_no_more(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let page = ask(&olive, &wish(&[])).await;
        assert_eq!(page.status, 200);
        let html = page.text();
        for said in ["TeamFlow command line", "olive@example.org", "See what you see", "Change tasks", "value=\"team\""] {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(!html.contains("<script"), "{html}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("form-action 'self' http://127.0.0.1:53211;"), "{policy}");
        let allowed = answer(&olive, &wish(&[]), &[("decision", "allow"), ("place", "team")]).await;
        assert!(allowed.header("location").unwrap().starts_with(&format!("{BACK}?code=")));
        let back = told(&allowed);
        assert_eq!(back["state"], "a b&c=/ü");
        assert_eq!(back["iss"], team.t.app.public_url.origin());
        let given = redeem(&team.t, &back["code"], &[]).await.json();
        assert_eq!((text(&given, "token_type"), text(&given, "scope")), ("Bearer".into(), "read write".into()));
        assert_eq!(given["expires_in"], 900);
        let access = text(&given, "access_token");
        assert_eq!(can(&team, &access).await, (200, 201));
        let program = team.t.program(&access);
        assert_eq!(program.get("/api/v1/auth/sessions").await.summary(), "403 insufficient_scope");
        let claims = claims(&access);
        assert_eq!(claims["aud"], "teamflow:grant");
        assert_eq!(claims["client_id"], "teamflow-cli");
        assert_eq!(claims["workspace"], team.workspace.to_string());
        assert_eq!(claims["role"], "owner");
        let permissions = claims["permissions"].as_array().unwrap();
        assert!(permissions.contains(&json!("tasks:edit")) && !permissions.contains(&json!("members:edit")));
        let listed = olive.get("/api/v1/auth/sessions").await.json();
        let grant = listed["items"].as_array().unwrap().iter().find(|it| it["kind"] == "grant").unwrap();
        assert_eq!((&grant["user_agent"], &grant["scopes"]), (&json!("TeamFlow command line"), &json!("read write")));
    }

    async fn the_document_says_what_there_is(t: TestApp) {
        let document = t.anonymous().get("/.well-known/oauth-authorization-server").await.json();
        let issuer = t.app.public_url.origin();
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["token_endpoint"], format!("{issuer}/oauth/token"));
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(document["response_types_supported"], json!(["code"]));
        assert_eq!(document["grant_types_supported"], json!(["authorization_code", "refresh_token"]));
        let cors = t.anonymous();
        let from = |path: &str| cors.request(Method::POST, path).header("origin", "https://app.example");
        let token = cors.send(from("/oauth/token")).await;
        assert_eq!(token.header("access-control-allow-origin"), Some("https://app.example"));
        assert_eq!(token.header("access-control-allow-credentials"), None);
        let elsewhere = cors.send(from("/oauth/authorize")).await;
        assert_eq!(elsewhere.header("access-control-allow-origin"), None);
    }

    async fn who_is_not_signed_in_signs_in_and_comes_back(t: TestApp) {
        let team = Team::start(t).await;
        let nobody = ask(&team.t.anonymous(), &wish(&[])).await;
        assert_eq!(nobody.status, 303);
        let to = nobody.header("location").unwrap();
        assert!(to.starts_with("/sign-in?next=/oauth/authorize%3F"), "{to}");
        // A program of theirs is nobody either: it cannot consent for them.
        let token = team.t.token("olive@example.org").await;
        assert!(ask(&token, &wish(&[])).await.header("location").unwrap().starts_with("/sign-in"));
        let consent = answer(&token, &wish(&[]), &[("decision", "allow"), ("place", "")]).await;
        assert_eq!(consent.summary(), "403 insufficient_scope");
        let granted = team.t.program(&text(&let_in(&team, "read write admin", "").await, "access_token"));
        let consent = answer(&granted, &wish(&[]), &[("decision", "allow"), ("place", "")]).await;
        assert_eq!(consent.summary(), "403 insufficient_scope");
    }

    async fn another_site_consents_for_nobody(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mut form = wish(&[]);
        form.insert("decision".into(), "allow".into());
        let request = olive.request(Method::POST, "/oauth/authorize").form(&form);
        let forged = olive.send(request.header("sec-fetch-site", "cross-site")).await;
        assert_eq!(forged.summary(), "403 cross_site");
    }

    async fn who_says_no_sends_the_program_away_empty(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        for decision in ["deny", "", "Allow"] {
            let denied = told(&answer(&olive, &wish(&[]), &[("decision", decision), ("place", "")]).await);
            assert_eq!(denied["error"], "access_denied");
            assert_eq!(denied["state"], "a b&c=/ü");
            assert!(!denied.contains_key("code"));
        }
    }

    async fn nobody_is_sent_where_the_program_did_not_register(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        for bad in [
            "https://evil.example/callback",
            "http://127.0.0.1:53211/callback/../evil",
            "http://127.0.0.1:53211@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://localhost:53211/callback",
            "http://127.0.0.1:53211/callback?next=//evil.example",
            "http://127.0.0.1:53211/callback#",
            "https://127.0.0.1:53211/callback",
            "//127.0.0.1/callback",
            "/callback",
            "javascript:alert(1)",
            "http://127.0.0.1:53211/callback\r\nset-cookie: a=b",
            "",
        ] {
            let wish = wish(&[("redirect_uri", bad)]);
            let answers = [ask(&olive, &wish).await, answer(&olive, &wish, &[("decision", "allow"), ("place", "")]).await];
            for answer in answers {
                assert_eq!(answer.status, 400, "{bad:?}");
                assert_eq!(answer.header("location"), None, "{bad:?}");
                assert!(!answer.text().contains("<form"), "{bad:?}");
            }
        }
        for unknown in ["", "teamflow", "tfc_none", "teamflow-cli "] {
            let answer = ask(&olive, &wish(&[("client_id", unknown)])).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{unknown:?}");
        }
        // Another program's address is not this one's.
        let other = ask(&olive, &wish(&[("redirect_uri", "org.teamflow.mobile:/callback")])).await;
        assert_eq!(other.status, 400);
        let mobile = wish(&[("client_id", "teamflow-mobile"), ("redirect_uri", "org.teamflow.mobile:/callback")]);
        let allowed = answer(&olive, &mobile, &[("decision", "allow"), ("place", "")]).await;
        assert!(allowed.header("location").unwrap().starts_with("org.teamflow.mobile:/callback?code="));
    }

    async fn what_is_asked_in_a_wrong_way_sends_nobody_anywhere(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        for (changes, expected) in [
            ([("response_type", "token")], "unsupported_response_type"),
            ([("response_type", "")], "invalid_request"),
            ([("code_challenge", "")], "invalid_request"),
            ([("code_challenge", VERIFIER)], "invalid_request"),
            ([("code_challenge_method", "plain")], "invalid_request"),
            ([("code_challenge_method", "")], "invalid_request"),
            ([("scope", "everything")], "invalid_scope"),
        ] {
            let asked = ask(&olive, &wish(&changes)).await;
            let forced = answer(&olive, &wish(&changes), &[("decision", "allow"), ("place", "")]).await;
            for page in [asked, forced] {
                assert_eq!((page.status, page.header("location")), (400, None), "{changes:?}");
                // Who is signed in may tell the program, by a link.
                let html = page.text();
                let link = format!("href=\"{BACK}?error={expected}&amp;");
                assert!(html.contains(&link) && html.contains("&amp;state=a%20b%26c%3D%2F%C3%BC"), "{changes:?}: {html}");
                assert!(!html.contains("code=") && !html.contains("http-equiv"), "{changes:?}: {html}");
            }
            let stranger = ask(&team.t.anonymous(), &wish(&changes)).await;
            assert_eq!((stranger.status, stranger.header("location")), (400, None), "{changes:?}");
            assert!(!stranger.text().contains(BACK), "{changes:?}");
        }
        let twice = answer(&olive, &wish(&[]), &[("scope", "admin"), ("decision", "allow"), ("place", "")]).await;
        assert_eq!((twice.status, twice.header("location")), (400, None));
        let shown = ask(&olive, &wish(&[("state", "\"><script>alert(1)</script>")])).await.text();
        assert!(!shown.contains("<script"), "{shown}");
    }

    async fn the_person_gives_less_than_was_asked_for(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let asked = wish(&[("scope", "read write admin")]);
        let page = ask(&olive, &asked).await.text();
        for said in ["name=\"scope_write\" checked>", "name=\"scope_admin\" checked>", "not used for 30 days", "after 180 days"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let allow = [("decision", "allow"), ("place", "team")];
        for (ticked, scope, can_do) in [
            (&[("scope_read", "on")][..], "read", (200, 403)),
            (&[("scope_write", "on")], "read write", (200, 201)),
            // What was not asked for is not given, whatever the form says.
            (&[("scope_comment", "on")], "read", (200, 403)),
        ] {
            let more: Vec<_> = allow.iter().chain(ticked).copied().collect();
            let code = told(&answer(&olive, &asked, &more).await)["code"].clone();
            let given = redeem(&team.t, &code, &[]).await.json();
            assert_eq!(text(&given, "scope"), scope);
            assert_eq!(can(&team, &text(&given, "access_token")).await, can_do, "{ticked:?}");
            let wider = refresh(&team.t, &text(&given, "refresh_token"), &[("scope", "read write admin")]).await;
            assert_eq!(error(&wider), "invalid_scope");
        }
    }

    async fn a_code_is_good_once_for_who_asked_and_for_a_minute(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        for changes in [
            [("code_verifier", "another-verifier-that-is-long-enough-0123456789")],
            [("code_verifier", "short")],
            [("redirect_uri", "http://127.0.0.1:53212/callback")],
            [("client_id", "teamflow-mobile")],
        ] {
            let code = code(&olive, &[], "team").await;
            assert_eq!(error(&redeem(&team.t, &code, &changes).await), "invalid_grant", "{changes:?}");
            // Whoever had it has shown it: it is spent.
            assert_eq!(error(&redeem(&team.t, &code, &[]).await), "invalid_grant", "{changes:?}");
        }
        let one = code(&olive, &[], "team").await;
        for (changes, expected) in [
            ([("code_verifier", "")], "invalid_request"),
            ([("redirect_uri", "")], "invalid_request"),
            ([("client_id", "nobody")], "invalid_client"),
            ([("grant_type", "password")], "unsupported_grant_type"),
            ([("grant_type", "implicit")], "unsupported_grant_type"),
            ([("code", "guessed")], "invalid_grant"),
            ([("code", &one[..42])], "invalid_grant"),
        ] {
            assert_eq!(error(&redeem(&team.t, &one, &changes).await), expected, "{changes:?}");
        }
        team.t.advance(Duration::from_mins(1));
        assert_eq!(error(&redeem(&team.t, &one, &[]).await), "invalid_grant");
        let no_form = team.t.anonymous().post("/oauth/token", json!({ "grant_type": "authorization_code" })).await;
        assert_eq!(error(&no_form), "invalid_request");
    }

    async fn a_code_that_comes_again_ends_what_it_gave(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let code = code(&olive, &[], "team").await;
        let given = redeem(&team.t, &code, &[]).await.json();
        let access = text(&given, "access_token");
        assert_eq!(can(&team, &access).await, (200, 201));
        assert_eq!(error(&redeem(&team.t, &code, &[]).await), "invalid_grant");
        assert_eq!(can(&team, &access).await, (401, 401));
        assert_eq!(error(&refresh(&team.t, &text(&given, "refresh_token"), &[]).await), "invalid_grant");
    }

    async fn a_refresh_token_is_exchanged_once_and_never_for_more(t: TestApp) {
        let team = Team::start(t).await;
        let given = let_in(&team, "read write", "team").await;
        let first = text(&given, "refresh_token");
        let wider = refresh(&team.t, &first, &[("scope", "read write admin")]).await;
        assert_eq!(error(&wider), "invalid_scope");
        let other = refresh(&team.t, &first, &[("client_id", "teamflow-mobile")]).await;
        assert_eq!(error(&other), "invalid_grant");
        // What was refused has cost nothing.
        let narrow = refresh(&team.t, &first, &[("scope", "read")]).await.json();
        assert_eq!(text(&narrow, "scope"), "read");
        assert_eq!(can(&team, &text(&narrow, "access_token")).await, (200, 403));
        let second = text(&narrow, "refresh_token");
        let whole = refresh(&team.t, &second, &[]).await.json();
        assert_eq!(can(&team, &text(&whole, "access_token")).await, (200, 201));
        assert_eq!(error(&refresh(&team.t, &first, &[]).await), "invalid_grant");
        // Somebody has stolen it, or was stolen from: the whole family has ended.
        assert_eq!(can(&team, &text(&whole, "access_token")).await, (401, 401));
        let last = text(&whole, "refresh_token");
        assert_eq!(error(&refresh(&team.t, &last, &[]).await), "invalid_grant");
    }

    async fn tokens_of_one_kind_do_not_pass_for_another(t: TestApp) {
        let team = Team::start(t).await;
        let given = let_in(&team, "read write admin", "").await;
        let (access, secret) = (text(&given, "access_token"), text(&given, "refresh_token"));
        let nobody = team.t.anonymous();
        for token in [&access, &secret] {
            let cookies = format!("teamflow_access={token}; teamflow_session={token}");
            let request = nobody.request(Method::GET, "/api/v1/auth/sessions").header("cookie", cookies);
            assert_eq!(nobody.send(request).await.status, 401);
        }
        assert_eq!(can(&team, &secret).await, (401, 401));
        let as_session = nobody.post("/api/v1/auth/refresh", json!({ "refresh_token": secret })).await;
        assert_eq!(as_session.summary(), "401 unauthenticated");
        let keys = json!({ "email": "olive@example.org", "password": PASSWORD });
        let api = nobody.post("/api/v1/auth/sign-in", keys).await.json();
        assert_eq!(error(&refresh(&team.t, &text(&api, "refresh_token"), &[]).await), "invalid_grant");
        assert_eq!(error(&refresh(&team.t, &access, &[]).await), "invalid_grant");
        assert_eq!(can(&team, &access).await, (200, 201));
    }

    async fn a_token_that_was_tampered_with_is_worth_nothing(t: TestApp) {
        let team = Team::start(t).await;
        let good = text(&let_in(&team, "read", "team").await, "access_token");
        assert_eq!(can(&team, &good).await, (200, 403));
        let keys = team.t.app.signing_keys.now();
        let header = Header { typ: Some("at+jwt".into()), kid: Some(keys.id.clone()), ..Header::new(Algorithm::EdDSA) };
        let ours = |change: fn(&mut Value)| {
            let mut claims = claims(&good);
            change(&mut claims);
            encode(&header, &claims, &keys.signing).unwrap()
        };
        // A role in a token grants nothing: the server judges by what it knows.
        let boast = ours(|claims| claims["role"] = json!("owner"));
        assert_eq!(can(&team, &boast).await, (200, 403));
        let parts: Vec<&str> = good.split('.').collect();
        let more = BASE64_URL_SAFE_NO_PAD.encode(claims(&good).to_string().replace("read", "write"));
        let public = team.t.anonymous().get("/.well-known/jwks.json").await.json();
        let x = BASE64_URL_SAFE_NO_PAD.decode(public["keys"][0]["x"].as_str().unwrap()).unwrap();
        let swapped = Header { alg: Algorithm::HS256, ..header.clone() };
        let none = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{}"}}"#, keys.id));
        for bad in [
            ours(|claims| claims["aud"] = json!("teamflow:other")),
            ours(|claims| claims["aud"] = json!("teamflow:browser")),
            // A grant's claims as those of somebody who signed in, and the other way round.
            ours(|claims| claims["aud"] = json!("teamflow:api")),
            ours(|claims| drop(claims.as_object_mut().unwrap().remove("scope"))),
            ours(|claims| claims["scope"] = json!("everything")),
            ours(|claims| claims["iss"] = json!("https://evil.example")),
            ours(|claims| claims["exp"] = json!(START.0 / 1_000)),
            format!("{}.{more}.{}", parts[0], parts[2]),
            format!("{none}.{}.", parts[1]),
            by_secret(&swapped, &claims(&good), &x),
            good[..good.len() - 5].to_owned(),
            parts[..2].join("."),
        ] {
            assert_eq!(can(&team, &bad).await, (401, 401), "{bad}");
        }
        team.t.advance(Duration::from_mins(15));
        assert_eq!(can(&team, &good).await, (401, 401));
    }

    async fn ending_a_grant_reaches_its_connections_at_once(t: TestApp) {
        let team = Team::start(t).await;
        for how in ["revoke refresh", "revoke access", "sign out"] {
            let given = let_in(&team, "read write", "team").await;
            let (access, secret) = (text(&given, "access_token"), text(&given, "refresh_token"));
            let mut socket = Socket::open(team.t.address, &access, &team.hello(1, None)).await.unwrap();
            let nobody = team.t.anonymous();
            let revoke = async |token: &str, client: &str| {
                let form = [("token", token), ("client_id", client)];
                nobody.send(nobody.request(Method::POST, "/oauth/revoke").form(&form)).await
            };
            // Another program ends nothing, and what nobody knows is no error.
            assert_eq!(revoke(&secret, "teamflow-mobile").await.status, 200);
            assert_eq!(revoke("unknown", "teamflow-cli").await.status, 200);
            assert_eq!(error(&revoke(&secret, "nobody").await), "invalid_client");
            assert_eq!(can(&team, &access).await, (200, 201));
            match how {
                "revoke refresh" => assert_eq!(revoke(&secret, "teamflow-cli").await.status, 200),
                "revoke access" => assert_eq!(revoke(&access, "teamflow-cli").await.status, 200),
                _ => {
                    let olive = team.t.user("olive@example.org").await;
                    assert_eq!(olive.call(Method::DELETE, "/api/v1/auth/sessions").await.status, 204);
                }
            }
            while !matches!(timeout(SOON, socket.hear()).await.unwrap(), ServerMessage::Kick { .. }) {}
            assert_eq!(can(&team, &access).await, (401, 401), "{how}");
            assert_eq!(error(&refresh(&team.t, &secret, &[]).await), "invalid_grant", "{how}");
        }
    }

    async fn a_reading_grant_writes_by_no_door_and_knows_no_other_workspace(t: TestApp) {
        let team = Team::start(t).await;
        let other = WorkspaceId::from_uuid(Uuid::from_u128(77));
        let found = workspaces::Mutation::Create {
            id: other,
            name: name("Other"),
            slug: Slug::parse("other").unwrap(),
            owner_name: name("Olive"),
        };
        team.t.app.sync.found(other, team.owner, vec![found.into()]).await.unwrap();
        let reader = text(&let_in(&team, "read", "team").await, "access_token");
        assert_eq!(can(&team, &reader).await, (200, 403));
        let mut socket = Socket::open(team.t.address, &reader, &team.hello(2, None)).await.unwrap();
        let answers = socket.try_push(vec![numbered(1, 5, team.create(2, "No"))]).await.unwrap();
        assert!(matches!(&answers[0].outcome, Outcome::Refused(r) if r.code == Code::InsufficientScope));
        team.commit(team.owner, team.create(1, "One")).await.unwrap();
        let program = team.t.program(&reader);
        assert_eq!(program.get("/api/v1/workspaces/other/projects").await.summary(), "404 not_found");
        let elsewhere = text(&let_in(&team, "read write admin", "other").await, "access_token");
        assert_eq!(can(&team, &elsewhere).await, (404, 404));
        let program = team.t.program(&elsewhere);
        assert_eq!(program.get(&format!("/api/v1/tasks/{}", task(1))).await.summary(), "404 not_found");
    }

    async fn a_grant_of_somebody_who_was_shut_out_is_worth_nothing(t: TestApp) {
        let team = Team::start(t).await;
        let mina = team.member("mina@example.org", Role::Member).await;
        let browser = team.t.user("mina@example.org").await;
        let code = code(&browser, &[], "team").await;
        let given = redeem(&team.t, &code, &[]).await.json();
        let access = text(&given, "access_token");
        assert_eq!(can(&team, &access).await, (200, 201));
        // What they were is in their token for minutes, and grants nothing.
        let demote = members::Mutation::SetRole { id: mina, role: Role::Viewer };
        team.commit(team.owner, demote).await.unwrap();
        assert_eq!(claims(&access)["role"], "member");
        assert_eq!(can(&team, &access).await, (200, 403));
        let shut_out = members::Mutation::SetActive { id: mina, active: false };
        team.commit(team.owner, shut_out).await.unwrap();
        assert_eq!(can(&team, &access).await, (404, 404));
        let again = refresh(&team.t, &text(&given, "refresh_token"), &[]).await.json();
        let renewed = text(&again, "access_token");
        assert_eq!((&claims(&renewed)["role"], can(&team, &renewed).await), (&Value::Null, (404, 404)));
    }

    async fn admins_register_programs_for_their_workspace_alone(t: TestApp) {
        let team = Team::start(t).await;
        let visit = |user| Visit::to(&team.t.app, Actor::unlimited(user), team.workspace);
        let admin = visit(team.owner).await.unwrap();
        let back = "https://app.example/back".to_owned();
        let client = clients::register(&team.t.app, &admin, name("Dash & Board"), vec![back.clone()]).await.unwrap();
        let mina = team.member("mina@example.org", Role::Member).await;
        let member = visit(mina).await.unwrap();
        let refused = clients::register(&team.t.app, &member, name("Mine"), vec![back.clone()]).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::NotAllowed));
        for bad in ["http://app.example/back", "https://*.example/", "javascript:alert(1)", "https://app.example/;x", "https://app.example/a,b", ""] {
            let refused = clients::register(&team.t.app, &admin, name("Bad"), vec![bad.to_owned()]).await;
            assert!(matches!(refused, Err(Error::Refused(r)) if r.code == Code::InvalidValue), "{bad}");
        }
        for ours in ["TeamFlow CLI", "Tеam flоw", "TearnF1ow mobile"] {
            let refused = clients::register(&team.t.app, &admin, name(ours), vec![back.clone()]).await;
            assert!(matches!(refused, Err(Error::Refused(r)) if r.field.as_deref() == Some("name")), "{ours}");
        }
        let olive = team.t.user("olive@example.org").await;
        let changes = [("client_id", client.id.as_str()), ("redirect_uri", &back)];
        let page = ask(&olive, &wish(&changes)).await.text();
        assert!(page.contains("<b>Olive</b> registered it on 2027-01-15."), "{page}");
        assert!(page.contains("Dash &amp; Board") && !page.contains("All my workspaces"), "{page}");
        // Whatever the form says, it is for this workspace.
        let code = code(&olive, &changes, "").await;
        let given = redeem(&team.t, &code, &changes).await.json();
        assert_eq!(text(&given, "workspace"), team.workspace.to_string());
        let access = text(&given, "access_token");
        assert_eq!(can(&team, &access).await, (200, 201));
        team.t.sign_up("sam@example.org").await;
        let sam = team.t.user("sam@example.org").await;
        assert_eq!(ask(&sam, &wish(&changes)).await.status, 400);
        clients::remove(&team.t.app, &admin, &client.id).await.unwrap();
        assert_eq!(can(&team, &access).await, (401, 401));
        assert_eq!(ask(&olive, &wish(&changes)).await.status, 400);
    }

    async fn a_token_asked_for_with_a_workspace_is_good_there_alone(t: TestApp) {
        let team = Team::start(t).await;
        let nobody = team.t.anonymous();
        let sign_in = json!({ "email": "olive@example.org", "password": PASSWORD, "workspace": "team" });
        let given = nobody.post("/api/v1/auth/sign-in", sign_in).await.json();
        let access = text(&given, "access_token");
        let claims_there = claims(&access);
        assert_eq!((&claims_there["workspace"], &claims_there["role"]), (&json!(team.workspace), &json!("owner")));
        assert!(claims_there["permissions"].as_array().unwrap().contains(&json!("members:edit")));
        assert_eq!(can(&team, &access).await, (200, 201));
        // It does not lead to what is good elsewhere either.
        let sessions = team.t.program(&access).get("/api/v1/auth/sessions").await;
        assert_eq!(sessions.summary(), "403 insufficient_scope");
        let consent = answer(&team.t.program(&access), &wish(&[]), &[("decision", "allow"), ("place", "")]).await;
        assert_eq!(consent.summary(), "403 insufficient_scope");
        let secret = text(&given, "refresh_token");
        let wrong = nobody.post("/api/v1/auth/refresh", json!({ "refresh_token": secret, "workspace": "nowhere" })).await;
        assert_eq!(wrong.summary(), "404 not_found");
        let plain = nobody.post("/api/v1/auth/refresh", json!({ "refresh_token": secret })).await.json();
        let plain = claims(&text(&plain, "access_token"));
        assert_eq!((&plain["workspace"], &plain["role"], &plain["permissions"]), (&Value::Null, &Value::Null, &Value::Null));
    }
}

#[tokio::test]
async fn who_guesses_codes_has_to_wait() {
    let t = Setup::new(Engine::Sqlite)
        .var("TEAMFLOW_SIGN_INS_PER_MINUTE", "3")
        .start()
        .await;
    for _ in 0..3 {
        assert_eq!(error(&redeem(&t, "guessed", &[]).await), "invalid_grant");
    }
    assert_eq!(
        redeem(&t, "guessed", &[]).await.summary(),
        "429 too_many_requests"
    );
}
