//! The keys and grants that reach a workspace: what its admins see, end, and take.

use crate::bots::{bot, refused};
use crate::harness::{Client, Engine, Setup, TestApp, on_both_engines};
use crate::links::form;
use crate::oauth::let_in;
use crate::sync::{Team, name, numbered};
use reqwest::Method;
use serde_json::{Value, json};
use server::audit_entries::{self, Chain};
use server::tokens::{self, DAY, Wanted};
use shared::access::Role;
use shared::audit_entries::AuditFilter;
use shared::codes::Code;
use shared::ids::UserId;
use shared::sync::protocol::Outcome;
use shared::values::{Slug, Time};
use shared::workspaces;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(1);

async fn ask(who: &Client, team: &Team, what: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let workspace = team.workspace.to_string();
    let mut fields = vec![("workspace", workspace.as_str())];
    fields.extend(more);
    form(who, what, &fields).await
}

async fn keys(who: &Client, team: &Team) -> Vec<Value> {
    let (status, found) = ask(who, team, "list-keys", &[]).await;
    assert_eq!(status, 200, "{found}");
    found["keys"].as_array().unwrap().clone()
}

async fn end(who: &Client, team: &Team, key: &Value) -> u16 {
    let id = key["id"].as_str().unwrap();
    ask(who, team, "end-key", &[("id", id)]).await.0
}

/// A key of somebody's, and a program that sends it.
async fn key(team: &Team, user: UserId, wanted: Wanted) -> Client {
    let (_, secret) = tokens::create(&team.t.app, user, wanted).await.unwrap();
    team.t.program(secret.as_str())
}

fn here(team: &Team, called: &str) -> Wanted {
    Wanted {
        workspace: Some(team.workspace),
        ..Wanted::full(name(called))
    }
}

/// The mails that were sent since the last look.
async fn mails(team: &Team, folder: &Path) -> Vec<String> {
    team.t.app.mailer.settle().await;
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let take = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        fs::remove_file(file).unwrap();
        text
    };
    files.map(take).collect()
}

fn tasks(team: &Team) -> String {
    format!("/api/v1/projects/{}/tasks", team.project)
}

fn named<'k>(keys: &'k [Value], called: &str) -> &'k Value {
    let found = keys.iter().find(|key| key["name"] == called);
    found.unwrap_or_else(|| panic!("{called} among {keys:?}"))
}

on_both_engines! {
    async fn admins_see_every_key_and_grant_that_reaches_the_workspace(t: TestApp) {
        let team = Team::start(t).await;
        let mia_id = team.member("mia@example.org", Role::Member).await;
        let adam_id = team.member("adam@example.org", Role::Admin).await;
        let (stranger, _) = team.t.sign_up("sam@example.org").await;
        key(&team, stranger.id, Wanted::full(name("Not of here"))).await;
        key(&team, mia_id, here(&team, "Only here")).await;
        let everywhere = key(&team, adam_id, Wanted::full(name("Everywhere"))).await;
        everywhere.get(&tasks(&team)).await;
        bot(&team, Role::Member).await;
        let_in(&team, "read", "team").await;
        let ended = Wanted {
            expires_at: Some(Time(team.t.app.clock.now().0 + 1)),
            ..here(&team, "Ended")
        };
        key(&team, mia_id, ended).await;
        team.t.advance(Duration::from_millis(2));

        let olive = team.t.user("olive@example.org").await;
        let found = keys(&olive, &team).await;
        let mut names: Vec<_> = found.iter().map(|key| key["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Everywhere", "Key", "Only here", "TeamFlow command line"]);
        let of = |called: &str| {
            let it = named(&found, called);
            (it["kind"].as_str().unwrap().to_owned(), it["owner"].clone(), it["is_only_here"] == true)
        };
        assert_eq!(of("Only here"), ("personal".to_owned(), json!("mia"), true));
        assert_eq!(of("Everywhere"), ("personal".to_owned(), json!("adam"), false));
        assert_eq!(of("Key"), ("bot".to_owned(), json!("Deploy bot"), true));
        assert_eq!(of("TeamFlow command line").0, "grant");
        assert_eq!(named(&found, "Only here")["scopes"], "read comment write admin");

        let mia = team.t.user("mia@example.org").await;
        for (what, more) in [
            ("list-keys", &[][..]),
            ("end-key", &[("id", "x")]),
            ("let-key-in", &[("id", "x")]),
            ("find-key-policy", &[]),
            ("save-key-policy", &[("days", "1")]),
        ] {
            assert_eq!(ask(&mia, &team, what, more).await.0, 403, "{what}");
        }
        let sam = team.t.user("sam@example.org").await;
        assert_eq!(ask(&sam, &team, "list-keys", &[]).await.0, 404);
    }

    async fn a_key_of_this_workspace_ends_and_one_of_more_is_shut_out_of_it(engine: Engine) {
        let folder = tempfile::tempdir().unwrap();
        let into = format!("folder:{}", folder.path().display());
        let team = Team::start(Setup::new(engine).var("TEAMFLOW_MAIL_URL", &into).start().await).await;
        let mia_id = team.member("mia@example.org", Role::Member).await;
        let other = Uuid::from_u128(77).into();
        let found = workspaces::Mutation::Create {
            id: other,
            name: name("Hers"),
            slug: Slug::parse("hers").unwrap(),
            owner_name: name("Mia"),
        };
        team.t.app.sync.found(other, mia_id, vec![found.into()]).await.unwrap();
        let only = key(&team, mia_id, here(&team, "Only here")).await;
        let more = key(&team, mia_id, Wanted::full(name("Everywhere"))).await;
        let mut socket = team.socket(mia_id, 5).await;
        mails(&team, folder.path()).await;
        let olive = team.t.user("olive@example.org").await;
        for called in ["Only here", "Everywhere", "Socket"] {
            assert_eq!(end(&olive, &team, named(&keys(&olive, &team).await, called)).await, 200);
        }
        let shut_out = keys(&olive, &team).await;
        assert!(shut_out.iter().all(|key| key["is_shut_out"] == true && key["name"] != "Only here"), "{shut_out:?}");
        assert_eq!(shut_out.len(), 2);
        assert_eq!(end(&olive, &team, &shut_out[0]).await, 404, "it is shut out already");
        assert_eq!(only.get("/api/v1/workspaces/team/members").await.status, 401);
        let shut = more.get("/api/v1/workspaces/team/members").await;
        assert_eq!(shut.summary(), "403 insufficient_scope");
        assert_eq!(more.get(&tasks(&team)).await.summary(), "403 insufficient_scope");
        let snapshot = format!("/sync/snapshot?workspace={}&cover=workspace", team.workspace);
        assert_eq!(more.get(&snapshot).await.summary(), "403 insufficient_scope");
        assert_eq!(more.get("/api/v1/workspaces/hers/members").await.status, 200);
        assert_eq!(timeout(SOON, socket.closed()).await.unwrap(), 4004);

        let mails = mails(&team, folder.path()).await;
        assert_eq!(mails.len(), 3, "{mails:#?}");
        assert!(mails.iter().all(|mail| mail.contains("To: mia@example.org")));
        let chain = Chain::Workspace(team.workspace);
        let log = audit_entries::list(&team.t.app, chain, &AuditFilter::default(), None, 50).await;
        let acts: Vec<_> = log.unwrap().entries.into_iter().map(|entry| entry.act).collect();
        let count = |act: &str| acts.iter().filter(|it| *it == act).count();
        assert_eq!((count("keys.ended"), count("keys.shut_out")), (1, 2));
        // What was ended is not ended again, and what is no key of here never.
        assert_eq!(ask(&olive, &team, "end-key", &[("id", &Uuid::nil().to_string())]).await.0, 404);
    }

    async fn a_key_that_was_shut_out_is_let_in_again_by_any_admin(engine: Engine) {
        let folder = tempfile::tempdir().unwrap();
        let into = format!("folder:{}", folder.path().display());
        let team = Team::start(Setup::new(engine).var("TEAMFLOW_MAIL_URL", &into).start().await).await;
        let mia_id = team.member("mia@example.org", Role::Member).await;
        team.member("adam@example.org", Role::Admin).await;
        let (olive, adam) = (team.t.user("olive@example.org").await, team.t.user("adam@example.org").await);
        let mine = key(&team, mia_id, Wanted::full(name("Mine"))).await;
        let let_in = async |who: &Client, id: &str| ask(who, &team, "let-key-in", &[("id", id)]).await.0;
        let found = keys(&olive, &team).await;
        let id = named(&found, "Mine")["id"].as_str().unwrap();
        assert_eq!(let_in(&adam, id).await, 404, "it is not shut out");
        assert_eq!(end(&olive, &team, named(&found, "Mine")).await, 200);
        assert_eq!(mine.get(&tasks(&team)).await.summary(), "403 insufficient_scope");
        mails(&team, folder.path()).await;

        assert_eq!(let_in(&adam, id).await, 200);
        assert_eq!(mine.get(&tasks(&team)).await.status, 200);
        assert_eq!(named(&keys(&adam, &team).await, "Mine")["is_shut_out"], false);
        let mails = mails(&team, folder.path()).await;
        assert_eq!(mails.len(), 1, "{mails:#?}");
        assert!(mails[0].contains("To: mia@example.org") && mails[0].contains("let in again"), "{}", mails[0]);
        let chain = Chain::Workspace(team.workspace);
        let log = audit_entries::list(&team.t.app, chain, &AuditFilter::default(), None, 50).await;
        assert!(log.unwrap().entries.iter().any(|entry| entry.act == "keys.let_in"));
        assert_eq!(let_in(&adam, id).await, 404);
        assert_eq!(let_in(&adam, &Uuid::nil().to_string()).await, 404);
    }

    async fn however_many_keys_there_are_all_are_found_page_by_page(t: TestApp) {
        let team = Team::start(t).await;
        // One person has no more than a hundred.
        let mia = team.member("mia@example.org", Role::Member).await;
        let ben = team.member("ben@example.org", Role::Member).await;
        for n in 0..150 {
            let user = if n % 2 == 0 { mia } else { ben };
            key(&team, user, Wanted::full(name(&format!("Key {n}")))).await;
            team.t.advance(Duration::from_millis(1));
        }
        let olive = team.t.user("olive@example.org").await;
        let (_, first) = ask(&olive, &team, "list-keys", &[]).await;
        let next = first["next"].as_str().unwrap();
        let (_, second) = ask(&olive, &team, "list-keys", &[("from", next)]).await;
        assert_eq!(second["next"], Value::Null);
        let both = [&first, &second].map(|page| page["keys"].as_array().unwrap().clone());
        assert_eq!(both.each_ref().map(Vec::len), [100, 50]);
        let names: Vec<_> = both.iter().flatten().map(|key| key["name"].as_str().unwrap().to_owned()).collect();
        let newest_first: Vec<_> = (0..150).rev().map(|n| format!("Key {n}")).collect();
        assert_eq!(names, newest_first);
        // What is on the second page is ended like the rest.
        assert_eq!(end(&olive, &team, named(&both[1], "Key 0")).await, 200);
    }

    async fn a_workspace_takes_the_keys_that_its_admins_allow(t: TestApp) {
        let team = Team::start(t).await;
        let mia_id = team.member("mia@example.org", Role::Member).await;
        let olive = team.t.user("olive@example.org").await;
        let mine = key(&team, mia_id, Wanted::full(name("Mine"))).await;
        let (.., robot) = bot(&team, Role::Member).await;
        assert_eq!(ask(&olive, &team, "find-key-policy", &[]).await.1, json!({ "takes_personal": true, "days_max": null }));

        assert_eq!(ask(&olive, &team, "save-key-policy", &[("days", "")]).await.0, 200);
        assert_eq!(mine.get(&tasks(&team)).await.summary(), "403 insufficient_scope");
        assert_eq!(robot.get(&tasks(&team)).await.status, 200);
        assert_eq!(refused(tokens::create(&team.t.app, mia_id, here(&team, "No")).await), Code::InvalidValue);
        // One that is for all her workspaces can be made; it is not taken here.
        tokens::create(&team.t.app, mia_id, Wanted::full(name("Elsewhere"))).await.unwrap();
        let found = keys(&olive, &team).await;
        assert_eq!(named(&found, "Mine")["is_taken"], false);
        assert_eq!(named(&found, "Key")["is_taken"], true);

        let thirty = [("personal", "on"), ("days", "30")];
        assert_eq!(ask(&olive, &team, "save-key-policy", &thirty).await.0, 200);
        assert_eq!(mine.get(&tasks(&team)).await.status, 200);
        let lasting = |days: u32| Wanted {
            expires_at: Some(Time(team.t.app.clock.now().0 + i64::from(days) * 86_400_000)),
            ..here(&team, "Short")
        };
        assert_eq!(refused(tokens::create(&team.t.app, mia_id, here(&team, "Endless")).await), Code::InvalidValue);
        assert_eq!(refused(tokens::create(&team.t.app, mia_id, lasting(31)).await), Code::InvalidValue);
        tokens::create(&team.t.app, mia_id, lasting(30)).await.unwrap();
        team.t.advance(30 * DAY);
        for old in [&mine, &robot] {
            assert_eq!(old.get(&tasks(&team)).await.summary(), "403 insufficient_scope");
        }
        let olive = team.t.user("olive@example.org").await;
        for bad in ["0", "-1", "4000", "x"] {
            let bad = [("personal", "on"), ("days", bad)];
            assert_eq!(ask(&olive, &team, "save-key-policy", &bad).await.0, 400);
        }
        assert_eq!(ask(&olive, &team, "save-key-policy", &[("personal", "on")]).await.0, 200);
        assert_eq!(mine.get(&tasks(&team)).await.status, 200);
    }

    async fn what_an_open_socket_sends_by_a_key_that_is_not_taken_is_refused(t: TestApp) {
        let team = Team::start(t).await;
        let mia_id = team.member("mia@example.org", Role::Member).await;
        let mut socket = team.socket(mia_id, 5).await;
        let olive = team.t.user("olive@example.org").await;
        assert_eq!(ask(&olive, &team, "save-key-policy", &[]).await.0, 200);
        let answers = socket.push(vec![numbered(1, 501, team.create(1, "No"))]).await;
        assert!(matches!(&answers[0].outcome, Outcome::Refused(why) if why.code == Code::InsufficientScope));
        let write = olive.request(Method::POST, &tasks(&team)).json(&json!({ "title": "Yes" }));
        let write = write.header("sec-fetch-site", "same-origin");
        assert_eq!(olive.send(write).await.status, 201);
    }
}
