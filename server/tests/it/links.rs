//! What reaches people by mail: links to choose another password, and to confirm an address.

use crate::harness::{Client, Engine, PASSWORD, Setup, TestApp, on_both_engines};
use crate::sync::Team;
use reqwest::Method;
use serde_json::{Value, json};
use server::access::{Actor, Visit};
use server::accounts;
use server::accounts::LINK_LIFETIME;
use server::accounts::links::{CONFIRM_LIFETIME, RESET_LIFETIME, SENT_EVERY};
use server::accounts::lockout::FREE;
use server::invitations::{self, Wanted};
use server::on_engine;
use server::tokens;
use shared::access::Role;
use shared::values::{Email, Name};
use std::fs;
use std::path::PathBuf;

/// A server that writes its mail into a folder.
pub(crate) struct Post {
    pub(crate) t: TestApp,
    folder: tempfile::TempDir,
}

impl Post {
    pub(crate) async fn start(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mails = format!("folder:{}", folder.path().join("mails").display());
        let setup = setup.var("TEAMFLOW_PUBLIC_URL", "http://tasks.example.org");
        let t = setup.var("TEAMFLOW_MAIL_URL", &mails).start().await;
        Self { t, folder }
    }

    /// The mails that were sent since the last look.
    pub(crate) async fn mails(&self) -> Vec<String> {
        self.t.app.mailer.settle().await;
        let Ok(files) = fs::read_dir(self.folder.path().join("mails")) else {
            return Vec::new();
        };
        let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        let texts = files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap())
            .collect();
        for file in files {
            fs::remove_file(file).unwrap();
        }
        texts
    }

    async fn mail(&self) -> String {
        let mut mails = self.mails().await;
        assert_eq!(mails.len(), 1, "{mails:#?}");
        mails.remove(0)
    }
}

/// The secret of the link in a mail.
pub(crate) fn secret(mail: &str, path: &str) -> String {
    let start = format!("http://tasks.example.org{path}");
    // A long line is broken in a mail.
    let mail = mail.replace("=\r\n", "").replace("=3D", "=");
    let rest = mail
        .split(&start)
        .nth(1)
        .unwrap_or_else(|| panic!("{mail}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

pub(crate) async fn form(client: &Client, name: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let request = client.request(Method::POST, &format!("/sf/{name}"));
    let answer = client
        .send(request.header("sec-fetch-site", "same-origin").form(fields))
        .await;
    (
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
    )
}

async fn signs_in(t: &TestApp, password: &str) -> u16 {
    let keys = json!({ "email": "ada@example.org", "password": password });
    t.anonymous()
        .post("/api/v1/auth/sign-in", keys)
        .await
        .status
}

async fn count_sign_ups(t: &TestApp) -> i64 {
    let mut read = t.app.db.read().await.unwrap();
    on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select count(*) from sign_ups")
            .fetch_one(c)
            .await
    })
    .unwrap()
}

const NEW: &str = "correct horse battery";

on_both_engines! {
    async fn a_forgotten_password_is_chosen_anew_by_a_mailed_link(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        let ada = post.t.user("ada@example.org").await;
        assert!(post.mail().await.contains("Subject: Confirm your address"));
        let nobody = post.t.anonymous();
        let user = accounts::find_by_email(&post.t.app, &Email::parse("ada@example.org").unwrap()).await;
        let wish = tokens::Wanted::full(Name::parse("Made before").unwrap());
        let made = tokens::create(&post.t.app, user.unwrap().unwrap().id, wish).await.unwrap();
        let program = post.t.program(made.1.as_str());
        assert_eq!(program.get("/api/v1/workspaces").await.status, 200);
        for _ in 0..=FREE {
            signs_in(&post.t, "a guess").await;
        }
        assert_eq!(form(&nobody, "forgot-password", &[("email", "ADA@example.org")]).await.0, 200);
        let mail = post.mail().await;
        for line in ["To: ada@example.org", "From: TeamFlow <teamflow@tasks.example.org>", "Auto-Submitted: auto-generated"] {
            assert!(mail.contains(line), "{line}: {mail}");
        }
        let secret = secret(&mail, "/reset-password?token=");
        let reset = async |password: &str| {
            form(&nobody, "reset-password", &[("token", &secret), ("password", password)]).await
        };
        // A password that is refused does not use the link up.
        let (status, refused) = reset("password1").await;
        assert_eq!((status, &refused["field"]), (400, &json!("password")));
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 200);
        assert_eq!(reset(NEW).await.0, 200);
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 401, "signed out everywhere");
        assert_eq!(program.get("/api/v1/workspaces").await.status, 401, "nobody had shown that the address is theirs");
        // Guessing before had locked the address; who owns it is let in.
        assert_eq!(signs_in(&post.t, NEW).await, 200);
        assert_eq!(signs_in(&post.t, PASSWORD).await, 401);
        assert_eq!(reset("another horse battery").await.0, 404, "good once");
    }

    async fn whether_anybody_has_an_address_is_not_told(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        post.t.sign_up("ada@example.org").await;
        post.mails().await;
        let nobody = post.t.anonymous();
        let mut answers = Vec::new();
        for email in ["ada@example.org", "nobody@example.org", "not an address"] {
            answers.push(form(&nobody, "forgot-password", &[("email", email)]).await);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        assert_eq!(post.mails().await.len(), 1);
        // Nobody is flooded, and that is not told either.
        let again = form(&nobody, "forgot-password", &[("email", "ada@example.org")]).await;
        assert_eq!(again, answers[0]);
        assert!(post.mails().await.is_empty());
        post.t.advance(SENT_EVERY);
        form(&nobody, "forgot-password", &[("email", "ada@example.org")]).await;
        assert_eq!(post.mails().await.len(), 1);
    }

    async fn a_link_ends_and_is_good_for_its_purpose_alone(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        post.t.sign_up("ada@example.org").await;
        let confirm = secret(&post.mail().await, "/confirm-email?token=");
        let nobody = post.t.anonymous();
        form(&nobody, "forgot-password", &[("email", "ada@example.org")]).await;
        let reset = secret(&post.mail().await, "/reset-password?token=");
        let fields = |token| [("token", token), ("password", NEW)];
        for token in [confirm.as_str(), "guessed", ""] {
            assert_eq!(form(&nobody, "reset-password", &fields(token)).await.0, 404);
        }
        assert_eq!(form(&nobody, "confirm-email", &[("token", &reset)]).await.0, 404);
        post.t.advance(RESET_LIFETIME);
        assert_eq!(form(&nobody, "reset-password", &fields(&reset)).await.0, 404);
        assert_eq!(form(&nobody, "confirm-email", &[("token", &confirm)]).await.0, 200);
        assert_eq!(form(&nobody, "confirm-email", &[("token", &confirm)]).await.0, 404);
        assert_eq!(signs_in(&post.t, PASSWORD).await, 200);
    }

    async fn an_address_is_confirmed_by_the_link_that_was_sent_to_it(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        let ada = post.t.user("ada@example.org").await;
        let known = async || form(&ada, "find-account", &[]).await.1;
        let account = known().await;
        assert_eq!((&account["is_confirmed"], &account["has_mail"]), (&json!(false), &json!(true)));
        let late = secret(&post.mail().await, "/confirm-email?token=");
        post.t.advance(CONFIRM_LIFETIME);
        assert_eq!(form(&ada, "confirm-email", &[("token", &late)]).await.0, 404);
        assert_eq!(form(&ada, "send-confirmation", &[]).await.0, 200);
        let secret = secret(&post.mail().await, "/confirm-email?token=");
        // Opening the page alone does nothing: mail programs do that too.
        let page = ada.get(&format!("/confirm-email?token={secret}")).await;
        assert_eq!(page.status, 200);
        assert_eq!(known().await["is_confirmed"], false);
        assert_eq!(form(&ada, "confirm-email", &[("token", &secret)]).await.0, 200);
        assert_eq!(known().await["is_confirmed"], true);
    }

    async fn signing_up_tells_nobody_whether_an_address_has_an_account(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        post.t.sign_up("ada@example.org").await;
        post.mails().await;
        let nobody = post.t.anonymous();
        let mut answers = Vec::new();
        for email in ["Ada@example.org", "grace@example.org"] {
            answers.push(form(&nobody, "ask-sign-up", &[("email", email), ("next", "")]).await);
        }
        assert_eq!(answers[0], answers[1]);
        let mut mails = post.mails().await;
        mails.sort_by_key(|mail| mail.contains("To: grace@example.org"));
        assert_eq!(mails.len(), 2);
        assert!(mails[0].contains("Subject: You have an account already"), "{}", mails[0]);
        assert!(!mails[0].contains("token="), "{}", mails[0]);
        assert_eq!(count_sign_ups(&post.t).await, 2, "as much is written for one as for the other");
        // The form that would tell is shut, whatever the address.
        for email in ["ada@example.org", "grace@example.org"] {
            let fields = [("name", "X"), ("email", email), ("password", NEW)];
            assert_eq!(form(&nobody, "sign-up", &fields).await.0, 403);
        }
        // Nobody is flooded.
        for email in ["ada@example.org", "grace@example.org"] {
            assert_eq!(form(&nobody, "ask-sign-up", &[("email", email)]).await.0, 200);
        }
        assert!(post.mails().await.is_empty());

        let token = secret(&mails[1], "/finish-sign-up?token=");
        let page = nobody.get(&format!("/finish-sign-up?token={token}")).await;
        assert_eq!(page.status, 200);
        let grace = post.t.stranger();
        let finish = async |token: &str, name: &str, password: &str| {
            let fields = [("token", token), ("name", name), ("password", password)];
            let (status, refused) = form(&grace, "finish-sign-up", &fields).await;
            (status, refused["field"].clone())
        };
        assert_eq!(finish("guessed", "Grace", NEW).await.0, 404);
        assert_eq!(finish(&token, "", NEW).await, (400, json!("name")));
        assert_eq!(finish(&token, "Grace", "password1").await, (400, json!("password")));
        assert_eq!(finish(&token, "Grace", NEW).await, (200, Value::Null));
        let keys = json!({ "email": "grace@example.org", "password": NEW });
        assert_eq!(post.t.anonymous().post("/api/v1/auth/sign-in", keys).await.status, 200);
        let email = Email::parse("grace@example.org").unwrap();
        let made = accounts::find_by_email(&post.t.app, &email).await.unwrap().unwrap();
        assert!(made.email_confirmed_at.is_some());
        assert_eq!(finish(&token, "Grace", NEW).await.0, 404, "once");
        assert!(post.mails().await.is_empty(), "there is nothing left to confirm");
    }

    async fn a_link_that_makes_an_account_ends_and_makes_one_alone(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        post.t.sign_up("first@example.org").await;
        post.mails().await;
        let nobody = post.t.anonymous();
        let ask = async || {
            let fields = [("email", "ada@example.org"), ("next", "/w/team")];
            form(&nobody, "ask-sign-up", &fields).await;
            let token = secret(&post.mail().await, "/finish-sign-up?token=");
            token.strip_suffix("&next=/w/team").unwrap().to_owned()
        };
        let finish = async |token: &str| {
            let fields = [("token", token), ("name", "Ada"), ("password", NEW)];
            form(&post.t.stranger(), "finish-sign-up", &fields).await.0
        };
        let late = ask().await;
        post.t.advance(LINK_LIFETIME);
        assert_eq!(finish(&late).await, 404);
        let first = ask().await;
        post.t.advance(SENT_EVERY);
        let second = ask().await;
        let (a, b) = tokio::join!(finish(&second), finish(&second));
        assert_eq!([a, b].iter().filter(|status| **status == 200).count(), 1, "{a} {b}");
        assert_eq!(finish(&first).await, 404);
        assert_eq!(count_sign_ups(&post.t).await, 0);
    }

    async fn where_domains_count_an_address_is_confirmed_before_it_lets_in(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_SIGN_UP", "domains");
        let post = Post::start(setup.var("TEAMFLOW_SIGN_UP_DOMAINS", "example.org")).await;
        post.t.sign_up("first@example.org").await;
        post.mails().await;
        let nobody = post.t.anonymous();
        let ask = async |email: &str| form(&nobody, "ask-sign-up", &[("email", email)]).await.0;
        assert_eq!(ask("eve@elsewhere.example").await, 403);
        assert_eq!(ask("eve@sub.example.org").await, 403);
        assert_eq!(ask("no address").await, 400);
        assert!(post.mails().await.is_empty());
        assert_eq!(ask("ada@example.org").await, 200);
        let token = secret(&post.mail().await, "/finish-sign-up?token=");
        let fields = [("token", token.as_str()), ("name", "Ada"), ("password", NEW)];
        assert_eq!(form(&nobody, "finish-sign-up", &fields).await.0, 200);
    }

    async fn an_invitation_that_names_the_address_makes_the_account_at_once(engine: Engine) {
        let post = Post::start(Setup::new(engine)).await;
        let team = Team::start(post.t).await;
        let olive = Visit::to(&team.t.app, Actor::unlimited(team.owner), team.workspace).await.unwrap();
        let invite = async |email: Option<&str>| {
            let wanted = Wanted {
                email: email.map(|email| Email::parse(email).unwrap()),
                role: Role::Member,
                projects: Vec::new(),
                placeholder: None,
                days: 7,
            };
            let link = invitations::create(&team.t.app, &olive, &crate::sync::name("Olive"), wanted).await.unwrap().1;
            link.replace("http://tasks.example.org", "")
        };
        let nobody = team.t.stranger();
        let sign_up = async |email: &str, next: &str| {
            let fields = [("name", "Ada"), ("email", email), ("password", NEW), ("next", next)];
            form(&nobody, "sign-up", &fields).await.0
        };
        let (named, open) = (invite(Some("ada@example.org")).await, invite(None).await);
        assert_eq!(sign_up("olive@example.org", &named).await, 403, "it says nothing of others");
        assert_eq!(sign_up("ada@example.org", &open).await, 403);
        let page = nobody.get(&app::routes::href::sign_up(&named)).await.text();
        assert!(page.contains("ada@example.org") && page.contains("Create account"), "{page}");
        assert!(nobody.get(&app::routes::href::sign_up(&open)).await.text().contains("Send the link"));
        assert_eq!(sign_up("ada@example.org", &named).await, 200);
    }

    async fn without_a_way_to_send_mail_people_are_told_whom_to_ask(t: TestApp) {
        let ada = t.user("ada@example.org").await;
        assert_eq!(form(&ada, "find-account", &[]).await.1["has_mail"], false);
        let (status, refused) = form(&ada, "forgot-password", &[("email", "ada@example.org")]).await;
        assert_eq!(status, 503);
        assert!(refused["message"].as_str().unwrap().contains("administrator"));
    }
}
