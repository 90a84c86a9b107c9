//! What is sealed in the database, and what is never logged.

use crate::harness::{Engine, Setup, TestApp, fresh_database, on_both_engines, skipped};
use crate::links::form;
use server::audit_entries::Chain;
use server::config::MailUrl;
use server::db::{Conn, Db, migrate};
use server::on_engine;
use server::settings;
use server::vault::{COLUMNS, Counts, reseal};
use shared::ids::WorkspaceId;
use shared::values::{Name, Slug};
use shared::workspaces;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The key of all test servers, and a newer one.
const OLD: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NEW: &str = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=";

const MAIL_URL: &str = "smtp://teamflow:hush@127.0.0.1:2525";

async fn counts(t: &TestApp) -> Counts {
    let mut all = Counts::default();
    let columns = COLUMNS
        .iter()
        .filter(|column| column.table != "audit_heads");
    let mut each = vec![settings::reseal(&t.app).await.unwrap()];
    for column in columns {
        each.push(reseal(&t.app, column).await.unwrap());
    }
    for counts in each {
        all.anew += counts.anew;
        all.current += counts.current;
        all.lost += counts.lost;
    }
    all
}

on_both_engines! {
    async fn everything_is_sealed_anew_and_the_old_key_can_go(engine: Engine) {
        if engine == Engine::Sqlite {
            // One server for one file.
            return;
        }
        let t = Setup::new(engine).start().await;
        for email in ["ada@example.org", "ben@example.org"] {
            let browser = t.user(email).await;
            assert_eq!(form(&browser, "begin-two-step", &[]).await.0, 200);
        }
        // Its log has a head of its own.
        let (owner, _) = t.sign_up("olive@example.org").await;
        let workspace = WorkspaceId::from_uuid(Uuid::from_u128(900));
        let found = workspaces::Mutation::Create {
            id: workspace,
            name: Name::parse("North").unwrap(),
            slug: Slug::parse("north").unwrap(),
            owner_name: owner.name.clone(),
        };
        t.app.sync.found(workspace, owner.id, vec![found.into()]).await.unwrap();
        let ada = t.user("ada@example.org").await;
        let mail_url = [("key", "mail_url"), ("value", MAIL_URL)];
        assert_eq!(form(&ada, "save-setting", &mail_url).await.0, 200);
        // What is not sealed is left as it is.
        let from = [("key", "mail_from"), ("value", "tasks@example.org")];
        assert_eq!(form(&ada, "save-setting", &from).await.0, 200);
        let both = Setup::new(engine).beside(&t).var("TEAMFLOW_SECRET_KEYS", &format!("{NEW},{OLD}"));
        let both = both.start().await;
        assert_eq!(counts(&both).await, Counts { anew: 7, current: 0, lost: 0 });
        assert_eq!(counts(&both).await, Counts { anew: 0, current: 7, lost: 0 }, "begun again, it goes on");
        let heads = COLUMNS.iter().find(|column| column.table == "audit_heads").unwrap();
        assert_eq!(reseal(&both.app, heads).await.unwrap().lost, 0);
        let alone = Setup::new(engine).beside(&t).var("TEAMFLOW_SECRET_KEYS", NEW).start().await;
        assert_eq!(counts(&alone).await, Counts { anew: 0, current: 7, lost: 0 });
        let mail = alone.app.settings.now().mail.url.clone();
        assert!(mail == Some(MailUrl::Smtp(MAIL_URL.to_owned())), "it is opened with the new key");
        for chain in [Chain::Server, Chain::Workspace(workspace)] {
            let log = alone.app.audit.verify(&alone.app.db, chain).await.unwrap();
            assert!(log.entries > 0);
            assert_eq!(log.problem, None);
        }
        let ada = alone.user("ada@example.org").await;
        let (_, state) = form(&ada, "find-two-step", &[]).await;
        assert!(state["Pending"]["seed"].is_string(), "{state}");
        // The first server has not the new key: what it cannot open is told and stays as it is.
        assert_eq!(counts(&t).await, Counts { anew: 0, current: 0, lost: 7 });
        assert_eq!(counts(&alone).await, Counts { anew: 0, current: 7, lost: 0 });
    }
}

/// What a browser has begun to sign in is over in minutes, with whatever key.
const SQLITE: &str = r"
    select m.name, p.name from sqlite_master m join pragma_table_info(m.name) p
     where m.type = 'table' and p.name like 'seal%' and m.name <> 'sign_in_flows'";

const POSTGRES: &str = r"
    select cast(table_name as text), cast(column_name as text) from information_schema.columns
     where table_schema = 'public' and column_name like 'seal%'
       and table_name <> 'sign_in_flows'";

async fn sealed_columns(url: &str) -> BTreeSet<(String, String)> {
    let db = Db::open(url).await.unwrap();
    migrate(&db).await.unwrap();
    let mut read = db.unfenced().read().await.unwrap();
    let conn = read.conn();
    let sql = if matches!(conn, Conn::Sqlite(_)) {
        SQLITE
    } else {
        POSTGRES
    };
    let found: Vec<(String, String)> =
        on_engine!(conn, |c| sqlx::query_as(sql).fetch_all(c).await).unwrap();
    found.into_iter().collect()
}

#[tokio::test]
async fn every_sealed_column_is_sealed_anew() {
    let known: BTreeSet<(String, String)> = COLUMNS
        .iter()
        .map(|column| (column.table.to_owned(), column.column.to_owned()))
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", dir.path().join("a.db").display());
    assert_eq!(sealed_columns(&sqlite).await, known);
    if !skipped() {
        assert_eq!(sealed_columns(&fresh_database().await).await, known);
    }
}
