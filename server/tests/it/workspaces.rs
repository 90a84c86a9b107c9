//! A workspace's life: its addresses, who leaves, who owns it, and its end.

use crate::harness::{Client, Engine, Setup, TestApp, fresh_database, on_both_engines, skipped};
use crate::links::form;
use crate::sync::Team;
use reqwest::Method;
use serde_json::{Value, json};
use server::audit_entries::{self, Chain, Note, Origin};
use server::db::{Conn, Db, migrate};
use server::on_engine;
use server::workspaces::purge::{self, store};
use shared::access::Role;
use shared::audit_entries::{Act, AuditFilter};
use shared::members;
use shared::workspaces::GRACE_MS;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// Every table whose rows belong to a workspace, and none that is forgotten with it.
const WITH_WORKSPACE_SQLITE: &str = "
    select m.name from sqlite_master m join pragma_table_info(m.name) p
     where m.type = 'table' and p.name = 'workspace_id'";
const WITH_WORKSPACE_POSTGRES: &str = "
    select cast(table_name as text) from information_schema.columns
     where table_schema = 'public' and column_name = 'workspace_id'";

async fn tables(db: &Db) -> BTreeSet<String> {
    let mut read = db.unfenced().read().await.unwrap();
    let conn = read.conn();
    let sql = if matches!(conn, Conn::Sqlite(_)) {
        WITH_WORKSPACE_SQLITE
    } else {
        WITH_WORKSPACE_POSTGRES
    };
    let names: Vec<String> =
        on_engine!(conn, |c| sqlx::query_scalar(sql).fetch_all(c).await).unwrap();
    names.into_iter().collect()
}

async fn count_owned(team: &Team, table: &str) -> i64 {
    let sql = format!("select count(*) from {table} where workspace_id = $1");
    let sql = sqlx::AssertSqlSafe(sql);
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    on_engine!(read.conn(), |c| {
        sqlx::query_scalar(sql)
            .bind(team.workspace.uuid())
            .fetch_one(c)
            .await
    })
    .unwrap()
}

async fn count_results(team: &Team) -> i64 {
    let mut read = team.t.app.db.unfenced().read().await.unwrap();
    on_engine!(read.conn(), |c| {
        sqlx::query_scalar("select count(*) from command_results")
            .fetch_one(c)
            .await
    })
    .unwrap()
}

async fn ask(who: &Client, team: &Team, what: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let workspace = team.workspace.to_string();
    let mut fields = vec![("workspace", workspace.as_str())];
    fields.extend(more);
    let (status, answer) = form(who, what, &fields).await;
    (status, answer["code"].clone())
}

async fn links(who: &Client) -> Value {
    form(who, "list-workspaces", &[]).await.1
}

const DONE: (u16, Value) = (200, Value::Null);

fn refused(status: u16, code: &str) -> (u16, Value) {
    (status, json!(code))
}

#[tokio::test]
async fn whatever_a_workspace_has_goes_with_it() {
    let known: BTreeSet<String> = store::OWNED
        .iter()
        .map(|(table, _)| *table)
        .chain(store::LAST.iter().copied())
        .map(str::to_owned)
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Db::open(&format!("sqlite:{}", dir.path().join("a.db").display()))
        .await
        .unwrap();
    migrate(&sqlite).await.unwrap();
    let why = "a table with workspace_id is purged with it: add it to workspaces/purge/store.rs";
    assert_eq!(tables(&sqlite).await, known, "{why}");
    if !skipped() {
        let postgres = Db::open(&fresh_database().await).await.unwrap();
        assert_eq!(tables(&postgres).await, known, "{why}");
    }
}

on_both_engines! {
    async fn an_earlier_address_leads_to_the_workspace_for_good(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        team.member("mina@example.org", Role::Member).await;
        let mina = team.t.user("mina@example.org").await;
        assert_eq!(ask(&mina, &team, "readdress-workspace", &[("slug", "mine")]).await, refused(403, "not_allowed"));
        for (slug, code) in [("api", "invalid_value"), ("No Way", "invalid_value")] {
            assert_eq!(ask(&olive, &team, "readdress-workspace", &[("slug", slug)]).await, refused(400, code));
        }
        assert_eq!(ask(&olive, &team, "readdress-workspace", &[("slug", "crew")]).await, DONE);
        let old = mina.get("/w/team/WEB/board?q=a").await;
        assert_eq!((old.status, old.header("location")), (302, Some("/w/crew/WEB/board?q=a")));
        assert_eq!(mina.get("/w/crew/WEB/board").await.status, 200);
        let api = team.t.token("mina@example.org").await;
        assert_eq!(api.get("/api/v1/workspaces/team/projects").await.status, 200);
        // Whoever is not in it learns nothing of where it is.
        let sam = team.t.user("sam@example.org").await;
        assert_eq!(sam.get("/w/team").await.status, 404);
        // Nobody else gets an address that somebody's links have.
        let (status, taken) = form(&sam, "create-workspace", &[("name", "Other"), ("slug", "team")]).await;
        assert_eq!((status, &taken["code"], &taken["field"]), (409, &json!("slug_taken"), &json!("slug")));
        assert_eq!(form(&sam, "create-workspace", &[("name", "Other"), ("slug", "other")]).await.0, 200);
        assert_eq!(ask(&olive, &team, "readdress-workspace", &[("slug", "other")]).await, refused(409, "slug_taken"));
        // Back again, and the second one still leads here.
        assert_eq!(ask(&olive, &team, "readdress-workspace", &[("slug", "team")]).await, DONE);
        assert_eq!(mina.get("/w/crew").await.header("location"), Some("/w/team"));
    }

    async fn a_name_that_is_a_reserved_address_gets_another(t: TestApp) {
        let sam = t.user("sam@example.org").await;
        assert_eq!(form(&sam, "create-workspace", &[("name", "Admin")]).await.0, 200);
        assert_eq!(links(&sam).await[0]["slug"], "admin-2");
    }

    async fn whoever_leaves_is_out_at_once_and_the_last_owner_stays(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mina_id = team.member("mina@example.org", Role::Member).await;
        let mina = team.t.user("mina@example.org").await;
        let mut theirs = team.socket(mina_id, 2).await;
        assert_eq!(ask(&mina, &team, "leave-workspace", &[]).await, DONE);
        assert_eq!(timeout(SOON, theirs.closed()).await.unwrap(), 4004);
        assert_eq!(links(&mina).await, json!([]));
        assert_eq!(mina.get("/w/team").await.status, 404);
        assert_eq!(mina.get("/").await.header("location"), Some("/new-workspace"));
        assert_eq!(ask(&olive, &team, "leave-workspace", &[]).await, refused(409, "last_owner"));
        let back = members::Mutation::SetActive { id: mina_id, active: true };
        team.commit(team.owner, back).await.unwrap();
        assert_eq!(mina.get("/w/team").await.status, 200);
    }

    async fn ownership_is_handed_over_to_a_member_with_an_account(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let mina_id = team.member("mina@example.org", Role::Member).await;
        let mina = team.t.user("mina@example.org").await;
        let to = mina_id.to_string();
        let to_mina = [("to", to.as_str())];
        assert_eq!(ask(&mina, &team, "hand-over-workspace", &to_mina).await, refused(403, "not_allowed"));
        let nobody = team.workspace.to_string();
        assert_eq!(ask(&olive, &team, "hand-over-workspace", &[("to", &nobody)]).await, refused(404, "not_found"));
        assert_eq!(ask(&olive, &team, "hand-over-workspace", &to_mina).await, DONE);
        assert_eq!(links(&mina).await[0]["role"], "owner");
        assert_eq!(links(&olive).await[0]["role"], "admin");
        assert_eq!(ask(&olive, &team, "delete-workspace", &[("name", "Team")]).await, refused(403, "not_allowed"));
        assert_eq!(ask(&olive, &team, "leave-workspace", &[]).await, DONE);
        assert_eq!(ask(&mina, &team, "leave-workspace", &[]).await, refused(409, "last_owner"));
    }

    async fn a_deleted_workspace_shuts_everybody_out_and_can_be_restored(t: TestApp) {
        let team = Team::start(t).await;
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        let olive = team.t.user("olive@example.org").await;
        let admin_id = team.member("adam@example.org", Role::Admin).await;
        let admin = team.t.user("adam@example.org").await;
        let (mut mine, mut theirs) = (team.socket(team.owner, 1).await, team.socket(admin_id, 2).await);
        assert_eq!(ask(&admin, &team, "delete-workspace", &[("name", "Team")]).await, refused(403, "not_allowed"));
        assert_eq!(ask(&olive, &team, "delete-workspace", &[("name", "team")]).await, refused(400, "invalid_value"));
        assert_eq!(ask(&olive, &team, "delete-workspace", &[("name", "Team")]).await, DONE);
        assert_eq!(timeout(SOON, mine.closed()).await.unwrap(), 4004);
        assert_eq!(timeout(SOON, theirs.closed()).await.unwrap(), 4004);
        for who in [&olive, &admin] {
            assert_eq!(who.get("/w/team").await.status, 404);
            assert_eq!(who.get("/api/v1/workspaces").await.json()["items"], json!([]));
            let projects = who.get("/api/v1/workspaces/team/projects").await;
            assert_eq!(projects.status, 404);
            let task = who.get(&format!("/api/v1/tasks/{}", crate::sync::task(1))).await;
            assert_eq!(task.status, 404);
        }
        assert!(team.resume(admin_id, 3, None).await.is_err());
        assert!(team.commit(team.owner, team.create(2, "two")).await.is_err());
        // Its owner sees it with the day, nobody else does.
        assert_eq!(links(&admin).await, json!([]));
        let listed = links(&olive).await;
        let until = team.t.app.clock.now().0 + GRACE_MS;
        assert_eq!(listed[0]["restorable_until"], json!(until));
        assert_eq!(olive.get("/").await.header("location"), Some("/settings/workspaces"));
        assert!(olive.get("/settings/workspaces").await.text().contains("Restore"));
        assert_eq!(ask(&admin, &team, "restore-workspace", &[]).await, refused(403, "not_allowed"));
        let sam = team.t.user("sam@example.org").await;
        assert_eq!(ask(&sam, &team, "restore-workspace", &[]).await, refused(404, "not_found"));
        assert_eq!(ask(&olive, &team, "restore-workspace", &[]).await, DONE);
        assert_eq!(admin.get("/w/team/WEB/board").await.status, 200);
        team.commit(team.owner, team.create(2, "two")).await.unwrap();
        team.socket(admin_id, 4).await;
    }

    async fn what_was_deleted_a_month_ago_is_gone_with_everything_in_it(t: TestApp) {
        let team = Team::start(t).await;
        let olive = team.t.user("olive@example.org").await;
        let sam = team.t.user("sam@example.org").await;
        assert_eq!(form(&sam, "create-workspace", &[("name", "Other")]).await.0, 200);
        team.commit(team.owner, team.create(1, "one")).await.unwrap();
        let mut socket = team.socket(team.owner, 1).await;
        let push = crate::sync::numbered(1, 501, team.create(2, "two"));
        socket.push(vec![push]).await;
        let invited = [("role", "member"), ("email", ""), ("days", "90")];
        assert_eq!(ask(&olive, &team, "create-invitation", &invited).await.0, 200);
        assert_eq!(ask(&olive, &team, "delete-workspace", &[("name", "Team")]).await, DONE);
        let grace = Duration::from_millis(GRACE_MS.unsigned_abs());
        team.t.advance(grace);
        assert_eq!(purge::purge(&team.t.app).await.unwrap(), 0);
        team.t.advance(HOUR);
        // Their sessions are over by then, too.
        let (olive, sam) = (team.t.user("olive@example.org").await, team.t.user("sam@example.org").await);
        assert_eq!(ask(&olive, &team, "restore-workspace", &[]).await, refused(404, "not_found"));
        team.t.advance(HOUR);
        assert_eq!(purge::purge(&team.t.app).await.unwrap(), 1);
        assert_eq!(purge::purge(&team.t.app).await.unwrap(), 0);
        assert_eq!(links(&olive).await, json!([]));
        let owned = store::OWNED.iter().map(|(table, _)| *table);
        for table in owned.chain(store::LAST.iter().copied()) {
            assert_eq!(count_owned(&team, table).await, 0, "{table}");
        }
        assert_eq!(links(&sam).await[0]["slug"], "other");
        assert_eq!(count_results(&team).await, 0);
        let chain = Chain::Workspace(team.workspace);
        let all = AuditFilter::default();
        let log = audit_entries::list(&team.t.app, chain, &all, None, 500).await.unwrap();
        assert_eq!(log.entries, []);
        let log = audit_entries::list(&team.t.app, Chain::Server, &all, None, 500).await.unwrap();
        let purged = log.entries.iter().find(|entry| entry.act == Act::WorkspacePurged.as_str());
        assert_eq!(purged.unwrap().subject, Some(team.workspace.to_string()));
        assert!(purged.unwrap().detail.as_ref().unwrap().starts_with("its log ended with entry "));
        let (_, problems) = audit_entries::verify_all(&team.t.app.db, &team.t.app.audit).await.unwrap();
        assert_eq!(problems, Vec::<String>::new());
        // What another node had counted, and writes only now, goes the next time.
        let late = Note::in_workspace(team.workspace, Act::Refused);
        team.t.app.audit.tally(late, Origin::default());
        assert_eq!(audit_entries::purge(&team.t.app).await.unwrap(), 1);
        assert_eq!(audit_entries::purge(&team.t.app).await.unwrap(), 0);
        let name = [("name", "Again"), ("slug", "team")];
        assert_eq!(form(&sam, "create-workspace", &name).await.0, 200, "its address is free again");
    }

    async fn a_workspaces_host_leads_to_it_and_shows_nothing_itself(engine: Engine) {
        let public = "http://tasks.example.org";
        let setup = Setup::new(engine).var("TEAMFLOW_PUBLIC_URL", public);
        let t = setup.var("TEAMFLOW_WORKSPACE_HOSTS", "1").start().await;
        let sam = t.user("sam@example.org").await;
        let at = async |host: &str, path: &str| {
            let asked = sam.send(sam.request(Method::GET, path).header("host", host)).await;
            assert!(asked.header("set-cookie").is_none());
            (asked.status, asked.header("location").map(str::to_owned))
        };
        let led = |path: &str| (302, Some(format!("{public}{path}")));
        assert_eq!(at("acme.tasks.example.org", "/").await, led("/w/acme"));
        assert_eq!(at("acme.tasks.example.org:8080", "/sign-in?next=/").await, led("/sign-in?next=/"));
        assert_eq!(at("acme.tasks.example.org", "//evil.example").await, led("//evil.example"));
        for other in ["tasks.example.org", "www.tasks.example.org", "acme.evil.example"] {
            assert_eq!(at(other, "/new-workspace").await, (200, None), "{other}");
        }
    }

    async fn without_the_setting_a_workspaces_host_is_like_any_other(engine: Engine) {
        let t = Setup::new(engine).var("TEAMFLOW_PUBLIC_URL", "http://tasks.example.org").start().await;
        let sam = t.user("sam@example.org").await;
        let request = sam.request(Method::GET, "/new-workspace");
        let page = sam.send(request.header("host", "acme.tasks.example.org")).await;
        assert_eq!(page.status, 200);
    }
}
