//! Passkeys, with an authenticator written here.

use crate::administrators::without_password;
use crate::harness::{Client, Engine, PASSWORD, Setup, TestApp, on_both_engines};
use crate::links::form;
use crate::second_steps::turned_on;
use crate::sync::Team;
use authenticator::{Authenticator, Bend, HOST, ORIGIN, VERIFIED};
use serde_json::{Value, json};
use server::accounts::links::{self, Purpose};
use server::accounts::{self, User};
use server::audit_entries::{self, Chain};
use server::on_engine;
use server::passkeys::PASSKEYS_MAX;
use server::sign_in_flows::PASSKEY_LIFETIME;
use shared::access::Role;
use shared::audit_entries::{Act, AuditFilter};
use shared::values::Email;
use std::time::Duration;

mod authenticator;

const NAME: &str = "Her phone";

async fn start(engine: Engine) -> TestApp {
    let setup = Setup::new(engine).var("TEAMFLOW_PUBLIC_URL", ORIGIN);
    setup.start().await
}

/// What the server wants of an authenticator, and the status.
async fn asked(client: &Client, door: &str, fields: &[(&str, &str)]) -> Value {
    let (status, options) = form(client, door, fields).await;
    assert_eq!(status, 200, "{options}");
    serde_json::from_str(options.as_str().unwrap()).unwrap()
}

async fn begin(client: &Client) -> Value {
    asked(
        client,
        "begin-passkey",
        &[("name", NAME), ("password", PASSWORD)],
    )
    .await
}

async fn bring(client: &Client, door: &str, answer: &Value) -> (u16, Value) {
    form(
        client,
        door,
        &[("answer", &answer.to_string()), ("next", "/w/team")],
    )
    .await
}

/// Adds a passkey to the account of who is signed in.
async fn added(client: &Client, authenticator: &mut Authenticator) {
    let made = authenticator.make(&begin(client).await, &Bend::default());
    let (status, refused) = bring(client, "add-passkey", &made).await;
    assert_eq!(status, 200, "{refused}");
}

/// Signs in by a passkey, in this browser.
async fn enter(client: &Client, authenticator: &mut Authenticator, bend: &Bend<'_>) -> u16 {
    let options = asked(client, "begin-passkey-sign-in", &[]).await;
    let shown = authenticator.show(&options, bend);
    bring(client, "sign-in-with-passkey", &shown).await.0
}

async fn is_in(client: &Client) -> bool {
    client.get("/api/v1/workspaces").await.status == 200
}

async fn count(client: &Client) -> usize {
    let (_, found) = form(client, "list-passkeys", &[]).await;
    found["all"].as_array().unwrap().len()
}

/// How often something stands in the server's log.
async fn noted(t: &TestApp, act: Act) -> Vec<Option<String>> {
    t.app.audit.flush(&t.app.db).await.unwrap();
    let filter = AuditFilter::default();
    let page = audit_entries::list(&t.app, Chain::Server, &filter, None, 500).await;
    let entries = page.unwrap().entries.into_iter();
    entries
        .filter(|entry| entry.act == act.as_str())
        .map(|entry| entry.detail)
        .collect()
}

async fn account(t: &TestApp, email: &str) -> User {
    let found = accounts::find_by_email(&t.app, &Email::parse(email).unwrap()).await;
    found.unwrap().unwrap()
}

/// The id of the one passkey of who is signed in.
async fn found_id(client: &Client) -> String {
    let (_, found) = form(client, "list-passkeys", &[]).await;
    found["all"][0]["id"].as_str().unwrap().to_owned()
}

/// Gives somebody a provider to come in by, too.
async fn link(t: &TestApp, email: &str) {
    let user = account(t, email).await.id.uuid();
    let mut tx = t.app.db.write().await.unwrap();
    on_engine!(tx.conn(), |c| {
        sqlx::query("insert into provider_links (issuer, subject, user_id, created_at, used_at) values ('https://corp.example.org', 'adam', $1, 0, 0)")
            .bind(user)
            .execute(c)
            .await
            .unwrap();
    });
    tx.commit().await.unwrap();
}

/// Chooses another password by a link, as whoever has the mailbox does.
async fn reset(t: &TestApp, email: &str) {
    let link = links::make(&t.app, &account(t, email).await, Purpose::Reset).await;
    let link = link.unwrap().unwrap();
    let (_, secret) = link.split_once("token=").unwrap();
    let password = "correct horse battery".to_owned();
    links::reset(&t.app, secret, password).await.unwrap();
}

on_both_engines! {
    async fn a_passkey_lets_in_without_an_address_a_password_or_a_code(engine: Engine) {
        let t = start(engine).await;
        let ben = t.user("ben@example.org").await;
        let options = begin(&ben).await;
        assert_eq!(options["rp"]["id"], HOST);
        assert_eq!(options["attestation"], "none");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        for mut phone in [Authenticator::p256(), Authenticator::ed25519()] {
            added(&ben, &mut phone).await;
            let stranger = t.stranger();
            let options = asked(&stranger, "begin-passkey-sign-in", &[]).await;
            assert_eq!(options["allowCredentials"], Value::Null, "nobody is asked who they are");
            let shown = phone.show(&options, &Bend::default());
            assert!(!is_in(&stranger).await);
            assert_eq!(bring(&stranger, "sign-in-with-passkey", &shown).await.0, 200);
            assert!(is_in(&stranger).await);
            let (_, sessions) = form(&stranger, "list-sessions", &[]).await;
            let means = sessions.as_array().unwrap().iter().find(|one| one["is_current"] == true);
            assert_eq!(means.unwrap()["means"], "with a passkey");
        }
        let (_, found) = form(&ben, "list-passkeys", &[]).await;
        assert_eq!(found["all"][0]["name"], NAME);
        assert_eq!(found["all"][1]["last_used_at"], t.app.clock.now().0);
        assert_eq!(found["obstacle"], Value::Null);
        assert_eq!(begin(&ben).await["excludeCredentials"].as_array().unwrap().len(), 2);
        assert_eq!(noted(&t, Act::PasskeyAdded).await.len(), 2);
        let means = noted(&t, Act::SignedIn).await;
        assert_eq!(means.iter().filter(|means| means.as_deref() == Some("passkey")).count(), 2);
    }

    async fn a_passkey_stands_for_both_steps(engine: Engine) {
        let t = start(engine).await;
        let (_, codes) = turned_on(&t).await;
        let ada = t.user_with_code("ada@example.org", &codes[0]).await;
        let mut phone = Authenticator::p256();
        added(&ada, &mut phone).await;
        let stranger = t.stranger();
        assert_eq!(enter(&stranger, &mut phone, &Bend::default()).await, 200);
        assert!(is_in(&stranger).await);
    }

    async fn what_is_forged_adds_no_passkey(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        for bend in bends() {
            let made = Authenticator::p256().make(&begin(&ada).await, &bend);
            let (status, refused) = bring(&ada, "add-passkey", &made).await;
            assert_eq!((status, &refused["code"]), (400, &json!("invalid_value")), "{bend:?}");
        }
        for answer in ["", "{}", "null", "[]", r#"{"response":{"clientDataJSON":"?","attestationObject":""}}"#] {
            begin(&ada).await;
            let (status, refused) = form(&ada, "add-passkey", &[("answer", answer)]).await;
            assert_eq!((status, &refused["code"]), (400, &json!("invalid_request")), "{answer}");
        }
        // Neither a key of another kind, nor data that is cut short or has something behind it.
        let mut phone = Authenticator::p256();
        for way in 0.. {
            let whole = phone.make(&begin(&ada).await, &Bend::default());
            let Some(broken) = Authenticator::broken(&whole).into_iter().nth(way) else {
                break;
            };
            assert_eq!(bring(&ada, "add-passkey", &broken).await.0, 400, "{way}");
        }
        assert_eq!(count(&ada).await, 0);
    }

    async fn what_is_forged_lets_nobody_in(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        let ben = t.user("ben@example.org").await;
        let (mut hers, mut his) = (Authenticator::p256(), Authenticator::p256());
        added(&ada, &mut hers).await;
        added(&ben, &mut his).await;
        let stranger = t.stranger();
        for bend in bends() {
            assert_eq!(enter(&stranger, &mut hers, &bend).await, 401, "{bend:?}");
        }
        // Her passkey for his account, his signature for her passkey, nobody's account, and one that nobody has.
        for bend in [
            Bend { user: Some(&his.user), ..Bend::default() },
            Bend { user: Some(b""), ..Bend::default() },
            Bend { has_user: false, ..Bend::default() },
            Bend { id: Some(&his.id), ..Bend::default() },
            Bend { id: Some(&his.id), user: Some(&his.user), ..Bend::default() },
            Bend { id: Some(b"unknown"), ..Bend::default() },
            Bend { spoils_signature: true, ..Bend::default() },
        ] {
            assert_eq!(enter(&stranger, &mut hers, &bend).await, 401, "{bend:?}");
        }
        for answer in ["", "{}", "[1]"] {
            asked(&stranger, "begin-passkey-sign-in", &[]).await;
            assert_eq!(form(&stranger, "sign-in-with-passkey", &[("answer", answer)]).await.0, 400);
        }
        assert!(!is_in(&stranger).await);
        assert!(noted(&t, Act::SignInFailed).await.contains(&Some("passkey".to_owned())));
        assert_eq!(enter(&stranger, &mut hers, &Bend::default()).await, 200);
    }

    async fn a_challenge_is_good_once_soon_and_in_its_browser(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        let mut phone = Authenticator::p256();
        let made = phone.make(&begin(&ada).await, &Bend::default());
        t.advance(PASSKEY_LIFETIME);
        assert_eq!(bring(&ada, "add-passkey", &made).await.0, 401, "too late");
        let made = phone.make(&begin(&ada).await, &Bend::default());
        assert_eq!(bring(&ada, "add-passkey", &made).await.0, 200);
        assert_eq!(bring(&ada, "add-passkey", &made).await.0, 401, "good once");

        let (one, other) = (t.stranger(), t.stranger());
        let options = asked(&one, "begin-passkey-sign-in", &[]).await;
        let shown = phone.show(&options, &Bend::default());
        assert_eq!(bring(&other, "sign-in-with-passkey", &shown).await.0, 401, "another browser");
        asked(&other, "begin-passkey-sign-in", &[]).await;
        assert_eq!(bring(&other, "sign-in-with-passkey", &shown).await.0, 401, "another challenge");
        assert_eq!(bring(&one, "sign-in-with-passkey", &shown).await.0, 200);
        assert_eq!(bring(&one, "sign-in-with-passkey", &shown).await.0, 401, "good once");
        let options = asked(&other, "begin-passkey-sign-in", &[]).await;
        let shown = phone.show(&options, &Bend::default());
        t.advance(PASSKEY_LIFETIME);
        assert_eq!(bring(&other, "sign-in-with-passkey", &shown).await.0, 401, "too late");
        // What was begun to sign in adds nothing.
        let options = asked(&ada, "begin-passkey-sign-in", &[]).await;
        let mut made = begin(&ada).await;
        made["challenge"] = options["challenge"].clone();
        let made = Authenticator::p256().make(&made, &Bend::default());
        assert_eq!(bring(&ada, "add-passkey", &made).await.0, 400);
        assert_eq!(count(&ada).await, 1);
    }

    async fn what_one_began_another_does_not_finish(engine: Engine) {
        let t = start(engine).await;
        t.sign_up("ben@example.org").await;
        let browser = t.user("ada@example.org").await;
        let made = Authenticator::p256().make(&begin(&browser).await, &Bend::default());
        let keys = [("email", "ben@example.org"), ("password", PASSWORD)];
        assert_eq!(form(&browser, "sign-in", &keys).await.0, 200);
        assert_eq!(bring(&browser, "add-passkey", &made).await.0, 401);
        assert_eq!(count(&browser).await, 0);
        // A passkey is one account's alone.
        let mut phone = Authenticator::p256();
        added(&browser, &mut phone).await;
        let ada = t.user("ada@example.org").await;
        let made = phone.make(&begin(&ada).await, &Bend::default());
        assert_eq!(bring(&ada, "add-passkey", &made).await.0, 409);
    }

    async fn a_copy_shows_by_its_count(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        let mut phone = Authenticator::p256();
        phone.count = 5;
        added(&ada, &mut phone).await;
        let stranger = t.stranger();
        let at = |count| Bend { count: Some(count), ..Bend::default() };
        assert_eq!(enter(&stranger, &mut phone, &at(6)).await, 200);
        for count in [6, 3, 0] {
            assert_eq!(enter(&t.stranger(), &mut phone, &at(count)).await, 401, "{count}");
        }
        assert_eq!(noted(&t, Act::PasskeyCopied).await.len(), 3);
        assert_eq!(enter(&stranger, &mut phone, &at(u32::MAX)).await, 200);
        // Those that a cloud keeps do not count.
        let mut synced = Authenticator::p256();
        added(&ada, &mut synced).await;
        for _ in 0..2 {
            assert_eq!(enter(&t.stranger(), &mut synced, &at(0)).await, 200);
        }
    }

    async fn who_knows_the_password_adds_and_removes_and_nobody_elses(engine: Engine) {
        let t = start(engine).await;
        let ada = t.user("ada@example.org").await;
        let ben = t.user("ben@example.org").await;
        for (name, password, field) in [("", PASSWORD, "name"), (NAME, "a guess", "password")] {
            let (status, refused) = form(&ada, "begin-passkey", &[("name", name), ("password", password)]).await;
            assert_eq!((status, &refused["field"]), (400, &json!(field)));
        }
        let mut phone = Authenticator::p256();
        added(&ada, &mut phone).await;
        let (_, found) = form(&ada, "list-passkeys", &[]).await;
        let id = found["all"][0]["id"].as_str().unwrap();
        assert_eq!(form(&ben, "rename-passkey", &[("id", id), ("name", "His")]).await.0, 404);
        assert_eq!(form(&ben, "remove-passkey", &[("id", id), ("password", PASSWORD)]).await.0, 404);
        assert_eq!(form(&ada, "rename-passkey", &[("id", id), ("name", "Old phone")]).await.0, 200);
        let (_, found) = form(&ada, "list-passkeys", &[]).await;
        assert_eq!(found["all"][0]["name"], "Old phone");
        let (status, refused) = form(&ada, "remove-passkey", &[("id", id), ("password", "a guess")]).await;
        assert_eq!((status, &refused["field"]), (400, &json!("password")));
        assert_eq!(form(&ada, "remove-passkey", &[("id", id), ("password", PASSWORD)]).await.0, 200);
        assert_eq!(count(&ada).await, 0);
        assert_eq!(noted(&t, Act::PasskeyRemoved).await.len(), 1);
        assert_eq!(enter(&t.stranger(), &mut phone, &Bend::default()).await, 401);
        for _ in 0..PASSKEYS_MAX {
            added(&ada, &mut Authenticator::p256()).await;
        }
        let wish = [("name", NAME), ("password", PASSWORD)];
        assert_eq!(form(&ada, "begin-passkey", &wish).await.0, 403, "there is an end");
    }

    async fn a_program_gets_its_person_no_passkey(engine: Engine) {
        let t = start(engine).await;
        let program = t.token("ada@example.org").await;
        for (door, fields) in [
            ("list-passkeys", &[][..]),
            ("begin-passkey", &[("name", NAME), ("password", PASSWORD)]),
            ("add-passkey", &[("answer", "{}")]),
            ("rename-passkey", &[("id", "ffffffff-ffff-ffff-ffff-ffffffffffff"), ("name", NAME)]),
            ("remove-passkey", &[("id", "ffffffff-ffff-ffff-ffff-ffffffffffff"), ("password", PASSWORD)]),
        ] {
            let (status, refused) = form(&program, door, fields).await;
            assert_eq!((status, &refused["code"]), (403, &json!("insufficient_scope")), "{door}");
            assert_eq!(form(&t.anonymous(), door, fields).await.0, 401, "{door}");
        }
    }

    async fn an_account_made_in_somebodys_name_keeps_no_way_in_of_whoever_made_it(engine: Engine) {
        let t = start(engine).await;
        let (_, codes) = turned_on(&t).await;
        let squatter = t.user_with_code("ada@example.org", &codes[0]).await;
        let mut phone = Authenticator::p256();
        added(&squatter, &mut phone).await;
        reset(&t, "ada@example.org").await;
        assert_eq!(enter(&t.stranger(), &mut phone, &Bend::default()).await, 401);
        let keys = json!({ "email": "ada@example.org", "password": "correct horse battery" });
        let owner = t.anonymous().post("/api/v1/auth/sign-in", keys.clone()).await;
        assert_eq!(owner.summary(), "200", "nobody else's code is asked for");

        // Once it is known whose the address is, what they set up stays.
        let fields = [("email", "ada@example.org"), ("password", "correct horse battery")];
        let ada = t.stranger();
        assert_eq!(form(&ada, "sign-in", &fields).await.0, 200);
        let wish = [("name", NAME), ("password", "correct horse battery")];
        let options = asked(&ada, "begin-passkey", &wish).await;
        let made = phone.make(&options, &Bend::default());
        assert_eq!(bring(&ada, "add-passkey", &made).await.0, 200);
        t.advance(links::SENT_EVERY);
        reset(&t, "ada@example.org").await;
        assert!(!is_in(&ada).await);
        assert_eq!(enter(&ada, &mut phone, &Bend::default()).await, 200);
    }

    async fn an_account_without_a_password_adds_one_and_comes_in_by_it_alone(engine: Engine) {
        let t = start(engine).await;
        t.sign_up("first@example.org").await;
        let ada = t.user("ada@example.org").await;
        without_password(&t, "ada@example.org").await;
        let (_, found) = form(&ada, "list-passkeys", &[]).await;
        assert_eq!(found["asks_password"], false);
        let mut phone = Authenticator::p256();
        let options = asked(&ada, "begin-passkey", &[("name", NAME)]).await;
        let made = phone.make(&options, &Bend::default());
        assert_eq!(bring(&ada, "add-passkey", &made).await.0, 200);
        let stranger = t.stranger();
        assert_eq!(enter(&stranger, &mut phone, &Bend::default()).await, 200);
        // The last way in stays, and nobody adds another at a screen that was left unlocked.
        let id = found_id(&stranger).await;
        assert_eq!(form(&stranger, "remove-passkey", &[("id", &id)]).await.0, 403);
        t.advance(Duration::from_mins(11));
        let (status, why) = form(&stranger, "begin-passkey", &[("name", NAME)]).await;
        assert_eq!(status, 403);
        assert!(why["message"].as_str().unwrap().contains("within ten minutes"), "{why}");
        // Who loses it gets in by a mailed link.
        reset(&t, "ada@example.org").await;
        assert!(!is_in(&stranger).await);
        assert_eq!(enter(&stranger, &mut phone, &Bend::default()).await, 401, "an account that nobody had confirmed is begun anew");
    }

    async fn a_passkey_alone_is_the_second_step_that_a_workspace_asks_for(engine: Engine) {
        let team = Team::start(start(engine).await).await;
        let t = &team.t;
        team.member("adam@example.org", Role::Admin).await;
        let (olive, adam) = (t.user("olive@example.org").await, t.user("adam@example.org").await);
        let ask = async |who: &Client| {
            let fields = [("workspace", &*team.workspace.to_string()), ("required", "true")];
            form(who, "require-two-step", &fields).await.0
        };
        let mut phone = Authenticator::p256();
        added(&olive, &mut phone).await;
        added(&adam, &mut Authenticator::p256()).await;
        // The password beside it would do without.
        assert_eq!(ask(&olive).await, 403);
        without_password(t, "olive@example.org").await;
        assert_eq!(ask(&olive).await, 200);
        assert_eq!(olive.get("/w/team").await.status, 200);
        assert_eq!(adam.get("/w/team").await.status, 403);
        without_password(t, "adam@example.org").await;
        assert_eq!(adam.get("/w/team").await.status, 200);
        // While it is asked for, it is not given up, even where there is another way in.
        let id = found_id(&adam).await;
        link(t, "adam@example.org").await;
        let (status, kept) = form(&adam, "remove-passkey", &[("id", &id)]).await;
        assert_eq!((status, &kept["code"]), (403, &json!("not_allowed")));
        assert!(kept["message"].as_str().unwrap().contains("asks all its members"), "{kept}");
        assert_eq!(count(&adam).await, 1);
    }

    async fn a_server_whose_address_is_a_number_says_why_it_has_none(t: TestApp) {
        let ada = t.user("ada@example.org").await;
        let (_, found) = form(&ada, "list-passkeys", &[]).await;
        assert!(found["obstacle"].as_str().unwrap().contains("TEAMFLOW_PUBLIC_URL"), "{found}");
        assert_eq!(form(&ada, "find-entrances", &[]).await.1["has_passkeys"], false);
        let wish = [("name", NAME), ("password", PASSWORD)];
        assert_eq!(form(&ada, "begin-passkey", &wish).await.0, 503);
        assert_eq!(form(&t.stranger(), "begin-passkey-sign-in", &[]).await.0, 503);
    }
}

/// What no honest browser and authenticator say here.
fn bends() -> Vec<Bend<'static>> {
    let honest = Bend::default;
    vec![
        Bend {
            origin: "http://localhost:8081",
            ..honest()
        },
        Bend {
            origin: "https://localhost:8080",
            ..honest()
        },
        Bend {
            origin: "http://localhost.evil.example",
            ..honest()
        },
        Bend {
            host: "evil.example",
            ..honest()
        },
        Bend {
            challenge: Some("AAAA"),
            ..honest()
        },
        Bend {
            challenge: Some(""),
            ..honest()
        },
        Bend {
            kind: Some("payment.get"),
            ..honest()
        },
        Bend {
            is_cross_origin: true,
            ..honest()
        },
        // Nobody touched it, nobody was recognised, and one that cannot be.
        Bend {
            flags: VERIFIED,
            ..honest()
        },
        Bend {
            flags: 0x01,
            ..honest()
        },
        Bend {
            flags: 0x01 | VERIFIED | 0x10,
            ..honest()
        },
    ]
}
