//! What is set in the application: who may, what holds, mail, flags, and figures.

use crate::harness::{Client, Engine, Setup, TestApp, on_both_engines};
use crate::links::form;
use crate::sync::Team;
use serde_json::{Value, json};
use server::accounts;
use server::app::App;
use server::audit_entries::{self, Chain};
use server::settings::look;
use shared::access::Role;
use shared::audit_entries::AuditFilter;
use shared::ids::UserId;
use shared::values::Email;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

async fn save(who: &Client, key: &str, value: &str) -> (u16, Value) {
    let (status, answer) = form(who, "save-setting", &[("key", key), ("value", value)]).await;
    (status, answer["message"].clone())
}

async fn standing(who: &Client, key: &str) -> Value {
    let (status, found) = form(who, "list-settings", &[("keys[0]", key)]).await;
    assert_eq!(status, 200, "{found}");
    found[0].clone()
}

async fn facts(who: &Client, about: &str, workspace: &str) -> Vec<String> {
    let mut fields = vec![("about", about)];
    if !workspace.is_empty() {
        fields.push(("workspace", workspace));
    }
    let (status, found) = form(who, "list-facts", &fields).await;
    assert_eq!(status, 200, "{found}");
    let line = |fact: &Value| {
        let text = |name: &str| fact[name].as_str().unwrap().to_owned();
        format!("{}: {}", text("name"), text("value"))
    };
    found.as_array().unwrap().iter().map(line).collect()
}

async fn signs_up(t: &TestApp, email: &str) -> u16 {
    let fields = [
        ("name", "Somebody"),
        ("email", email),
        ("password", "difference engine"),
    ];
    form(&t.anonymous(), "sign-up", &fields).await.0
}

/// A mail server that takes one mail, and answers what came.
async fn smtp() -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (read, mut write) = socket.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut seen, mut in_data) = (String::new(), false);
        write.write_all(b"220 test ESMTP\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            seen.push_str(&line);
            seen.push('\n');
            let answer: &[u8] = if in_data {
                if line != "." {
                    continue;
                }
                in_data = false;
                b"250 taken\r\n"
            } else if line.starts_with("EHLO") {
                b"250 test\r\n"
            } else if line == "DATA" {
                in_data = true;
                b"354 go on\r\n"
            } else if line == "QUIT" {
                break;
            } else {
                b"250 ok\r\n"
            };
            write.write_all(answer).await.unwrap();
            if answer == b"250 taken\r\n" {
                break;
            }
        }
        seen
    });
    (port, serving)
}

on_both_engines! {
    async fn the_server_s_administrator_alone_sets_things(t: TestApp) {
        let team = Team::start(t).await;
        team.member("admin@example.org", Role::Admin).await;
        let olive = team.t.user("olive@example.org").await;
        let admin = team.t.user("admin@example.org").await;
        assert_eq!(save(&admin, "sign_up", "closed").await.0, 403);
        for (name, fields) in [
            ("list-settings", vec![("keys[0]", "sign_up")]),
            ("send-test-mail", vec![]),
            ("list-flags", vec![]),
            ("save-flag", vec![("name", "x"), ("rule", "on")]),
            ("delete-flag", vec![("name", "x")]),
            ("run-retention", vec![]),
            ("preview-erasure", vec![("email", "olive@example.org")]),
            ("erase-person", vec![("email", "olive@example.org")]),
            ("list-facts", vec![("about", "health")]),
            ("list-facts", vec![("about", "storage")]),
        ] {
            assert_eq!(form(&admin, name, &fields).await.0, 403, "{name}");
        }
        assert_eq!(save(&olive, "sign_up", "closed").await.0, 200);
        assert_eq!(signs_up(&team.t, "eve@example.org").await, 403);
        assert_eq!(save(&olive, "sign_up", "").await.0, 200);
        assert_eq!(signs_up(&team.t, "eve@example.org").await, 200);
        let all = AuditFilter::default();
        let log = audit_entries::list(&team.t.app, Chain::Server, &all, None, 50);
        let log = log.await.unwrap().entries;
        let said: Vec<_> = log
            .iter()
            .filter(|entry| entry.act == "settings.changed")
            .map(|entry| entry.detail.as_deref().unwrap())
            .collect();
        assert_eq!(said, ["sign_up set back", "sign_up = closed"]);
    }

    async fn what_the_operator_has_set_cannot_be_changed(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_SIGN_UP", "invited").start().await;
        let olive = t.user("olive@example.org").await;
        assert_eq!(standing(&olive, "sign_up").await["by_operator"], true);
        let (status, why) = save(&olive, "sign_up", "open").await;
        assert_eq!(status, 403);
        assert!(why.as_str().unwrap().contains("operator"), "{why}");
        assert_eq!(standing(&olive, "session_days").await["by_operator"], false);
        assert_eq!(signs_up(&t, "eve@example.org").await, 403);
    }

    async fn a_value_that_no_server_starts_with_is_refused(t: TestApp) {
        let olive = t.user("olive@example.org").await;
        for (key, value, said) in [
            ("session_days", "0", "\"0\" is not a whole number from 1 to 3650"),
            ("sign_up", "some", "\"some\" is none of: open"),
            ("mail_url", "http://x", "it is neither folder:PATH nor an address"),
            ("mail_url", "folder:/tmp/x", "Only the operator"),
        ] {
            let (status, why) = save(&olive, key, value).await;
            assert_eq!(status, 400, "{key}");
            assert!(why.as_str().unwrap().starts_with(said), "{why}");
        }
        assert_eq!(save(&olive, "listen", "0.0.0.0:80").await.0, 404);
        assert_eq!(save(&olive, "secret_keys", "x").await.0, 404);
    }

    async fn mail_goes_to_no_private_place_that_somebody_typed(engine: Engine) {
        let t = TestApp::start(engine).await;
        let olive = t.user("olive@example.org").await;
        for host in ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0x7f.1"] {
            assert_eq!(save(&olive, "mail_url", &format!("smtp://{host}:25")).await.0, 200);
            let (status, refused) = form(&olive, "send-test-mail", &[]).await;
            let why = refused["message"].as_str().unwrap();
            assert!(status == 503 && why.contains("is not on the public network"), "{host}: {why}");
        }
    }

    async fn mail_is_set_up_and_tried(engine: Engine) {
        let setup = Setup::new(engine).var("TEAMFLOW_OUTGOING_ALLOWED", "127.0.0.0/8");
        let t = setup.start().await;
        let olive = t.user("olive@example.org").await;
        assert_eq!(form(&olive, "send-test-mail", &[]).await.0, 503);
        let (port, server) = smtp().await;
        let url = format!("smtp://127.0.0.1:{port}");
        assert_eq!(save(&olive, "mail_url", &url).await.0, 200);
        assert_eq!(save(&olive, "mail_from", "Tasks <tasks@example.org>").await.0, 200);
        let (status, to) = form(&olive, "send-test-mail", &[]).await;
        assert_eq!((status, to), (200, json!("olive@example.org")));
        let seen = server.await.unwrap();
        for part in ["MAIL FROM:<tasks@example.org>", "RCPT TO:<olive@example.org>", "Subject: Mail from TeamFlow works"] {
            assert!(seen.contains(part), "{seen}");
        }
        // It is not shown again, and sealed in the database.
        let shown = standing(&olive, "mail_url").await;
        assert_eq!((&shown["is_set"], &shown["value"]), (&json!(true), &Value::Null));
        // Nobody listens there any more.
        let (status, refused) = form(&olive, "send-test-mail", &[]).await;
        assert_eq!(status, 503);
        let why = refused["message"].as_str().unwrap();
        let told = "The mail could not be sent: no mail server could be connected to. The log of this server says more.";
        assert_eq!(why, told, "nothing of what answered is told");
    }

    async fn another_node_follows(engine: Engine) {
        let one = TestApp::start(engine).await;
        if engine == Engine::Sqlite {
            return;
        }
        let two = Setup::new(engine).beside(&one).start().await;
        let olive = one.user("olive@example.org").await;
        assert_eq!(save(&olive, "session_days", "3").await.0, 200);
        assert_eq!(two.app.settings.now().auth.session_lifetime, Duration::from_hours(30 * 24));
        look(&two.app).await.unwrap();
        assert_eq!(two.app.settings.now().auth.session_lifetime, Duration::from_hours(3 * 24));
    }

    async fn flags_reach_the_pages_of_whom_they_are_on_for(t: TestApp) {
        let olive = t.user("olive@example.org").await;
        let ada = t.user("ada@example.org").await;
        let set = async |fields: &[(&str, &str)]| form(&olive, "save-flag", fields).await.0;
        assert_eq!(set(&[("name", "for-all"), ("rule", "on")]).await, 200);
        assert_eq!(set(&[("name", "for-none"), ("rule", "percent"), ("percent", "0")]).await, 200);
        assert_eq!(set(&[("name", "for-ada"), ("rule", "people"), ("people", "ada@example.org")]).await, 200);
        assert_eq!(set(&[("name", "Bad name"), ("rule", "on")]).await, 400);
        assert_eq!(set(&[("name", "x"), ("rule", "percent"), ("percent", "101")]).await, 400);
        assert_eq!(set(&[("name", "x"), ("rule", "people"), ("people", "nobody@example.org")]).await, 400);
        let (_, flags) = form(&olive, "list-flags", &[]).await;
        let names: Vec<_> = flags.as_array().unwrap().iter().map(|flag| &flag["name"]).collect();
        assert_eq!(names, ["for-ada", "for-all", "for-none"]);
        let page = async |who: &Client| who.get("/settings/account").await.text();
        assert!(page(&ada).await.contains("\"flags\":[\"for-ada\",\"for-all\"]"));
        assert!(page(&olive).await.contains("\"flags\":[\"for-all\"]"));
        assert_eq!(form(&olive, "delete-flag", &[("name", "for-all")]).await.0, 200);
        assert!(!page(&olive).await.contains("\"flags\""));
    }

    async fn the_server_asks_flags_as_pages_do_and_hears_of_changes(engine: Engine) {
        let t = TestApp::start(engine).await;
        let olive = t.user("olive@example.org").await;
        let set = async |fields: &[(&str, &str)]| form(&olive, "save-flag", fields).await.0;
        let people: Vec<UserId> = (1..50).map(|n| UserId::new(n * 977, [7; 10])).collect();
        let on = |app: &App| -> Vec<UserId> {
            let on = people.iter().filter(|who| app.flags.is_on("new-board", **who));
            on.copied().collect()
        };
        assert!(on(&t.app).is_empty());
        assert_eq!(set(&[("name", "new-board"), ("rule", "percent"), ("percent", "40")]).await, 200);
        let some = on(&t.app);
        assert!(!some.is_empty() && some.len() < people.len());
        assert_eq!(on(&t.app), some);
        let page = async |email: &str| t.user(email).await.get("/settings/account").await.text();
        assert_eq!(set(&[("name", "new-board"), ("rule", "percent"), ("percent", "80")]).await, 200);
        let more = on(&t.app);
        assert!(more.len() > some.len() && some.iter().all(|who| more.contains(who)));
        // Whoever signs up comes to one answer, too, on their pages and on the server.
        for email in ["ada@example.org", "ben@example.org", "cleo@example.org"] {
            let is_on = page(email).await.contains("\"flags\":[\"new-board\"]");
            let user = accounts::find_by_email(&t.app, &Email::parse(email).unwrap()).await;
            assert_eq!(t.app.flags.is_on("new-board", user.unwrap().unwrap().id), is_on);
        }
        if engine == Engine::Postgres {
            // Another node comes to it, once it has looked.
            let other = Setup::new(engine).beside(&t).start().await;
            assert_eq!(on(&other.app), more);
            assert_eq!(set(&[("name", "new-board"), ("rule", "percent"), ("percent", "40")]).await, 200);
            assert_eq!(on(&other.app), more);
            look(&other.app).await.unwrap();
            assert_eq!(on(&other.app), some);
        }
        assert_eq!(form(&olive, "delete-flag", &[("name", "new-board")]).await.0, 200);
        assert!(on(&t.app).is_empty());
    }

    async fn figures_and_states_are_told(t: TestApp) {
        let team = Team::start(t).await;
        team.commit(team.owner, team.create(1, "One")).await.unwrap();
        let olive = team.t.user("olive@example.org").await;
        let usage = facts(&olive, "usage", &team.workspace.to_string()).await;
        for line in ["Active members: 1", "Projects: 1", "Tasks: 1", "Changes in 30 days: 3", "Changes today: 3"] {
            assert!(usage.iter().any(|fact| fact == line), "{usage:?}");
        }
        let health = facts(&olive, "health", "").await;
        for line in ["Migrations: all applied", "Changes to be written: 0 waiting", "Live workspaces here: 1"] {
            assert!(health.iter().any(|fact| fact == line), "{health:?}");
        }
        let storage = facts(&olive, "storage", "").await;
        assert!(storage.iter().any(|fact| fact == "Mail: is not sent"), "{storage:?}");
        let limits = facts(&olive, "limits", "").await;
        assert!(limits[0].contains("without limit"), "{limits:?}");
        let viewer = team.member("vera@example.org", Role::Viewer).await;
        assert_ne!(viewer, team.owner);
        let vera = team.t.user("vera@example.org").await;
        let workspace = team.workspace.to_string();
        let fields = [("about", "usage"), ("workspace", workspace.as_str())];
        assert_eq!(form(&vera, "list-facts", &fields).await.0, 403);
    }
}
