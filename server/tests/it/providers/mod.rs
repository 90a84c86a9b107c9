//! Signing in through a provider of OpenID Connect, honest or not.

mod provider;

use self::provider::{Asked, CLIENT_ID, CLIENT_SECRET, Provider, key, mac, signed, unsigned};
use crate::harness::{Answer, Client, Engine, PASSWORD, Setup, TestApp, on_both_engines};
use crate::links::{Post, form, secret};
use crate::second_steps::turned_on;
use crate::sync::Team;
use reqwest::Method;
use reqwest::header::COOKIE;
use ring::signature::KeyPair as _;
use serde_json::{Value, json};
use server::accounts;
use server::sign_in_flows::LIFETIME;
use server::tokens;
use shared::values::{Email, Name};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

/// Makes a token of claims.
type Forge = Box<dyn Fn(Value) -> String>;

fn corp(setup: Setup, provider: &Provider) -> Setup {
    setup
        .var("TEAMFLOW_OIDC_CORP_ISSUER", &provider.base())
        .var("TEAMFLOW_OIDC_CORP_CLIENT_ID", CLIENT_ID)
        .var("TEAMFLOW_OIDC_CORP_CLIENT_SECRET", CLIENT_SECRET)
}

/// A server with somebody on it already, and the provider `Corp`.
async fn start(engine: Engine) -> (TestApp, Provider) {
    let provider = Provider::start().await;
    let t = corp(Setup::new(engine), &provider).start().await;
    t.sign_up("first@example.org").await;
    (t, provider)
}

/// Goes to the provider.
async fn go(client: &Client, next: &str) -> Asked {
    let answer = client
        .get(&format!("/auth/providers/corp?next={next}"))
        .await;
    Asked::of(&location(&answer))
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

fn claims(t: &TestApp, provider: &Provider, asked: &Asked) -> Value {
    let now = t.app.clock.now().0 / 1_000;
    json!({
        "iss": provider.base(),
        "sub": "ada-at-corp",
        "aud": CLIENT_ID,
        "iat": now,
        "exp": now + 600,
        "nonce": asked.get("nonce"),
        "email": "ada@example.org",
        "email_verified": true,
        "name": "Ada Lovelace",
    })
}

/// The same with another value; without it, where that is null.
fn but(mut claims: Value, name: &str, value: Value) -> Value {
    let all = claims.as_object_mut().unwrap();
    match value {
        Value::Null => drop(all.remove(name)),
        value => drop(all.insert(name.to_owned(), value)),
    }
    claims
}

async fn come_back(client: &Client, asked: &Asked, code: &str) -> Answer {
    let back = asked.back(&[("code", code), ("state", asked.get("state"))]);
    client.get(&back).await
}

/// Goes there and comes back with these claims.
async fn sign_in(
    t: &TestApp,
    provider: &Provider,
    client: &Client,
    change: impl FnOnce(Value) -> Value,
) -> Answer {
    let asked = go(client, "").await;
    let code = provider.code(&asked, &change(claims(t, provider, &asked)));
    come_back(client, &asked, &code).await
}

/// What the page says that a refusal leads to.
async fn told(client: &Client, answer: &Answer) -> String {
    let page = client.get(&location(answer)).await;
    assert_eq!(page.status, 200);
    page.text()
}

/// What a page says: how it is put together depends on what the server knew first.
fn words(page: &str) -> String {
    let main = page
        .split_once("<main")
        .and_then(|(_, rest)| rest.split_once("</main>"));
    let (main, _) = main.expect("a page has a main part");
    let pieces = main.split('<').filter_map(|piece| piece.split_once('>'));
    pieces.map(|(_, text)| text).collect()
}

async fn is_in(client: &Client) -> bool {
    client.get("/api/v1/workspaces").await.status == 200
}

async fn count(t: &TestApp) -> u64 {
    accounts::count(&t.app).await.unwrap()
}

async fn account(client: &Client) -> Value {
    form(client, "find-account", &[]).await.1
}

/// Follows the link on the account's page and comes back.
async fn link(t: &TestApp, provider: &Provider, client: &Client, subject: &str) -> Answer {
    let request = client.request(Method::GET, "/auth/providers/corp?link=1");
    let answer = client
        .send(request.header("sec-fetch-site", "same-origin"))
        .await;
    let asked = Asked::of(&location(&answer));
    let claims = but(claims(t, provider, &asked), "sub", json!(subject));
    let code = provider.code(&asked, &claims);
    come_back(client, &asked, &code).await
}

async fn confirm(t: &TestApp, email: &str) {
    let user = accounts::find_by_email(&t.app, &Email::parse(email).unwrap()).await;
    let mut tx = t.app.db.write().await.unwrap();
    let (id, now) = (user.unwrap().unwrap().id, t.app.clock.now());
    accounts::store::update_confirmed(tx.conn(), id, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

on_both_engines! {
    async fn somebody_new_comes_in_by_a_providers_word_and_finds_the_same_account_again(engine: Engine) {
        let (t, provider) = start(engine).await;
        let browser = t.stranger();
        let asked = go(&browser, "/new-workspace").await;
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("scope", "openid email profile"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(asked.get(name), value, "{name}");
        }
        let code = provider.code(&asked, &claims(&t, &provider, &asked));
        assert_eq!(location(&come_back(&browser, &asked, &code).await), "/new-workspace");
        assert!(is_in(&browser).await);
        let ada = account(&browser).await;
        assert_eq!((&ada["is_confirmed"], &ada["has_password"]), (&json!(true), &json!(false)));
        assert_eq!(ada["links"][0]["name"], "Corp");
        assert!(browser.get("/settings/account").await.text().contains("Ada Lovelace"));
        // What the provider calls her stays; her address may change.
        let phone = t.stranger();
        let moved = |claims| but(claims, "email", json!("ada@elsewhere.example"));
        assert_eq!(location(&sign_in(&t, &provider, &phone, moved).await), "/");
        assert_eq!(account(&phone).await["links"][0]["email"], "ada@elsewhere.example");
        assert_eq!(count(&t).await, 2);
        // An account without a password has none that could be guessed.
        for password in ["", PASSWORD] {
            let keys = json!({ "email": "ada@example.org", "password": password });
            let answer = t.anonymous().post("/api/v1/auth/sign-in", keys).await;
            assert_eq!(answer.summary(), "401 sign_in_failed");
        }
    }

    async fn what_is_forged_lets_nobody_in(engine: Engine) {
        let (t, provider) = start(engine).await;
        let base = provider.base();
        let browser = t.stranger();
        let late = t.app.clock.now().0 / 1_000;
        let with = |name: &'static str, value: Value| -> Forge {
            Box::new(move |claims| signed(1, &but(claims, name, value.clone())))
        };
        let public = key(1).public_key().as_ref().to_vec();
        let forged: Vec<(&str, Forge)> = vec![
            ("another nonce", with("nonce", json!("another"))),
            ("no nonce", with("nonce", Value::Null)),
            ("another audience", with("aud", json!("another"))),
            ("one audience more", with("aud", json!([CLIENT_ID, "another"]))),
            ("no audience", with("aud", json!([]))),
            ("for another party", with("azp", json!("another"))),
            ("over", with("exp", json!(late))),
            ("foreign issuer", with("iss", json!("https://evil.example"))),
            ("nearly the issuer", with("iss", json!(format!("{base}/")))),
            ("nobody", with("sub", json!(""))),
            ("too long", with("sub", json!("x".repeat(256)))),
            ("another access token", with("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"))),
            ("another key", Box::new(|claims| signed(9, &claims))),
            ("no signature", Box::new(|claims| format!("{}.", unsigned("none", &claims)))),
            ("none, signed", Box::new(|claims| {
                let good = signed(1, &claims);
                format!("{}.{}", unsigned("none", &claims), good.rsplit('.').next().unwrap())
            })),
            ("the shared secret", Box::new(|claims| mac(CLIENT_SECRET.as_bytes(), &claims))),
            ("the public key as a secret", Box::new(move |claims| mac(&public, &claims))),
            ("cut", Box::new(|claims| {
                let good = signed(1, &claims);
                good[..good.len() - 4].to_owned()
            })),
            ("changed", Box::new(|claims| {
                let good = signed(1, &claims);
                let signature = good.rsplit('.').next().unwrap();
                format!("{}.{signature}", unsigned("EdDSA", &but(claims, "sub", json!("eve"))))
            })),
            ("no token", Box::new(|_| "x".to_owned())),
        ];
        for (what, forge) in forged {
            let asked = go(&browser, "").await;
            let code = provider.code_for(&asked, forge(claims(&t, &provider, &asked)));
            let answer = come_back(&browser, &asked, &code).await;
            assert!(told(&browser, &answer).await.contains("cannot be trusted"), "{what}");
            assert!(!is_in(&browser).await, "{what}");
        }
        assert_eq!(count(&t).await, 1);
        // Nothing of that has spoilt anything for who is honest.
        sign_in(&t, &provider, &browser, |claims| claims).await;
        assert!(is_in(&browser).await);
    }

    async fn what_was_begun_is_finished_once_in_the_same_browser_and_soon(engine: Engine) {
        let (t, provider) = start(engine).await;
        let nobody = t.anonymous();
        let begin = async || {
            let answer = nobody.get("/auth/providers/corp").await;
            let cookie = answer.header("set-cookie").unwrap().to_owned();
            assert!(cookie.contains("; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"), "{cookie}");
            let asked = Asked::of(&location(&answer));
            let code = provider.code(&asked, &claims(&t, &provider, &asked));
            (asked, code, cookie.split(';').next().unwrap().to_owned())
        };
        let back = async |path: &str, cookie: &str| {
            let request = nobody.request(Method::GET, path).header(COOKIE, cookie);
            location(&nobody.send(request).await)
        };
        let (asked, code, cookie) = begin().await;
        let good = asked.back(&[("code", &code), ("state", asked.get("state"))]);
        let (other, other_code, other_cookie) = begin().await;
        let refused = [
            (good.clone(), ""),
            (good.clone(), other_cookie.as_str()),
            (asked.back(&[("code", &code), ("state", other.get("state"))]), &cookie),
            (asked.back(&[("code", &code), ("state", "")]), &cookie),
            (asked.back(&[("code", &code)]), &cookie),
            (good.replace("/corp/", "/google/"), &cookie),
        ];
        for (path, cookie) in &refused {
            assert_eq!(back(path, cookie).await, "/sign-in", "{path} {cookie}");
        }
        assert_eq!(back(&good, &cookie).await, "/");
        assert_eq!(back(&good, &cookie).await, "/sign-in", "once");
        // A code that another has used up is worth nothing with a state of one's own.
        let stolen = other.back(&[("code", &code), ("state", other.get("state"))]);
        assert_eq!(back(&stolen, &other_cookie).await, "/sign-in");
        // A code that was given to another browser does not fit this one's challenge.
        let (third, _, third_cookie) = begin().await;
        let injected = third.back(&[("code", &other_code), ("state", third.get("state"))]);
        assert_eq!(back(&injected, &third_cookie).await, "/sign-in");
        let (late, late_code, late_cookie) = begin().await;
        t.advance(LIFETIME);
        let path = late.back(&[("code", &late_code), ("state", late.get("state"))]);
        assert_eq!(back(&path, &late_cookie).await, "/sign-in");
        assert_eq!(count(&t).await, 2);
    }

    async fn an_account_is_found_by_its_address_only_where_both_sides_have_seen_that_it_is_theirs(engine: Engine) {
        let (t, provider) = start(engine).await;
        let ada = t.sign_up("ada@example.org").await.0;
        let browser = t.stranger();
        let unverified = |claims| but(claims, "email_verified", json!(false));
        let answer = sign_in(&t, &provider, &browser, |claims| claims).await;
        assert!(told(&browser, &answer).await.contains("never confirmed"));
        confirm(&t, "ada@example.org").await;
        // It is not told whether anybody has an address that may be made up.
        let mut pages = Vec::new();
        for email in ["ada@example.org", "nobody@example.org"] {
            let claimed = |claims| but(unverified(claims), "email", json!(email));
            let answer = sign_in(&t, &provider, &browser, claimed).await;
            let page = told(&browser, &answer).await;
            assert!(page.contains("does not say that your e-mail address there is verified"));
            pages.push(words(&page));
        }
        assert_eq!(pages[0], pages[1]);
        let none = |claims| but(claims, "email", Value::Null);
        let answer = sign_in(&t, &provider, &browser, none).await;
        assert_eq!(location(&answer), "/sign-in");
        assert!(!is_in(&browser).await);
        sign_in(&t, &provider, &browser, |claims| claims).await;
        assert!(is_in(&browser).await);
        assert_eq!(count(&t).await, 2);
        let found = accounts::find(&t.app, ada.id).await.unwrap().unwrap();
        assert_eq!(found.name, ada.name, "the account is the one that was there");
        assert_eq!(account(&browser).await["has_password"], true);
    }

    async fn who_is_signed_in_links_a_provider_and_unlinks_it_unless_it_is_the_last_way_in(engine: Engine) {
        let (t, provider) = start(engine).await;
        let ben = t.user("ben@example.org").await;
        // Another site must not have its own account linked to this one.
        for site in ["cross-site", "same-site", "none"] {
            let request = ben.request(Method::GET, "/auth/providers/corp?link=1");
            let answer = ben.send(request.header("sec-fetch-site", site)).await;
            assert_eq!(location(&answer), "/settings/account", "{site}");
        }
        assert_eq!(location(&t.stranger().get("/auth/providers/corp?link=1").await), "/settings/account");
        // A key gets nobody a way in, nor does it finish what its person began.
        let user = accounts::find_by_email(&t.app, &Email::parse("ben@example.org").unwrap()).await;
        let wish = tokens::Wanted::full(Name::parse("Key").unwrap());
        let (_, secret) = tokens::create(&t.app, user.unwrap().unwrap().id, wish).await.unwrap();
        let program = t.program(secret.as_str());
        let request = program.request(Method::GET, "/auth/providers/corp?link=1");
        let answer = program.send(request.header("sec-fetch-site", "same-origin")).await;
        assert_eq!(location(&answer), "/settings/account");
        assert_eq!(location(&link(&t, &provider, &ben, "ben-at-corp").await), "/settings/account?done=linked");
        assert_eq!(account(&ben).await["links"][0]["email"], "ada@example.org");
        assert_eq!(account(&ben).await["providers"], json!([]));
        // One account there is one account here.
        let eve = t.user("eve@example.org").await;
        let answer = link(&t, &provider, &eve, "ben-at-corp").await;
        assert!(told(&eve, &answer).await.contains("linked to another account"));
        let answer = link(&t, &provider, &ben, "another-at-corp").await;
        assert!(told(&ben, &answer).await.contains("Another Corp account is linked already"));
        let phone = t.stranger();
        let as_ben = |claims| but(claims, "sub", json!("ben-at-corp"));
        sign_in(&t, &provider, &phone, as_ben).await;
        assert_eq!(account(&phone).await["links"], account(&ben).await["links"]);
        let base = provider.base();
        let unlink = async |who: &Client| {
            let (status, refused) = form(who, "unlink-provider", &[("issuer", &base)]).await;
            (status, refused["code"].clone())
        };
        assert_eq!(unlink(&eve).await, (404, json!("not_found")));
        assert_eq!(unlink(&ben).await, (200, Value::Null));
        assert_eq!(account(&ben).await["links"], json!([]));
        // Who has nothing else keeps it.
        let ada = t.stranger();
        sign_in(&t, &provider, &ada, |claims| claims).await;
        assert_eq!(unlink(&ada).await, (403, json!("not_allowed")));
        assert_eq!(account(&ada).await["links"][0]["name"], "Corp");
    }

    async fn who_signs_out_or_changes_meanwhile_links_nothing(engine: Engine) {
        let (t, provider) = start(engine).await;
        let ben = t.user("ben@example.org").await;
        let request = ben.request(Method::GET, "/auth/providers/corp?link=1");
        let answer = ben.send(request.header("sec-fetch-site", "same-origin")).await;
        let asked = Asked::of(&location(&answer));
        assert_eq!(form(&ben, "sign-out", &[]).await.0, 200);
        let code = provider.code(&asked, &claims(&t, &provider, &asked));
        assert_eq!(location(&come_back(&ben, &asked, &code).await), "/settings/account");
        assert_eq!(count(&t).await, 2);
        let again = t.user("ben@example.org").await;
        assert_eq!(account(&again).await["links"], json!([]));
    }

    async fn a_provider_lets_in_no_more_people_than_the_servers_policy(engine: Engine) {
        let provider = Provider::start().await;
        let setup = corp(Setup::new(engine), &provider).var("TEAMFLOW_SIGN_UP", "invited");
        let team = Team::start(setup.start().await).await;
        let olive = team.t.user("olive@example.org").await;
        let browser = team.t.stranger();
        let answer = sign_in(&team.t, &provider, &browser, |claims| claims).await;
        assert!(told(&browser, &answer).await.contains("need an invitation here"));
        let page = browser.get("/sign-in").await.text();
        assert!(page.contains("Continue with Corp") && !page.contains("Create an account"));
        let workspace = team.workspace.to_string();
        let fields = [("workspace", workspace.as_str()), ("role", "member"), ("email", "ada@example.org"), ("days", "7")];
        let made = form(&olive, "create-invitation", &fields).await.1;
        let invitation = made["address"].as_str().unwrap().rsplit_once("/invite/").unwrap().1;
        let next = format!("/invite/{invitation}");
        let asked = go(&browser, &next).await;
        // It is for her address alone.
        let eve = but(claims(&team.t, &provider, &asked), "email", json!("eve@example.org"));
        let code = provider.code(&asked, &eve);
        let answer = come_back(&browser, &asked, &code).await;
        assert_eq!(location(&answer), format!("/sign-in?next={next}"));
        let asked = go(&browser, &next).await;
        let code = provider.code(&asked, &claims(&team.t, &provider, &asked));
        assert_eq!(location(&come_back(&browser, &asked, &code).await), next);
        assert_eq!(form(&browser, "accept-invitation", &[("token", invitation)]).await.0, 200);
    }

    async fn an_address_of_the_right_domain_lets_in_once_it_is_verified(engine: Engine) {
        let provider = Provider::start().await;
        let setup = corp(Setup::new(engine), &provider)
            .var("TEAMFLOW_SIGN_UP", "domains")
            .var("TEAMFLOW_SIGN_UP_DOMAINS", "example.org, example.com");
        let t = setup.start().await;
        t.sign_up("first@elsewhere.example").await;
        let browser = t.stranger();
        let of = |email: &'static str| move |claims| but(claims, "email", json!(email));
        for email in ["ada@elsewhere.example", "ada@sub.example.org", "ada@example.org.evil.example"] {
            let answer = sign_in(&t, &provider, &browser, of(email)).await;
            assert!(told(&browser, &answer).await.contains("certain domains"), "{email}");
        }
        sign_in(&t, &provider, &browser, of("Ada@Example.com")).await;
        assert!(is_in(&browser).await);
    }

    async fn what_goes_wrong_at_the_provider_is_told_and_leads_nowhere_else(engine: Engine) {
        let (t, provider) = start(engine).await;
        let browser = t.stranger();
        for (error, description, said) in [
            ("access_denied", "x", "it was cancelled there"),
            ("server_error", "x", "has a problem at the moment"),
            ("invalid_scope", "<b>no</b>", "&lt;b&gt;no&lt;/b&gt;"),
        ] {
            let asked = go(&browser, "/w/team").await;
            let query = [("error", error), ("error_description", description), ("state", asked.get("state"))];
            let answer = browser.get(&asked.back(&query)).await;
            assert_eq!(location(&answer), "/sign-in?next=/w/team");
            let page = told(&browser, &answer).await;
            assert!(page.contains(said), "{error}");
            let again = browser.get("/sign-in").await.text();
            assert!(!again.contains(said), "it is told once");
        }
        for next in ["//evil.example", "https://evil.example", "/%5Cevil.example"] {
            let asked = go(&browser, next).await;
            let code = provider.code(&asked, &claims(&t, &provider, &asked));
            assert_eq!(location(&come_back(&browser, &asked, &code).await), "/", "{next}");
        }
        let asked = go(&browser, "").await;
        let code = provider.code(&asked, &claims(&t, &provider, &asked));
        let query = [("code", code.as_str()), ("state", asked.get("state")), ("iss", "https://evil.example")];
        let answer = browser.get(&asked.back(&query)).await;
        assert!(told(&t.stranger(), &answer).await.contains("Sign in"));
        let unknown = browser.get("/auth/providers/nobody").await;
        assert_eq!(location(&unknown), "/sign-in");
    }

    async fn a_provider_that_is_away_or_floods_is_no_provider(engine: Engine) {
        let (t, provider) = start(engine).await;
        let browser = t.stranger();
        provider.pad(2_000_000);
        let answer = browser.get("/auth/providers/corp").await;
        assert!(told(&browser, &answer).await.contains("Corp cannot be reached at the moment"));
        provider.pad(0);
        // It is not asked again by everybody who comes by.
        assert_eq!(location(&browser.get("/auth/providers/corp").await), "/sign-in");
        t.advance(Duration::from_secs(10));
        sign_in(&t, &provider, &browser, |claims| claims).await;
        assert!(is_in(&browser).await);
    }

    async fn a_provider_leads_to_no_private_place_that_the_operator_did_not_allow(engine: Engine) {
        let elsewhere = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let keys = format!("http://{}/jwks", elsewhere.local_addr().unwrap());
        let provider = Provider::start().await;
        provider.keep_keys_at(&keys);
        let setup = || corp(Setup::new(engine), &provider);
        let refusing = setup().start().await;
        refusing.sign_up("first@example.org").await;
        let browser = refusing.stranger();
        let answer = browser.get("/auth/providers/corp").await;
        assert!(told(&browser, &answer).await.contains("Corp cannot be reached at the moment"));
        let allowing = setup().var("TEAMFLOW_OUTGOING_ALLOWED", "127.0.0.2").start().await;
        allowing.sign_up("first@example.org").await;
        let browser = allowing.stranger();
        let asking = tokio::spawn(async move { browser.get("/auth/providers/corp").await.status });
        // The first who asks is the one who may.
        let (mut asked, _) = elsewhere.accept().await.unwrap();
        let mut begin = [0; 9];
        asked.read_exact(&mut begin).await.unwrap();
        assert_eq!(&begin, b"GET /jwks");
        drop((asked, elsewhere));
        assert_eq!(asking.await.unwrap(), 303);
    }

    async fn new_keys_of_a_provider_are_looked_for(engine: Engine) {
        let (t, provider) = start(engine).await;
        sign_in(&t, &provider, &t.stranger(), |claims| claims).await;
        t.advance(Duration::from_mins(1));
        provider.change_key(2);
        let browser = t.stranger();
        let asked = go(&browser, "").await;
        let claims = claims(&t, &provider, &asked);
        let token = signed(2, &claims);
        // Its header names the key.
        let header = r#"{"alg":"EdDSA","typ":"JWT","kid":"two"}"#;
        let text = provider::with_header(header, &token);
        let code = provider.code_for(&asked, provider::sign(2, &text));
        assert_eq!(location(&come_back(&browser, &asked, &code).await), "/");
        assert!(is_in(&browser).await);
    }

    async fn what_the_token_does_not_say_is_asked_for_and_must_be_about_the_same_person(engine: Engine) {
        let (t, provider) = start(engine).await;
        let bare = |claims| but(but(claims, "email", Value::Null), "name", Value::Null);
        provider.tell(json!({ "sub": "eve-at-corp", "email": "first@example.org", "email_verified": true }));
        let browser = t.stranger();
        let answer = sign_in(&t, &provider, &browser, bare).await;
        assert!(told(&browser, &answer).await.contains("cannot be trusted"));
        provider.tell(json!({ "sub": "ada-at-corp", "email": "ada@example.org", "email_verified": true }));
        sign_in(&t, &provider, &browser, bare).await;
        assert!(browser.get("/settings/account").await.text().contains("ada@example.org"));
    }

    async fn the_second_step_is_the_providers_business_unless_it_is_asked_for(engine: Engine) {
        for asked_for in ["0", "1"] {
            let provider = Provider::start().await;
            let setup = corp(Setup::new(engine), &provider);
            let t = setup.var("TEAMFLOW_TWO_STEP_AFTER_PROVIDERS", asked_for).start().await;
            let (_, codes) = turned_on(&t).await;
            confirm(&t, "ada@example.org").await;
            let browser = t.stranger();
            let answer = sign_in(&t, &provider, &browser, |claims| claims).await;
            if asked_for == "0" {
                assert_eq!(location(&answer), "/");
                assert!(is_in(&browser).await);
            } else {
                assert_eq!(location(&answer), "/second-step");
                assert!(!is_in(&browser).await);
                assert_eq!(form(&browser, "enter-code", &[("code", &codes[0])]).await.0, 200);
                assert!(is_in(&browser).await);
            }
        }
    }

    async fn who_owns_the_address_is_told_of_a_new_way_in_and_chooses_a_password_by_mail(engine: Engine) {
        let provider = Provider::start().await;
        let post = Post::start(corp(Setup::new(engine), &provider)).await;
        let ben = post.t.user("ben@example.org").await;
        post.mails().await;
        let request = ben.request(Method::GET, "/auth/providers/corp?link=1");
        let answer = ben.send(request.header("referer", "http://tasks.example.org/settings/account")).await;
        let asked = Asked::of(&location(&answer));
        let code = provider.code(&asked, &claims(&post.t, &provider, &asked));
        come_back(&ben, &asked, &code).await;
        let mails = post.mails().await;
        assert!(mails[0].contains("Subject: Corp was linked to your account"), "{mails:?}");
        assert!(mails[0].contains("To: ben@example.org"), "{mails:?}");
        let ada = post.t.stranger();
        let as_ada = |claims| but(claims, "sub", json!("ada-at-corp-2"));
        sign_in(&post.t, &provider, &ada, as_ada).await;
        post.mails().await;
        let (status, refused) = form(&ada, "change-password", &[("current", ""), ("password", PASSWORD)]).await;
        assert_eq!((status, &refused["field"]), (400, &json!("current")));
        form(&ada, "forgot-password", &[("email", "ada@example.org")]).await;
        let token = secret(&post.mails().await[0], "/reset-password?token=");
        let fields = [("token", token.as_str()), ("password", PASSWORD)];
        assert_eq!(form(&ada, "reset-password", &fields).await.0, 200);
        post.t.sign_in("ada@example.org").await;
    }
}
