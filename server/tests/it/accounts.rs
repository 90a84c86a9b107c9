//! Signing up and signing in.

use crate::harness::{Engine, PASSWORD, Setup, TestApp, new_account, on_both_engines};
use reqwest::Method;
use server::accounts::lockout::FREE;
use server::accounts::{self, Credentials, NewAccount, store};
use server::http::Error;
use server::sessions::Entrance;
use shared::codes::Code;
use shared::values::Email;
use std::time::Duration;

/// What was refused, as `code field`.
fn refusal<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "not refused".to_owned(),
        Err(Error::Refused(rejected)) => {
            let field = rejected
                .field
                .map(|field| format!(" {field}"))
                .unwrap_or_default();
            format!("{}{field}", rejected.code.as_str())
        }
        Err(Error::Later(rejected, wait)) => {
            format!("{} {}", rejected.code.as_str(), wait.as_secs())
        }
        Err(Error::Failed(error)) => panic!("{error:#}"),
    }
}

fn credentials(email: &str, password: &str) -> Credentials {
    Credentials {
        email: email.to_owned(),
        password: password.to_owned(),
        code: None,
        entrance: Entrance::browser(None),
    }
}

on_both_engines! {
    async fn the_first_account_looks_after_the_server(t: TestApp) {
        assert_eq!(accounts::count(&t.app).await.unwrap(), 0);
        let (ada, _) = t.sign_up("ada@example.org").await;
        let (ben, _) = t.sign_up("ben@example.org").await;
        assert!(ada.is_site_admin);
        assert!(!ben.is_site_admin);
        assert_eq!(accounts::count(&t.app).await.unwrap(), 2);
        assert_eq!(accounts::find(&t.app, ada.id).await.unwrap(), Some(ada.clone()));
        let email = Email::parse("ADA@example.org").unwrap();
        assert_eq!(accounts::find_by_email(&t.app, &email).await.unwrap(), Some(ada));
    }

    async fn of_two_who_come_first_at_once_one_is_first(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_SIGN_UP", "first").start().await;
        let (a, b) = tokio::join!(
            accounts::sign_up(&t.app, new_account("ada@example.org")),
            accounts::sign_up(&t.app, new_account("ben@example.org")),
        );
        let (first, second) = if a.is_ok() { (a, b) } else { (b, a) };
        assert!(first.unwrap().0.is_site_admin);
        assert_eq!(refusal(second), "not_allowed");
    }

    async fn nobody_signs_up_where_it_is_closed(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_SIGN_UP", "closed").start().await;
        let refused = accounts::sign_up(&t.app, new_account("ada@example.org")).await;
        assert_eq!(refusal(refused), "not_allowed");
        assert_eq!(accounts::count(&t.app).await.unwrap(), 0);
    }

    async fn an_address_has_one_account_however_it_is_written(t: TestApp) {
        t.sign_up("ada@example.org").await;
        let again = accounts::sign_up(&t.app, new_account("Ada@Example.org")).await;
        assert_eq!(refusal(again), "email_taken email");
        assert_eq!(accounts::count(&t.app).await.unwrap(), 1);
    }

    async fn a_guessable_password_makes_no_account(t: TestApp) {
        let new = NewAccount { password: "Password1".into(), ..new_account("ada@example.org") };
        assert_eq!(refusal(accounts::sign_up(&t.app, new).await), "invalid_value password");
        assert_eq!(accounts::count(&t.app).await.unwrap(), 0);
    }

    async fn signing_in_tells_nobody_whether_an_address_has_an_account(t: TestApp) {
        let (ada, _) = t.sign_up("ada@example.org").await;
        let sign_in = async |email, password| {
            accounts::sign_in(&t.app, credentials(email, password)).await
        };
        let (found, _) = sign_in(" Ada@Example.org", PASSWORD).await.unwrap();
        assert_eq!(found, ada);
        let wrong = [
            ("ada@example.org", "difference engines"),
            ("ada@example.org", ""),
            ("ben@example.org", PASSWORD),
            ("not an address", PASSWORD),
        ];
        for (email, password) in wrong {
            let Err(Error::Refused(rejected)) = sign_in(email, password).await else {
                panic!("{email} came in");
            };
            assert_eq!(rejected, Code::SignInFailed.into(), "{email}");
        }
    }

    async fn whoever_guesses_waits_longer_each_time_whether_anybody_is_there_or_not(t: TestApp) {
        t.sign_up("ada@example.org").await;
        for email in ["ada@example.org", "nobody@example.org"] {
            let guess = async |password: &str| {
                refusal(accounts::sign_in(&t.app, credentials(email, password)).await)
            };
            for _ in 0..FREE {
                assert_eq!(guess("a guess").await, "sign_in_failed", "{email}");
            }
            // The right one does not help either, or the answer would tell.
            assert_eq!(guess(PASSWORD).await, "too_many_requests 30", "{email}");
            t.advance(Duration::from_secs(29));
            assert_eq!(guess("a guess").await, "too_many_requests 1", "{email}");
            t.advance(Duration::from_secs(1));
            assert_eq!(guess("a guess").await, "sign_in_failed", "{email}");
            assert_eq!(guess("a guess").await, "too_many_requests 60", "{email}");
            // However it is written.
            let upper = credentials(&format!(" {}", email.to_uppercase()), "a guess");
            let refused = refusal(accounts::sign_in(&t.app, upper).await);
            assert_eq!(refused, "too_many_requests 60");
            t.advance(Duration::from_mins(1));
        }
        // Signing in clears the count.
        t.sign_in("ada@example.org").await;
        for _ in 0..FREE {
            let refused = accounts::sign_in(&t.app, credentials("ada@example.org", "x")).await;
            assert_eq!(refusal(refused), "sign_in_failed");
        }
    }

    async fn many_guesses_at_once_are_no_more_than_one_after_the_other(t: TestApp) {
        t.sign_up("ada@example.org").await;
        let guess = || async {
            refusal(accounts::sign_in(&t.app, credentials("ada@example.org", "a guess")).await)
        };
        let answers = futures::future::join_all((0..20).map(|_| guess())).await;
        let looked_at = answers.iter().filter(|answer| *answer == "sign_in_failed").count();
        assert_eq!(looked_at, FREE as usize, "{answers:?}");
    }

    async fn a_wait_is_told_to_programs_and_people(t: TestApp) {
        let client = t.anonymous();
        let body = serde_json::json!({ "email": "ada@example.org", "password": "a guess" });
        for _ in 0..FREE {
            let answer = client.post("/api/v1/auth/sign-in", body.clone()).await;
            assert_eq!(answer.summary(), "401 sign_in_failed");
        }
        let answer = client.post("/api/v1/auth/sign-in", body).await;
        assert_eq!(answer.summary(), "429 too_many_requests");
        assert_eq!(answer.header("retry-after"), Some("30"));
        assert!(answer.text().contains("Try again in 30 seconds."), "{}", answer.text());
    }

    async fn a_password_is_changed_by_who_knows_it_and_ends_the_other_sessions(t: TestApp) {
        let desk = t.user("ada@example.org").await;
        let phone = t.user("ada@example.org").await;
        let change = async |current: &str, password: &str| {
            let request = desk
                .request(Method::POST, "/sf/change-password")
                .form(&[("current", current), ("password", password)]);
            let answer = desk.send(request).await;
            let field = (answer.status >= 400).then(|| answer.json()["field"].clone());
            (answer.status, field)
        };
        let refused = |field: &str| (400, Some(serde_json::json!(field)));
        assert_eq!(change("a guess", "correct horse battery").await, refused("current"));
        assert_eq!(change(PASSWORD, "password1").await, refused("password"));
        assert_eq!(phone.get("/api/v1/workspaces").await.status, 200);
        assert_eq!(change(PASSWORD, "correct horse battery").await, (200, None));
        assert_eq!(desk.get("/api/v1/workspaces").await.status, 200);
        assert_eq!(phone.get("/api/v1/workspaces").await.status, 401);
        let old = accounts::sign_in(&t.app, credentials("ada@example.org", PASSWORD)).await;
        assert_eq!(refusal(old), "sign_in_failed");
        let new = credentials("ada@example.org", "correct horse battery");
        assert!(accounts::sign_in(&t.app, new).await.is_ok());
        // Whoever sits at an open desk has no more guesses than a stranger.
        for _ in 0..FREE {
            assert_eq!(change("a guess", "x").await.0, 400);
        }
        assert_eq!(change("correct horse battery", PASSWORD).await.0, 429);
    }

    async fn a_hash_taken_over_from_elsewhere_is_replaced_at_the_first_sign_in(t: TestApp) {
        let (ada, _) = t.sign_up("ada@example.org").await;
        let old = bcrypt::hash(PASSWORD, 4).unwrap();
        let stored = async || {
            let mut read = t.app.db.read().await.unwrap();
            store::find(read.conn(), ada.id).await.unwrap().unwrap().1.unwrap()
        };
        let mut tx = t.app.db.write().await.unwrap();
        store::update_password(tx.conn(), ada.id, &old).await.unwrap();
        tx.commit().await.unwrap();
        let wrong = accounts::sign_in(&t.app, credentials("ada@example.org", "a guess")).await;
        assert_eq!(refusal(wrong), "sign_in_failed");
        assert_eq!(stored().await, old);
        t.sign_in("ada@example.org").await;
        assert!(stored().await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        t.sign_in("ada@example.org").await;
    }

    async fn a_new_name_is_on_the_pages_at_once(t: TestApp) {
        let ada = t.user("ada@example.org").await;
        let request = ada.request(Method::POST, "/sf/rename-account").form(&[("name", "Ada King")]);
        assert_eq!(ada.send(request).await.status, 200);
        assert!(ada.get("/settings/account").await.text().contains("Ada King"));
        let request = ada.request(Method::POST, "/sf/rename-account").form(&[("name", " ")]);
        assert_eq!(ada.send(request).await.status, 400);
    }
}
