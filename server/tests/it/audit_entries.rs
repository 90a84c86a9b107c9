//! The audit log: what is noted, that a change of it shows, who reads it, and that it cannot be filled by being refused.

use crate::harness::{Client, Engine, PASSWORD, Setup, TestApp, on_both_engines};
use crate::links::form;
use crate::sync::Team;
use reqwest::Method;
use serde_json::{Value, json};
use server::audit_entries::{self, Chain, Note, PAGE, SUMS_MAX};
use server::on_engine;
use shared::access::Role;
use shared::audit_entries::{Act, AuditEntry, AuditFilter};
use shared::values::{Email, Time};
use shared::{members, projects};
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// Changes the database behind the server's back.
async fn tamper(t: &TestApp, sql: &str) {
    let mut tx = t.app.db.write().await.unwrap();
    on_engine!(tx.conn(), |c| {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        query.execute(c).await.unwrap();
    });
    tx.commit().await.unwrap();
}

async fn entries(t: &TestApp, chain: Chain) -> Vec<AuditEntry> {
    let filter = AuditFilter::default();
    let page = audit_entries::list(&t.app, chain, &filter, None, 500).await;
    page.unwrap().entries
}

async fn problem(t: &TestApp, chain: Chain) -> Option<String> {
    t.app.audit.verify(&t.app.db, chain).await.unwrap().problem
}

async fn signs_in(who: &Client, password: &str) -> u16 {
    let keys = json!({ "email": "olive@example.org", "password": password });
    who.post("/api/v1/auth/sign-in", keys).await.status
}

fn of(team: &Team) -> Chain {
    Chain::Workspace(team.workspace)
}

const NO_PERSON: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

on_both_engines! {
    async fn what_is_done_is_noted_with_who_and_from_where(t: TestApp) {
        let (olive, session) = t.sign_up("olive@example.org").await;
        let nobody = t.anonymous();
        assert_eq!(signs_in(&nobody, "wrong password").await, 401);
        assert_eq!(signs_in(&nobody, PASSWORD).await, 200);
        let browser = t.browser(&session);
        let (status, _) = form(&browser, "create-token", &[("name", "CI"), ("days", "7")]).await;
        assert_eq!(status, 200);
        let new = "another difference engine";
        let (status, _) = form(&browser, "change-password", &[("current", PASSWORD), ("password", new)]).await;
        assert_eq!(status, 200);
        assert_eq!(form(&browser, "sign-out", &[]).await.0, 200);

        let found = entries(&t, Chain::Server).await;
        let mut seen: Vec<&str> = found.iter().map(|entry| entry.act.as_str()).collect();
        seen.sort_unstable();
        let mut expected = [
            Act::AccountCreated, Act::SignInFailed, Act::SignedIn, Act::TokenCreated,
            Act::PasswordChanged, Act::OthersEnded, Act::SignedOut,
        ].map(Act::as_str);
        expected.sort_unstable();
        assert_eq!(seen, expected);
        let one = |act: Act| found.iter().find(|entry| entry.act == act.as_str()).unwrap();
        let token = one(Act::TokenCreated);
        assert_eq!((token.actor, token.actor_name.as_deref()), (Some(olive.id), Some("olive")));
        assert_eq!(token.subject_name.as_deref(), Some("CI"));
        assert_eq!(token.address.as_deref(), Some("127.0.0.1"));
        assert!(token.via.as_deref().unwrap().starts_with("session:"), "{token:?}");
        let failed = one(Act::SignInFailed);
        assert_eq!((failed.actor, failed.subject_name.as_deref()), (None, Some("olive")));
        // By the server itself, there is no request.
        assert_eq!(one(Act::AccountCreated).address, None);
        assert_eq!(problem(&t, Chain::Server).await, None);
    }

    async fn what_changes_rights_in_a_workspace_is_noted(t: TestApp) {
        let team = Team::start(t).await;
        let ada = team.member("ada@example.org", Role::Member).await;
        team.commit(team.owner, members::Mutation::SetRole { id: ada, role: Role::Guest }).await.unwrap();
        let private = projects::ProjectPatch {
            visibility: Some(projects::Visibility::Private),
            ..Default::default()
        };
        let edit = projects::Mutation::Edit { id: team.project, patch: private };
        team.commit(team.owner, edit).await.unwrap();
        team.commit(ada, members::Mutation::SetRole { id: ada, role: Role::Owner }).await.unwrap_err();
        let found = entries(&team.t, of(&team)).await;
        let lines: Vec<String> = found
            .iter()
            .map(|entry| format!(
                "{} {} {} {}",
                entry.actor_name.as_deref().unwrap_or("-"),
                entry.act,
                entry.subject_name.as_deref().unwrap_or("-"),
                entry.detail.as_deref().unwrap_or("-"),
            ))
            .collect();
        assert_eq!(lines, [
            "ada permissions.refused - members.set_role",
            "Olive projects.visibility_changed Web app private",
            "Olive members.role_changed ada guest",
            "Olive members.added ada member",
            "Olive projects.created Web app open to the workspace",
            "Olive workspaces.founded - -",
        ]);
        assert_eq!(problem(&team.t, of(&team)).await, None);
    }

    async fn a_change_a_gap_and_a_missing_end_show(t: TestApp) {
        let chain = Chain::Server;
        for n in 0..6 {
            let note = Note::of_server(Act::MailTested).saying(format!("{n}"));
            audit_entries::note_alone(&t.app, note).await.unwrap();
        }
        assert_eq!(problem(&t, chain).await, None);
        let back = "update audit_entries set detail = '2' where seq = 3";
        tamper(&t, "update audit_entries set detail = 'x' where seq = 3").await;
        assert_eq!(problem(&t, chain).await.unwrap(), "what entry 3 says was changed");
        tamper(&t, back).await;
        assert_eq!(problem(&t, chain).await, None);
        tamper(&t, "update audit_entries set act = 'sessions.begun' where seq = 4").await;
        assert_eq!(problem(&t, chain).await.unwrap(), "entry 4 is not what was written");
        tamper(&t, "update audit_entries set act = 'settings.mail_tested' where seq = 4").await;
        tamper(&t, "delete from audit_entries where seq = 6").await;
        assert_eq!(problem(&t, chain).await.unwrap(), "entry 6 is missing");
        // Whoever has the database alone cannot write where the log ends.
        let end = "update audit_heads set seq = 5, hash = (select hash from audit_entries where seq = 5)";
        tamper(&t, end).await;
        assert_eq!(problem(&t, chain).await.unwrap(), "where the log begins or ends was changed");
    }

    async fn a_gap_in_the_middle_shows(t: TestApp) {
        for _ in 0..4 {
            audit_entries::note_alone(&t.app, Note::of_server(Act::MailTested)).await.unwrap();
        }
        tamper(&t, "delete from audit_entries where seq = 2").await;
        assert_eq!(problem(&t, Chain::Server).await.unwrap(), "entry 2 is missing");
    }

    async fn the_oldest_go_by_policy_and_the_rest_holds(t: TestApp) {
        for n in 0..8 {
            t.advance(Duration::from_secs(1));
            let note = Note::of_server(Act::MailTested).saying(format!("{n}"));
            audit_entries::note_alone(&t.app, note).await.unwrap();
        }
        let before = Time(t.app.clock.now().0 - 2_000);
        assert_eq!(audit_entries::count_before(&t.app, before).await.unwrap(), 5);
        assert_eq!(audit_entries::cut(&t.app, before).await.unwrap(), 5);
        assert_eq!(audit_entries::cut(&t.app, before).await.unwrap(), 0);
        let verdict = t.app.audit.verify(&t.app.db, Chain::Server).await.unwrap();
        assert_eq!((verdict.entries, verdict.gone, verdict.problem), (3, 5, None));
        audit_entries::note_alone(&t.app, Note::of_server(Act::MailTested)).await.unwrap();
        assert_eq!(problem(&t, Chain::Server).await, None);
        tamper(&t, "delete from audit_entries where seq = 6").await;
        assert_eq!(problem(&t, Chain::Server).await.unwrap(), "entry 6 is missing");
    }

    async fn being_refused_again_and_again_is_one_line_with_a_number(t: TestApp) {
        let team = Team::start(t).await;
        let vera = team.member("vera@example.org", Role::Viewer).await;
        let vera_browser = team.t.user("vera@example.org").await;
        let workspace = team.workspace.to_string();
        for _ in 0..20 {
            let (status, _) = form(&vera_browser, "list-invitations", &[("workspace", &workspace)]).await;
            assert_eq!(status, 403);
        }
        let found = entries(&team.t, of(&team)).await;
        let refused: Vec<_> = found.iter().filter(|entry| entry.act == Act::Refused.as_str()).collect();
        assert_eq!(refused.len(), 1);
        assert_eq!((refused[0].count, refused[0].actor), (20, Some(vera)));
        assert_eq!(refused[0].detail.as_deref(), Some("members:invite"));
        // Whoever finds ever new things to be refused fills nothing either.
        for n in 0..5_000 {
            let note = Note::in_workspace(team.workspace, Act::Refused);
            audit_entries::tally(&team.t.app, note.by(vera).saying(format!("{n}")));
        }
        let before = found.len();
        let now = entries(&team.t, of(&team)).await.len();
        assert_eq!(now - before, SUMS_MAX);
    }

    async fn whoever_is_refused_is_noted_wherever_they_stand(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        for name in ["begin-passkey", "change-password"] {
            let field = if name == "change-password" { "current" } else { "name" };
            let guess = [(field, "a guess"), ("password", "another guess")];
            assert_eq!(form(&olive, name, &guess).await.0, 400, "{name}");
        }
        let program = team.t.token("olive@example.org").await;
        assert_eq!(program.get("/api/v1/auth/sessions").await.summary(), "403 insufficient_scope");
        let sent = olive.request(Method::POST, "/sf/sign-out").header("sec-fetch-site", "cross-site");
        assert_eq!(olive.send(sent).await.status, 403);
        let found = entries(&team.t, Chain::Server).await;
        let details = |act: Act| {
            let of_act = found.iter().filter(|entry| entry.act == act.as_str());
            of_act.map(|entry| (entry.detail.as_deref(), entry.count)).collect::<Vec<_>>()
        };
        assert_eq!(details(Act::SignInFailed), [(Some("password"), 2)]);
        let mut refused = details(Act::Refused);
        refused.sort_unstable();
        assert_eq!(refused, [(Some("GET /api/v1/auth/sessions"), 1), (Some("cross-site"), 1)]);
        let one = |detail: &str| {
            found.iter().find(|entry| entry.detail.as_deref() == Some(detail)).unwrap()
        };
        assert_eq!(one("GET /api/v1/auth/sessions").actor, Some(team.owner));
        let cross_site = one("cross-site");
        assert_eq!((cross_site.actor, cross_site.address.as_deref()), (None, Some("127.0.0.1")));
    }

    async fn owners_and_admins_read_a_workspaces_log_and_the_server_s_administrator_its_own(t: TestApp) {
        let team = Team::start(t).await;
        let workspace = team.workspace.to_string();
        for role in [Role::Admin, Role::Manager, Role::Member, Role::Guest, Role::Viewer] {
            team.member(&format!("{}@example.org", role.as_str()), role).await;
        }
        team.t.sign_up("eve@example.org").await;
        let mut answers = Vec::new();
        for name in ["olive", "admin", "manager", "member", "guest", "viewer", "eve"] {
            let who = team.t.user(&format!("{name}@example.org")).await;
            let list = form(&who, "list-audit-entries", &[("workspace", &workspace)]).await.0;
            let verify = form(&who, "verify-audit-log", &[("workspace", &workspace)]).await.0;
            let file = who.get(&format!("/audit-log?format=csv&workspace={workspace}")).await.status;
            let server = form(&who, "list-audit-entries", &[]).await.0;
            let server_file = who.get("/audit-log?format=jsonl").await.status;
            answers.push(format!("{name} {list} {verify} {file} {server} {server_file}"));
        }
        assert_eq!(answers, [
            "olive 200 200 200 200 200",
            "admin 200 200 200 403 403",
            "manager 403 403 403 403 403",
            "member 403 403 403 403 403",
            "guest 403 403 403 403 403",
            "viewer 403 403 403 403 403",
            "eve 404 404 404 403 403",
        ]);
    }

    async fn it_is_searched_and_read_page_by_page(t: TestApp) {
        let (olive, session) = t.sign_up("olive@example.org").await;
        let (ada, _) = t.sign_up("ada@example.org").await;
        for n in 0..120 {
            t.advance(Duration::from_mins(1));
            let who = if n % 2 == 0 { olive.id } else { ada.id };
            let note = Note::of_server(Act::MailTested).by(who).saying(format!("100%_{n}!"));
            audit_entries::note_alone(&t.app, note).await.unwrap();
        }
        let browser = t.browser(&session);
        let (mut before, mut seen) = (None::<u64>, Vec::new());
        loop {
            let before_text = before.map(|before| before.to_string()).unwrap_or_default();
            let fields: &[(&str, &str)] = match before {
                Some(_) => &[("before", &before_text)],
                None => &[],
            };
            let (status, page) = form(&browser, "list-audit-entries", fields).await;
            assert_eq!(status, 200, "{page}");
            let found = page["entries"].as_array().unwrap();
            assert!(found.len() <= PAGE as usize);
            seen.extend(found.iter().map(|entry| entry["seq"].as_u64().unwrap()));
            before = page["before"].as_u64();
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<u64> = (1..=122).rev().collect();
        assert_eq!(seen, expected);

        let count = async |fields: &[(&str, &str)]| {
            let (status, page) = form(&browser, "list-audit-entries", fields).await;
            assert_eq!(status, 200, "{page}");
            page["entries"].as_array().unwrap().len()
        };
        assert_eq!(count(&[("filter[person]", &ada.id.to_string()), ("filter[text]", "_7!")]).await, 1);
        assert_eq!(count(&[("filter[text]", "%_7!")]).await, 1);
        assert_eq!(count(&[("filter[text]", "%%")]).await, 0);
        assert_eq!(count(&[("filter[text]", "MAIL_TESTED")]).await, PAGE as usize);
        assert_eq!(count(&[("filter[act]", "accounts.created")]).await, 2);
        let since = (t.app.clock.now().0 - 180_000).to_string();
        assert_eq!(count(&[("filter[since]", &since)]).await, 4);
        assert_eq!(count(&[("filter[person]", NO_PERSON)]).await, 0);
    }

    async fn it_is_had_as_a_file(t: TestApp) {
        let (_, session) = t.sign_up("olive@example.org").await;
        let note = Note::of_server(Act::MailTested).saying("=1+1, \"x\"");
        audit_entries::note_alone(&t.app, note).await.unwrap();
        for n in 0..1_100 {
            let note = Note::of_server(Act::MailTested).saying(format!("{n}"));
            audit_entries::tally(&t.app, note);
        }
        let browser = t.browser(&session);
        let csv = browser.get("/audit-log?format=csv&act=settings.mail_tested").await;
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(csv.header("content-disposition").unwrap().contains("audit-log.csv"));
        assert!(csv.text().contains("\"'=1+1, \"\"x\"\"\""), "{}", csv.text());
        let lines = browser.get("/audit-log?format=jsonl").await.text();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let seqs: Vec<u64> = lines.iter().map(|line| line["seq"].as_u64().unwrap()).collect();
        assert!(seqs.is_sorted_by(|a, b| a > b) && seqs.last() == Some(&1), "{seqs:?}");
        assert_eq!(lines[0]["act"], "audit_entries.exported");
        assert_eq!(browser.get("/audit-log?format=xml").await.summary(), "400 invalid_request");
    }

    async fn what_is_personal_goes_and_the_chain_holds(t: TestApp) {
        let (olive, _) = t.sign_up("olive@example.org").await;
        assert_eq!(signs_in(&t.anonymous(), PASSWORD).await, 200);
        let note = Note::of_server(Act::InvitationCreated).saying("member, Olive@Example.org");
        audit_entries::note_alone(&t.app, note).await.unwrap();
        let mut tx = t.app.db.write().await.unwrap();
        let email = Email::parse("olive@example.org").unwrap();
        assert_eq!(audit_entries::forget(&mut tx, olive.id, &email).await.unwrap(), 3);
        tx.commit().await.unwrap();
        for entry in entries(&t, Chain::Server).await {
            assert_eq!((entry.address, entry.user_agent, entry.detail), (None, None, None));
        }
        assert_eq!(problem(&t, Chain::Server).await, None);
        // What is gone cannot be put back as something else.
        tamper(&t, "update audit_entries set detail = 'x' where seq = 1").await;
        assert!(problem(&t, Chain::Server).await.is_some());
    }

    async fn two_nodes_write_one_chain(engine: Engine) {
        if engine == Engine::Sqlite {
            return;
        }
        let one = TestApp::start(engine).await;
        let two = Setup::new(engine).beside(&one).start().await;
        let write = async |t: &TestApp| {
            for _ in 0..20 {
                audit_entries::note_alone(&t.app, Note::of_server(Act::MailTested)).await.unwrap();
            }
        };
        tokio::join!(write(&one), write(&two), write(&one), write(&two));
        let verdict = one.app.audit.verify(&one.app.db, Chain::Server).await.unwrap();
        assert_eq!((verdict.entries, verdict.problem), (80, None));
    }
}
