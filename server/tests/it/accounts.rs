//! Signing up and signing in.

use crate::harness::{Engine, PASSWORD, Setup, TestApp, new_account, on_both_engines};
use server::accounts::{self, Credentials, NewAccount};
use server::http::Error;
use server::sessions::Entrance;
use shared::codes::Code;
use shared::values::Email;

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
        Err(Error::Failed(error)) => panic!("{error:#}"),
    }
}

fn credentials(email: &str, password: &str) -> Credentials {
    Credentials {
        email: email.to_owned(),
        password: password.to_owned(),
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
}
