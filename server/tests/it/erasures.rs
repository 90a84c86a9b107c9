//! Erasing a person.

use crate::harness::{Client, PASSWORD, TestApp, on_both_engines};
use crate::links::form;
use crate::sync::{Team, task};
use reqwest::Method;
use serde_json::json;
use server::audit_entries::{self, Chain, Note, Origin};
use server::db::Conn;
use server::erasures::{Fate, PERSONAL, Personal};
use server::on_engine;
use server::workspaces::purge;
use shared::access::Role;
use shared::audit_entries::{Act, AuditFilter};
use shared::ids::{CommentId, UserId};
use shared::workspaces::GRACE_MS;
use shared::{comments, members};
use sqlx::{AssertSqlSafe, query, query_as, query_scalar};
use std::time::Duration;
use uuid::Uuid;

const SQLITE: &str = "
    select m.name, p.name
      from sqlite_master m
      join pragma_table_info(m.name) p
     where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '!_%' escape '!'";

const POSTGRES: &str = "
    select cast(table_name as text), cast(column_name as text)
      from information_schema.columns
     where table_schema = 'public' and table_name not like '!_%' escape '!'";

/// Parts of names that columns with something personal have.
const PERSONAL_WORDS: [&str; 16] = [
    "email",
    "name",
    "address",
    "agent",
    "zone",
    "handle",
    "avatar",
    "picture",
    "phone",
    "subject",
    "used_from",
    "detail",
    "language",
    "theme",
    "birth",
    "bytes",
];

/// Columns of such names with nothing personal.
const NOT_PERSONAL: [&str; 13] = [
    // Of things.
    "workspaces.name",
    "projects.name",
    "statuses.name",
    "labels.name",
    "imports.name",
    "teams.name",
    "oauth_clients.name",
    "flags.name",
    "tx_log.name",
    // Times, sizes and ids.
    "users.email_confirmed_at",
    "exports.byte_count",
    "access_marks.subject",
    "audit_entries.subject",
];

/// Puts something of Grace into each personal column that nothing else here fills.
const FILL: [&str; 12] = [
    "update members set handle = 'grace',
            avatar = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
      where id = $1",
    "update sessions set user_agent = 'grace' where user_id = $1",
    "update api_tokens set last_used_from = 'grace', sealed_used_from = token_hash
      where user_id = $1",
    "update audit_entries set address = 'grace', user_agent = 'grace', detail = 'grace'
      where actor_id = $1",
    "insert into profiles (user_id, time_zone, language, theme, week_start)
     select id, 'Grace/Zone', 'grace', 'grace', 'monday' from users where id = $1",
    "insert into avatars (user_id, hash, content_type, bytes, created_at)
     select user_id, 'grace', 'image/png', token_hash, 1 from sessions where user_id = $1 limit 1",
    "insert into passkeys (id, user_id, name, credential_id, public_key, sign_count, created_at)
     select id, user_id, 'grace', token_hash, token_hash, 0, 1 from sessions
      where user_id = $1 limit 1",
    "insert into account_links (token_hash, user_id, purpose, email, created_at, expires_at)
     select token_hash, user_id, 'reset', 'grace.hopper@example.net', 1, 9000000000000
       from sessions where user_id = $1 limit 1",
    "insert into sign_ups (token_hash, email, created_at, expires_at)
     select token_hash, 'grace.hopper@example.net', 1, 9000000000000
       from sessions where user_id = $1 limit 1",
    "insert into provider_links (issuer, subject, user_id, email, created_at, used_at)
     select 'https://id.example.org', 'grace', id, 'grace@id.example.org', 1, 1
       from users where id = $1",
    "insert into invitations (
         id, workspace_id, token_hash, email, role, created_by, created_at, expires_at)
     select s.id, m.workspace_id, s.token_hash, 'grace.hopper@example.net', 'member', s.user_id, 1,
            9000000000000
       from sessions s join members m on m.id = s.user_id where s.user_id = $1 limit 1",
    "update users set name = 'Grace Hopper' where id = $1",
];

/// Every column of every table.
async fn columns(t: &TestApp) -> Vec<(String, String)> {
    let mut read = t.app.db.unfenced().read().await.unwrap();
    let is_sqlite = matches!(read.conn(), Conn::Sqlite(_));
    let sql = if is_sqlite { SQLITE } else { POSTGRES };
    let columns: Vec<(String, String)> =
        on_engine!(read.conn(), |c| query_as(sql).fetch_all(c).await).unwrap();
    assert!(columns.len() > 50);
    columns
}

/// How many rows hold something of Grace in a personal column; of what is no text, how many there are.
async fn count(t: &TestApp, grace: UserId, it: &Personal) -> i64 {
    let Personal { table, column, .. } = it;
    let mut read = t.app.db.unfenced().read().await.unwrap();
    if column.starts_with("sealed_") {
        let sql = format!("select count({column}) from {table} where user_id = $1");
        let count = on_engine!(read.conn(), |c| query_scalar(AssertSqlSafe(sql.clone()))
            .bind(grace.uuid())
            .fetch_one(c)
            .await);
        return count.unwrap();
    }
    let sql = if ["bytes", "address_hash", "avatar"].contains(column) {
        format!("select count({column}) from {table}")
    } else {
        format!("select count(*) from {table} where lower({column}) like '%grace%'")
    };
    let count = on_engine!(read.conn(), |c| query_scalar(AssertSqlSafe(sql.clone()))
        .fetch_one(c)
        .await);
    count.unwrap()
}

/// The columns in which a text is found, whatever their type.
pub(crate) async fn places(t: &TestApp, text: &str) -> Vec<String> {
    let columns = columns(t).await;
    let mut read = t.app.db.unfenced().read().await.unwrap();
    let mut found = Vec::new();
    for (table, column) in columns {
        let sql = format!(
            "select count(*) from {table} where lower(cast({column} as text)) like '%{}%'",
            text.to_lowercase()
        );
        let count: i64 = on_engine!(read.conn(), |c| query_scalar(AssertSqlSafe(sql.clone()))
            .fetch_one(c)
            .await)
        .unwrap();
        if count > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

on_both_engines! {
    async fn every_column_with_a_personal_name_is_in_the_register(t: TestApp) {
        let columns = columns(&t).await;
        let registered = |table: &str, column: &str| {
            PERSONAL.iter().any(|it| (it.table, it.column) == (table, column))
        };
        for (table, column) in &columns {
            let sounds_personal = PERSONAL_WORDS.iter().any(|word| column.contains(word));
            let is_known = NOT_PERSONAL.contains(&format!("{table}.{column}").as_str());
            assert!(
                !sounds_personal || is_known != registered(table, column),
                "{table}.{column}: if it is personal, it stands in server/src/erasures/register.rs"
            );
        }
        for it in PERSONAL {
            let column = (it.table.to_owned(), it.column.to_owned());
            assert!(columns.contains(&column), "{it:?} is gone");
        }
    }

    async fn nothing_stays_in_any_personal_column(t: TestApp) {
        let team = Team::start(t).await;
        let email = "grace.hopper@example.net";
        let grace = team.member(email, Role::Member).await;
        let rename = members::Mutation::Rename {
            id: grace,
            name: shared::values::Name::parse("Grace Hopper").unwrap(),
        };
        team.commit(grace, rename).await.unwrap();
        let browser = team.t.user(email).await;
        let keys = json!({ "email": email, "password": "wrong password" });
        team.t.anonymous().post("/api/v1/auth/sign-in", keys).await;
        assert_eq!(form(&browser, "create-token", &[("name", "Grace's"), ("days", "7")]).await.0, 200);
        let mut tx = team.t.app.db.unfenced().write().await.unwrap();
        for sql in FILL {
            on_engine!(tx.conn(), |c| query(sql).bind(grace.uuid()).execute(c).await.map(drop)).unwrap();
        }
        tx.commit().await.unwrap();
        for it in PERSONAL {
            assert!(count(&team.t, grace, it).await > 0, "{it:?} holds nothing that could go");
        }
        let olive = team.t.user("olive@example.org").await;
        assert_eq!(form(&olive, "erase-person", &[("email", email)]).await.0, 200);
        for it in PERSONAL {
            assert_eq!(count(&team.t, grace, it).await, 0, "{it:?}");
        }
        let rows = async |sql: &str| -> i64 {
            let mut read = team.t.app.db.unfenced().read().await.unwrap();
            let sql = AssertSqlSafe(sql.to_owned());
            on_engine!(read.conn(), |c| query_scalar(sql).fetch_one(c).await).unwrap()
        };
        // What is emptied is there for the others.
        assert!(PERSONAL.iter().any(|it| it.fate == Fate::Emptied));
        assert_eq!(rows("select count(*) from members where name = 'Erased person'").await, 1);
    }

    async fn nothing_says_who_they_were_and_their_work_stays(t: TestApp) {
        let team = Team::start(t).await;
        let email = "grace.hopper@example.net";
        let grace = team.member(email, Role::Member).await;
        let rename = members::Mutation::Rename {
            id: grace,
            name: shared::values::Name::parse("Grace Hopper").unwrap(),
        };
        team.commit(grace, rename).await.unwrap();
        team.commit(grace, team.create(1, "Her task")).await.unwrap();
        let comment = comments::Mutation::Create {
            id: CommentId::from_uuid(Uuid::from_u128(77)),
            task: task(1),
            text: shared::values::CommentText::parse("Her words").unwrap(),
        };
        team.commit(grace, comment).await.unwrap();
        let browser = team.t.user(email).await;
        let keys = json!({ "email": email, "password": "wrong password" });
        team.t.anonymous().post("/api/v1/auth/sign-in", keys).await;
        assert_eq!(form(&browser, "create-token", &[("name", "CI"), ("days", "7")]).await.0, 200);
        let olive = team.t.user("olive@example.org").await;
        let workspace = team.workspace.to_string();
        let invite = [("workspace", workspace.as_str()), ("role", "member"), ("email", email), ("days", "7")];
        assert_eq!(form(&olive, "create-invitation", &invite).await.0, 200);
        assert!(!places(&team.t, email).await.is_empty());
        assert!(!places(&team.t, "grace hopper").await.is_empty());

        let (status, facts) = form(&olive, "preview-erasure", &[("email", email)]).await;
        assert_eq!(status, 200);
        let facts = facts.to_string();
        assert!(facts.contains("Stays: lines of the audit log") && facts.contains("Team"), "{facts}");
        assert_eq!(browser.get("/api/v1/workspaces").await.status, 200, "a look changes nothing");

        assert_eq!(form(&olive, "erase-person", &[("email", email)]).await.0, 200);
        assert_eq!(places(&team.t, email).await, Vec::<String>::new());
        assert_eq!(places(&team.t, "grace").await, Vec::<String>::new());
        assert_eq!(browser.get("/api/v1/workspaces").await.status, 401);
        let keys = json!({ "email": email, "password": PASSWORD });
        assert_eq!(team.t.anonymous().post("/api/v1/auth/sign-in", keys).await.status, 401);
        let people = olive.get("/api/v1/workspaces/team/members").await.json();
        let erased = people["items"].as_array().unwrap().iter().find(|one| one["id"] == grace.to_string());
        assert_eq!(erased.unwrap()["name"], "Erased person");
        assert_eq!(erased.unwrap()["active"], false);
        let kept = olive.call(Method::GET, &format!("/api/v1/tasks/{}/comments", task(1))).await.json();
        assert_eq!(kept["items"][0]["text"], "Her words");
        let (_, problems) = server::audit_entries::verify_all(&team.t.app.db, &team.t.app.audit).await.unwrap();
        assert_eq!(problems, Vec::<String>::new());
    }

    async fn nobody_erases_themselves_or_the_only_owner(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let erase = async |email: &str| form(&olive, "erase-person", &[("email", email)]).await.0;
        assert_eq!(erase("olive@example.org").await, 400);
        assert_eq!(erase("nobody@example.org").await, 400);
        let ada = team.t.user("ada@example.org").await;
        assert_eq!(form(&ada, "create-workspace", &[("name", "Hers")]).await.0, 200);
        assert_eq!(erase("ada@example.org").await, 409);
        assert_eq!(ada.get("/api/v1/workspaces").await.status, 200);
    }

    async fn deleted_workspaces_forget_them_too_and_need_no_owner(t: TestApp) {
        let team = Team::start(t).await;
        let email = "grace.hopper@example.net";
        let grace = team.member(email, Role::Member).await;
        let rename = members::Mutation::Rename {
            id: grace,
            name: shared::values::Name::parse("Grace Hopper").unwrap(),
        };
        team.commit(grace, rename).await.unwrap();
        let (olive, browser) = (team.t.user("olive@example.org").await, team.t.user(email).await);
        assert_eq!(form(&browser, "create-workspace", &[("name", "Hers")]).await.0, 200);
        let delete = async |who: &Client, name: &str| {
            let listed = form(who, "list-workspaces", &[]).await.1;
            let link = listed.as_array().unwrap().iter().find(|link| link["name"] == name).unwrap().clone();
            let fields = [("workspace", link["id"].as_str().unwrap()), ("name", name)];
            assert_eq!(form(who, "delete-workspace", &fields).await.0, 200);
        };
        delete(&olive, "Team").await;
        delete(&browser, "Hers").await;
        let (status, facts) = form(&olive, "preview-erasure", &[("email", email)]).await;
        assert_eq!(status, 200);
        let told = facts.to_string();
        assert!(told.contains("Team (deleted)") && told.contains("Cannot be restored"), "{told}");

        assert_eq!(form(&olive, "erase-person", &[("email", email)]).await.0, 200);
        assert_eq!(places(&team.t, email).await, Vec::<String>::new());
        assert_eq!(places(&team.t, "grace").await, Vec::<String>::new());
        let workspace = team.workspace.to_string();
        assert_eq!(form(&olive, "restore-workspace", &[("workspace", &workspace)]).await.0, 200);
        let people = olive.get("/api/v1/workspaces/team/members").await.json();
        let erased = people["items"].as_array().unwrap().iter().find(|one| one["id"] == grace.to_string());
        assert_eq!((&erased.unwrap()["name"], &erased.unwrap()["active"]), (&json!("Erased person"), &json!(false)));
        team.t.advance(Duration::from_millis(GRACE_MS.unsigned_abs()) + Duration::from_hours(2));
        assert_eq!(purge::purge(&team.t.app).await.unwrap(), 1, "hers goes without an owner");
    }

    async fn the_log_forgets_whole_addresses_and_what_was_not_written_yet(t: TestApp) {
        let team = Team::start(t).await;
        let email = "ann@ex.org";
        let (ann, _) = team.t.sign_up(email).await;
        let olive = team.t.user("olive@example.org").await;
        let workspace = team.workspace.to_string();
        for invited in ["joann@ex.org", email] {
            let invite = [("workspace", workspace.as_str()), ("role", "member"), ("email", invited), ("days", "7")];
            assert_eq!(form(&olive, "create-invitation", &invite).await.0, 200);
        }
        // Counted, and not written yet.
        let keys = json!({ "email": email, "password": "wrong password" });
        assert_eq!(team.t.anonymous().post("/api/v1/auth/sign-in", keys).await.status, 401);
        assert_eq!(form(&olive, "erase-person", &[("email", email)]).await.0, 200);
        // Counted by another node, which writes it later.
        let refused = Note::of_server(Act::Refused).by(ann.id).saying("by ann@ex.org");
        team.t.app.audit.tally(refused, Origin::default());
        let entries = async |chain| {
            let all = AuditFilter::default();
            audit_entries::list(&team.t.app, chain, &all, None, 500).await.unwrap().entries
        };
        let of_server = entries(Chain::Server).await;
        let hers: Vec<_> = of_server
            .iter()
            .filter(|entry| entry.actor == Some(ann.id) || entry.subject == Some(ann.id.to_string()))
            .filter(|entry| entry.act != Act::PersonErased.as_str())
            .collect();
        assert!(hers.iter().any(|entry| entry.act == Act::SignInFailed.as_str()));
        assert!(hers.iter().any(|entry| entry.act == Act::Refused.as_str()));
        for entry in hers {
            assert_eq!((&entry.address, &entry.user_agent, &entry.detail), (&None, &None, &None), "{entry:?}");
        }
        let of_team = entries(Chain::Workspace(team.workspace)).await;
        let invited = of_team.iter().filter(|entry| entry.act == Act::InvitationCreated.as_str());
        let said: Vec<_> = invited.map(|entry| entry.detail.as_deref()).collect();
        assert_eq!(said, [None, Some("member, joann@ex.org")]);
        let (_, problems) = audit_entries::verify_all(&team.t.app.db, &team.t.app.audit).await.unwrap();
        assert_eq!(problems, Vec::<String>::new());
    }
}
