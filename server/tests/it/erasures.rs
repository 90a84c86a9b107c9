//! Erasing a person.

use crate::harness::{PASSWORD, TestApp, on_both_engines};
use crate::links::form;
use crate::sync::{Team, task};
use reqwest::Method;
use serde_json::json;
use server::db::Conn;
use server::on_engine;
use shared::access::Role;
use shared::ids::CommentId;
use shared::{comments, members};
use sqlx::{AssertSqlSafe, query_as, query_scalar};
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

/// The columns in which a text is found, whatever their type.
async fn places(t: &TestApp, text: &str) -> Vec<String> {
    let mut read = t.app.db.unfenced().read().await.unwrap();
    let is_sqlite = matches!(read.conn(), Conn::Sqlite(_));
    let sql = if is_sqlite { SQLITE } else { POSTGRES };
    let columns: Vec<(String, String)> =
        on_engine!(read.conn(), |c| query_as(sql).fetch_all(c).await).unwrap();
    assert!(columns.len() > 50);
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
}
