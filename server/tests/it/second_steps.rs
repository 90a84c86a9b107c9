//! The second step of signing in.

use crate::harness::{Client, PASSWORD, TestApp, on_both_engines};
use crate::links::form;
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};
use server::accounts::lockout::FREE;
use server::on_engine;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use totp_rs::{Builder, Secret};

/// An app on somebody's phone.
pub(crate) fn code_of(t: &TestApp, seed: &str, ahead: i64) -> String {
    let secret = Secret::try_from_base32(seed).unwrap();
    let app = Builder::new()
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .unwrap();
    let seconds = u64::try_from(t.app.clock.now().0 / 1_000 + ahead).unwrap();
    app.generate(seconds).to_string()
}

const HALF_MINUTE: Duration = Duration::from_secs(30);

/// Ada has it on: her seed, and her recovery codes.
pub(crate) async fn turned_on(t: &TestApp) -> (String, Vec<String>) {
    let ada = t.user("ada@example.org").await;
    assert_eq!(form(&ada, "find-two-step", &[]).await.1, json!("Off"));
    assert_eq!(form(&ada, "begin-two-step", &[]).await.0, 200);
    let (_, state) = form(&ada, "find-two-step", &[]).await;
    let seed = state["Pending"]["seed"].as_str().unwrap().to_owned();
    assert!(state["Pending"]["picture"].as_str().unwrap().len() > 100);
    let (status, refused) = form(&ada, "confirm-two-step", &[("code", "000000")]).await;
    assert_eq!((status, &refused["field"]), (400, &json!("code")));
    let code = code_of(t, &seed, 0);
    assert_eq!(
        form(&ada, "confirm-two-step", &[("code", &code)]).await.0,
        200
    );
    let (_, state) = form(&ada, "find-two-step", &[]).await;
    assert_eq!(state["On"]["left"], 10);
    let codes = state["On"]["codes"].as_array().unwrap().iter();
    let codes = codes
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(form(&ada, "note-codes", &[]).await.0, 200);
    let (_, state) = form(&ada, "find-two-step", &[]).await;
    assert_eq!(
        state["On"]["codes"],
        Value::Null,
        "they are shown until they are noted"
    );
    assert_eq!(form(&ada, "begin-two-step", &[]).await.0, 409, "it is on");
    t.advance(HALF_MINUTE);
    (seed, codes)
}

/// What was stored of a recovery code once.
fn quick_hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.replace('-', "")).to_vec()
}

async fn stored_codes(t: &TestApp) -> Vec<Vec<u8>> {
    let mut read = t.app.db.read().await.unwrap();
    on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select code_hash from recovery_codes")
            .fetch_all(c)
            .await
    })
    .unwrap()
}

async fn sign_in(t: &TestApp, code: Option<&str>) -> String {
    let keys = json!({ "email": "ada@example.org", "password": PASSWORD, "code": code });
    t.anonymous()
        .post("/api/v1/auth/sign-in", keys)
        .await
        .summary()
}

/// The seed that waits for a first code.
async fn pending(who: &Client) -> String {
    let (_, state) = form(who, "find-two-step", &[]).await;
    state["Pending"]["seed"].as_str().unwrap().to_owned()
}

/// The recovery codes that somebody is shown, all of which let in.
async fn all_good(t: &TestApp, who: &Client) {
    let (_, state) = form(who, "find-two-step", &[]).await;
    assert_eq!(state["On"]["left"], 10);
    let codes = state["On"]["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    for code in codes {
        assert_eq!(sign_in(t, code.as_str()).await, "200", "{code}");
    }
}

on_both_engines! {
    async fn what_waits_for_its_first_code_vouches_for_nobody(t: TestApp) {
        let (seed, codes) = turned_on(&t).await;
        let ada = t.user_with_code("ada@example.org", &codes[0]).await;
        // The password was shown while it was on.
        let nobody = t.anonymous();
        let fields = [("email", "ada@example.org"), ("password", PASSWORD)];
        let request = nobody.request(Method::POST, "/sf/sign-in");
        let request = request.header("sec-fetch-site", "same-origin").header("accept", "text/html");
        let answer = nobody.send(request.form(&fields)).await;
        let half_way = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(form(&ada, "end-two-step", &[("password", PASSWORD)]).await.0, 200);
        assert_eq!(form(&ada, "begin-two-step", &[]).await.0, 200);
        let first = pending(&ada).await;
        assert_eq!(form(&ada, "begin-two-step", &[]).await.0, 200);
        let second = pending(&ada).await;
        assert_ne!(first, second, "begun anew, it is another");
        for code in [&code_of(&t, &seed, 0), &code_of(&t, &second, 0), &codes[1], "aaaaa-aaaaa"] {
            let request = nobody.request(Method::POST, "/sf/enter-code");
            let request = request.header("sec-fetch-site", "same-origin").header(COOKIE, &half_way);
            assert_eq!(nobody.send(request.form(&[("code", code)])).await.status, 400, "{code}");
        }
        assert_eq!(sign_in(&t, None).await, "200", "it is off");
        let old = code_of(&t, &first, 0);
        assert_eq!(form(&ada, "confirm-two-step", &[("code", &old)]).await.0, 400);
        let code = code_of(&t, &second, 0);
        assert_eq!(form(&ada, "confirm-two-step", &[("code", &code)]).await.0, 200);
        all_good(&t, &ada).await;
    }

    async fn of_two_who_turn_it_on_at_once_one_set_of_codes_is_left(t: TestApp) {
        let ada = t.user("ada@example.org").await;
        let begin = || form(&ada, "begin-two-step", &[]);
        let (one, other) = tokio::join!(begin(), begin());
        assert_eq!((one.0, other.0), (200, 200));
        let code = code_of(&t, &pending(&ada).await, 0);
        let fields = [("code", code.as_str())];
        let confirm = || form(&ada, "confirm-two-step", &fields);
        let (one, other) = tokio::join!(confirm(), confirm());
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
        all_good(&t, &ada).await;
    }

    async fn a_password_alone_is_not_enough_and_a_code_is_good_once(t: TestApp) {
        let (seed, _) = turned_on(&t).await;
        assert_eq!(sign_in(&t, None).await, "401 code_required");
        assert_eq!(sign_in(&t, Some("000000")).await, "400 invalid_value code");
        let code = code_of(&t, &seed, 0);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(sign_in(&t, Some(&spaced)).await, "200");
        assert_eq!(sign_in(&t, Some(&code)).await, "400 invalid_value code", "good once");
        t.advance(HALF_MINUTE);
        // Clocks differ by half a minute, not by more.
        assert_eq!(sign_in(&t, Some(&code_of(&t, &seed, 30))).await, "200");
        t.advance(HALF_MINUTE * 10);
        for ahead in [60, -60] {
            let code = code_of(&t, &seed, ahead);
            assert_eq!(sign_in(&t, Some(&code)).await, "400 invalid_value code", "{ahead}");
        }
        // The wrong password does not tell that there is a second step.
        let keys = json!({ "email": "ada@example.org", "password": "a guess" });
        let wrong = t.anonymous().post("/api/v1/auth/sign-in", keys).await;
        assert_eq!(wrong.summary(), "401 sign_in_failed");
    }

    async fn a_recovery_code_lets_in_once(t: TestApp) {
        let (_, codes) = turned_on(&t).await;
        assert_eq!(codes.len(), 10);
        assert_eq!(sign_in(&t, Some(&codes[0].to_uppercase())).await, "200");
        assert_eq!(sign_in(&t, Some(&codes[0])).await, "400 invalid_value code");
        assert_eq!(sign_in(&t, Some(&codes[1].replace('-', " "))).await, "200");
        let ada = t.user_with_code("ada@example.org", &codes[2]).await;
        assert_eq!(form(&ada, "find-two-step", &[]).await.1["On"]["left"], 7);
    }

    async fn codes_are_not_guessed_any_faster_than_passwords(t: TestApp) {
        let (seed, _) = turned_on(&t).await;
        for n in 0..FREE {
            assert_eq!(sign_in(&t, Some(&format!("00000{n}"))).await, "400 invalid_value code");
        }
        assert_eq!(sign_in(&t, Some(&code_of(&t, &seed, 0))).await, "429 too_many_requests");
    }

    async fn in_browsers_the_code_comes_after_the_password_and_within_minutes(t: TestApp) {
        let (seed, _) = turned_on(&t).await;
        let nobody = t.anonymous();
        let fields = [("email", "ada@example.org"), ("password", PASSWORD), ("next", "/w/team")];
        let request = nobody
            .request(Method::POST, "/sf/sign-in")
            .header("sec-fetch-site", "same-origin")
            .header("accept", "text/html");
        let answer = nobody.send(request.form(&fields)).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some("/second-step?next=/w/team")));
        let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 1, "no session yet: {cookies:?}");
        let cookie = cookies[0].to_str().unwrap();
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        assert!(!cookie.contains("ada"), "{cookie}");
        let half_way = cookie.split(';').next().unwrap().to_owned();
        assert_eq!(nobody.get("/second-step").await.status, 200);
        let enter = async |cookie: &str, code: &str| {
            let request = nobody
                .request(Method::POST, "/sf/enter-code")
                .header("sec-fetch-site", "same-origin")
                .header(COOKIE, cookie)
                .form(&[("code", code), ("next", "/w/team")]);
            nobody.send(request).await
        };
        assert_eq!(enter("", &code_of(&t, &seed, 0)).await.status, 401);
        let forged = format!("{half_way}A");
        assert_eq!(enter(&forged, &code_of(&t, &seed, 0)).await.status, 401);
        assert_eq!(enter(&half_way, "000000").await.status, 400);
        let entered = enter(&half_way, &code_of(&t, &seed, 0)).await;
        assert_eq!(entered.status, 200);
        let set: Vec<_> = entered.headers.get_all("set-cookie").iter().collect();
        assert_eq!(set.len(), 3, "{set:?}");
        t.advance(Duration::from_mins(5));
        assert_eq!(enter(&half_way, &code_of(&t, &seed, 0)).await.status, 401);
    }

    async fn it_is_turned_off_by_who_knows_the_password(t: TestApp) {
        let (_, codes) = turned_on(&t).await;
        let ada = t.user_with_code("ada@example.org", &codes[0]).await;
        let (status, refused) = form(&ada, "end-two-step", &[("password", "a guess")]).await;
        assert_eq!((status, &refused["field"]), (400, &json!("password")));
        assert_eq!(form(&ada, "end-two-step", &[("password", PASSWORD)]).await.0, 200);
        assert_eq!(sign_in(&t, None).await, "200");
        let ben = t.user("ben@example.org").await;
        assert_eq!(form(&ben, "find-two-step", &[]).await.1, json!("Off"));
    }

    async fn neither_seeds_nor_recovery_codes_are_in_the_database_as_they_are(t: TestApp) {
        let (seed, codes) = turned_on(&t).await;
        let seed = Secret::try_from_base32(&seed).unwrap();
        let mut read = t.app.db.read().await.unwrap();
        let (sealed, left): (Vec<u8>, Option<Vec<u8>>) = on_engine!(read.conn(), |c| {
            sqlx::query_as("select sealed_seed, sealed_codes from second_steps").fetch_one(c).await
        })
        .unwrap();
        assert!(left.is_none());
        assert!(t.app.vault.is_current(&sealed));
        let bytes = seed.as_bytes();
        assert!(!sealed.windows(bytes.len()).any(|part| part == bytes));
        let salts: Vec<Option<Vec<u8>>> = on_engine!(read.conn(), |c| {
            sqlx::query_scalar("select codes_salt from second_steps").fetch_all(c).await
        })
        .unwrap();
        assert!(salts.iter().all(|salt| salt.as_ref().is_some_and(|salt| salt.len() == 16)));
        let stored = stored_codes(&t).await;
        assert_eq!(stored.len(), 10);
        for code in &codes {
            assert!(!stored.contains(&quick_hash(code)), "{code} can be guessed fast");
        }
    }

    async fn codes_of_an_older_kind_are_hardened_and_good_once(t: TestApp) {
        let (_, codes) = turned_on(&t).await;
        let grow_old = async || {
            let mut tx = t.app.db.write().await.unwrap();
            let left = codes[2..].iter().map(|code| quick_hash(code));
            on_engine!(tx.conn(), |c| {
                sqlx::query("update second_steps set codes_salt = null").execute(&mut *c).await.unwrap();
                sqlx::query("delete from recovery_codes").execute(&mut *c).await.unwrap();
                for hash in left {
                    let sql = "insert into recovery_codes (user_id, code_hash) select user_id, $1 from second_steps";
                    sqlx::query(sql).bind(hash).execute(&mut *c).await.unwrap();
                }
            });
            tx.commit().await.unwrap();
        };
        // As soon as one is brought.
        grow_old().await;
        assert_eq!(sign_in(&t, Some("aaaaa-aaaaa")).await, "400 invalid_value code");
        assert!(!stored_codes(&t).await.contains(&quick_hash(&codes[2])));
        assert_eq!(sign_in(&t, Some(&codes[2])).await, "200");
        assert_eq!(sign_in(&t, Some(&codes[2])).await, "400 invalid_value code");
        // Or by itself.
        grow_old().await;
        assert_eq!(server::second_steps::harden_all(&t.app).await.unwrap(), 1);
        assert_eq!(server::second_steps::harden_all(&t.app).await.unwrap(), 0);
        assert!(!stored_codes(&t).await.contains(&quick_hash(&codes[3])));
        assert_eq!(sign_in(&t, Some(&codes[3])).await, "200");
        assert_eq!(sign_in(&t, Some(&codes[0])).await, "400 invalid_value code", "it was not among them");
    }
}
