//! Who looks after the server.

use crate::harness::{Client, Engine, PASSWORD, Setup, TestApp, on_both_engines};
use crate::links::{Post, form, secret};
use serde_json::Value;
use server::accounts::{self, administrators};
use server::audit_entries::{self, Chain};
use shared::audit_entries::AuditFilter;
use shared::values::Email;
use std::collections::BTreeSet;
use std::time::Duration;

async fn add(who: &Client, email: &str, password: &str) -> (u16, Value) {
    let (status, answer) = form(
        who,
        "add-administrator",
        &[("email", email), ("password", password)],
    )
    .await;
    (status, answer["message"].clone())
}

async fn remove(who: &Client, email: &str, password: &str) -> u16 {
    form(
        who,
        "remove-administrator",
        &[("email", email), ("password", password)],
    )
    .await
    .0
}

async fn listed(who: &Client) -> Vec<String> {
    let (status, found) = form(who, "list-administrators", &[]).await;
    assert_eq!(status, 200, "{found}");
    let all = found["all"].as_array().unwrap().iter();
    let emails: BTreeSet<String> = all
        .map(|one| one["email"].as_str().unwrap().to_owned())
        .collect();
    emails.into_iter().collect()
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

on_both_engines! {
    async fn an_administrator_makes_others_and_takes_it_back_but_never_from_the_last(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        let t = &post.t;
        let (ada, ben) = (t.user("ada@example.org").await, t.user("ben@example.org").await);
        let welcomes = post.mails().await;
        let of_ben = welcomes.iter().find(|mail| mail.contains("To: ben@example.org")).unwrap();
        let of_ben = secret(of_ben, "/confirm-email?token=");
        assert_eq!(listed(&ada).await, ["ada@example.org"]);
        assert_eq!(add(&ben, "ben@example.org", PASSWORD).await.0, 403);
        assert_eq!(form(&ben, "list-administrators", &[]).await.0, 403);
        assert_eq!(remove(&ada, "ada@example.org", PASSWORD).await, 403);
        let (status, why) = add(&ada, "nobody@example.org", PASSWORD).await;
        assert_eq!((status, why.as_str().unwrap()), (400, "Nobody has an account with nobody@example.org."));

        // Nobody knows yet that the address is his who took it.
        let (status, why) = add(&ada, "ben@example.org", PASSWORD).await;
        assert_eq!(status, 400);
        assert!(why.as_str().unwrap().starts_with("ben@example.org is not confirmed"), "{why}");
        assert!(administrators::add(&t.app, None, &email("ben@example.org")).await.is_err());
        assert_eq!(form(&ben, "confirm-email", &[("token", &of_ben)]).await.0, 200);

        assert_eq!(add(&ada, "ben@example.org", PASSWORD).await.0, 200);
        assert_eq!(add(&ada, "ben@example.org", PASSWORD).await.0, 400);
        let mails = post.mails().await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains("To: ben@example.org"), "{mails:?}");
        assert_eq!(listed(&ben).await, ["ada@example.org", "ben@example.org"]);
        assert_eq!(form(&ben, "list-flags", &[]).await.0, 200);
        assert_eq!(remove(&ben, "ada@example.org", PASSWORD).await, 200);
        assert_eq!(form(&ada, "list-flags", &[]).await.0, 403);
        assert_eq!(listed(&ben).await, ["ben@example.org"]);

        let log = audit_entries::list(&t.app, Chain::Server, &AuditFilter::default(), None, 100).await;
        let entries = log.unwrap().entries;
        for (act, about) in [("accounts.administrator_added", "ben"), ("accounts.administrator_removed", "ada")] {
            let entry = entries.iter().find(|entry| entry.act == act).unwrap();
            assert_eq!(entry.subject_name.as_deref(), Some(about));
            assert!(entry.actor.is_some());
        }
    }

    async fn nobody_is_made_one_at_an_unlocked_screen_or_by_a_program(t: TestApp) {
        let ada = t.user("ada@example.org").await;
        t.sign_up("ben@example.org").await;
        for wrong in ["", "not the password"] {
            assert_eq!(add(&ada, "ben@example.org", wrong).await.0, 400, "{wrong:?}");
        }
        let program = t.token("ada@example.org").await;
        assert_eq!(add(&program, "ben@example.org", PASSWORD).await.0, 403);
        assert_eq!(listed(&ada).await, ["ada@example.org"]);
    }

    async fn who_has_no_password_has_to_have_come_in_just_now(t: TestApp) {
        let (_, session) = t.sign_up("ada@example.org").await;
        for email in ["ben@example.org", "cleo@example.org"] {
            t.sign_up(email).await;
        }
        without_password(&t, "ada@example.org").await;
        let ada = t.browser(&session);
        let (_, found) = form(&ada, "list-administrators", &[]).await;
        assert_eq!(found["asks_password"], false);
        assert_eq!(add(&ada, "cleo@example.org", "").await.0, 200);
        t.advance(Duration::from_mins(11));
        let (status, why) = add(&ada, "ben@example.org", "").await;
        assert_eq!(status, 403);
        assert!(why.as_str().unwrap().contains("within ten minutes"), "{why}");
        assert_eq!(listed(&ada).await, ["ada@example.org", "cleo@example.org"]);
    }

    async fn the_command_line_s_work_is_noted_as_nobody_s(t: TestApp) {
        t.sign_up("ada@example.org").await;
        t.sign_up("ben@example.org").await;
        administrators::add(&t.app, None, &email("ben@example.org")).await.unwrap();
        administrators::remove(&t.app, None, &email("ada@example.org")).await.unwrap();
        assert!(administrators::remove(&t.app, None, &email("ben@example.org")).await.is_err());
        assert!(administrators::remove(&t.app, None, &email("ada@example.org")).await.is_err());
        let all = administrators::list(&t.app).await.unwrap();
        assert_eq!(all.iter().map(|one| one.email.as_str()).collect::<Vec<_>>(), ["ben@example.org"]);
        let log = audit_entries::list(&t.app, Chain::Server, &AuditFilter::default(), None, 100).await;
        let entries = log.unwrap().entries;
        let added = entries.iter().find(|entry| entry.act == "accounts.administrator_added").unwrap();
        assert_eq!((added.actor, added.detail.as_deref()), (None, Some("command line")));
    }
}

/// Takes an account's password away, as of one that a provider's word has made.
pub(crate) async fn without_password(t: &TestApp, email: &str) {
    let user = accounts::find_by_email(&t.app, &self::email(email)).await;
    let mut tx = t.app.db.write().await.unwrap();
    accounts::store::update_password(tx.conn(), user.unwrap().unwrap().id, "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
