//! Row-level security: PostgreSQL alone shows and takes no row of another workspace.

use crate::harness::{Engine, Setup, TestApp, fresh_database, skipped};
use crate::sync::{Team, name};
use server::db::{Conn, Db, Errand, Reach, Read, WriteTx, migrate};
use shared::ids::WorkspaceId;
use shared::values::Slug;
use shared::workspaces;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query, query_scalar, raw_sql};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use uuid::Uuid;

const OTHER: WorkspaceId = WorkspaceId::from_uuid(Uuid::from_u128(900));

/// A team and another workspace with rows of every kind that a new one has.
async fn two_workspaces(t: TestApp) -> Team {
    let team = Team::start(t).await;
    for n in 0..3 {
        team.commit(team.owner, team.create(n, "ours"))
            .await
            .unwrap();
    }
    let (stranger, _) = team.t.sign_up("sam@example.org").await;
    let found = workspaces::Mutation::Create {
        id: OTHER,
        name: name("Other"),
        slug: Slug::parse("other").unwrap(),
        owner_name: name("Sam"),
    };
    let sync = &team.t.app.sync;
    sync.found(OTHER, stranger.id, vec![found.into()])
        .await
        .unwrap();
    team
}

fn postgres(conn: Conn<'_>) -> &mut PgConnection {
    match conn {
        Conn::Postgres(c) => c,
        Conn::Sqlite(_) => panic!("these tests are PostgreSQL's"),
    }
}

/// The tables that have a workspace.
async fn fenced_tables(db: &Db) -> Vec<String> {
    let mut read = db.unfenced().read().await.unwrap();
    query_scalar(
        "select cast(table_name as text) from information_schema.columns
          where table_schema = 'public' and column_name like '%workspace_id' order by table_name",
    )
    .fetch_all(postgres(read.conn()))
    .await
    .unwrap()
}

async fn count(read: &mut Read, table: &str, of: Option<WorkspaceId>) -> i64 {
    let sql = match of {
        Some(id) => format!("select count(*) from {table} where workspace_id = '{id}'"),
        None => format!("select count(*) from {table}"),
    };
    query_scalar(AssertSqlSafe(sql))
        .fetch_one(postgres(read.conn()))
        .await
        .unwrap()
}

/// The code of PostgreSQL's refusal.
async fn refused(tx: &mut WriteTx, sql: &str) -> String {
    let error = raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(postgres(tx.conn()))
        .await
        .unwrap_err();
    error
        .as_database_error()
        .unwrap()
        .code()
        .unwrap()
        .into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_sees_nothing_but_the_workspace_that_was_set() {
    if skipped() {
        return;
    }
    let team = two_workspaces(TestApp::start(Engine::Postgres).await).await;
    let db = &team.t.app.db;
    let mut filled = 0;
    for table in fenced_tables(db).await {
        let mut all = db.unfenced().read().await.unwrap();
        let (ours, theirs) = (
            count(&mut all, &table, Some(team.workspace)).await,
            count(&mut all, &table, Some(OTHER)).await,
        );
        filled += usize::from(ours > 0 && theirs > 0);
        let mut none = db.read().await.unwrap();
        assert_eq!(
            count(&mut none, &table, Some(team.workspace)).await,
            0,
            "{table} without a workspace"
        );
        assert_eq!(
            count(&mut none, &table, Some(OTHER)).await,
            0,
            "{table} without a workspace"
        );
        let mut inside = db.read_in(team.workspace).await.unwrap();
        assert_eq!(
            count(&mut inside, &table, None).await,
            ours,
            "{table} in ours"
        );
        let mut inside = db.snapshot_in(OTHER).await.unwrap();
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        let seen: i64 = query_scalar(sql)
            .fetch_one(postgres(inside.conn()))
            .await
            .unwrap();
        assert_eq!(seen, theirs, "{table} in theirs");
    }
    assert!(filled >= 6, "only {filled} tables had rows to hide");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_workspace_is_its_own() {
    if skipped() {
        return;
    }
    let team = two_workspaces(TestApp::start(Engine::Postgres).await).await;
    let db = &team.t.app.db;
    let chains = async |reach: Reach, table: &str| -> BTreeSet<Uuid> {
        let mut read = db.read_at(reach).await.unwrap();
        let sql = AssertSqlSafe(format!("select distinct chain from {table}"));
        let found: Vec<Uuid> = query_scalar(sql)
            .fetch_all(postgres(read.conn()))
            .await
            .unwrap();
        found.into_iter().collect()
    };
    let (server, ours, theirs) = (Uuid::nil(), team.workspace.uuid(), OTHER.uuid());
    for table in ["audit_entries", "audit_heads"] {
        let all = chains(Reach::Errand(Errand::Upkeep), table).await;
        assert_eq!(all, BTreeSet::from([server, ours, theirs]), "{table}");
        let inside = chains(Reach::Workspace(team.workspace), table).await;
        assert_eq!(inside, BTreeSet::from([server, ours]), "{table}");
        for reach in [Reach::Server, Reach::Errand(Errand::Address)] {
            assert_eq!(chains(reach, table).await, BTreeSet::from([server]));
        }
    }
    let mut tx = db.write_in(OTHER).await.unwrap();
    let sql = format!("delete from audit_entries where chain = '{ours}'");
    let done = query(AssertSqlSafe(sql)).execute(postgres(tx.conn())).await;
    assert_eq!(done.unwrap().rows_affected(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_another_workspace_are_not_written() {
    if skipped() {
        return;
    }
    let team = two_workspaces(TestApp::start(Engine::Postgres).await).await;
    let db = &team.t.app.db;
    for reach in [Some(OTHER), None] {
        let mut tx = match reach {
            Some(workspace) => db.write_in(workspace).await.unwrap(),
            None => db.write().await.unwrap(),
        };
        for sql in [
            "update tasks set title = 'taken' where title = 'ours'",
            "delete from tasks where title = 'ours'",
            "update workspace_heads set seq = 0 where seq > 2",
        ] {
            let done = query(sql).execute(postgres(tx.conn())).await.unwrap();
            assert_eq!(done.rows_affected(), 0, "{sql}");
        }
        let insert = format!(
            "insert into access_marks (workspace_id, subject, seq) values ('{}', 'p:x', 1)",
            team.workspace
        );
        assert_eq!(refused(&mut tx, &insert).await, "42501");
    }
    // Nor is a row moved out of its own.
    let mut tx = db.write_in(team.workspace).await.unwrap();
    let moved = format!("update tasks set workspace_id = '{OTHER}'");
    assert_eq!(refused(&mut tx, &moved).await, "42501");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_crosses_workspaces_reads_the_tables_of_its_name_alone() {
    if skipped() {
        return;
    }
    let team = two_workspaces(TestApp::start(Engine::Postgres).await).await;
    let db = &team.t.app.db;
    let tables = fenced_tables(db).await;
    for (errand, seen) in [
        (Errand::Heads, &["workspace_heads"][..]),
        (Errand::Retention, &["tx_log", "workspace_heads"]),
        (Errand::Address, &["workspace_slugs", "workspaces"]),
        (Errand::Invitation, &["invitations"]),
        (Errand::Program, &["oauth_clients"]),
        (
            Errand::Upkeep,
            &[
                "comments",
                "exports",
                "invitations",
                "members",
                "tasks",
                "workspaces",
            ],
        ),
    ] {
        for table in &tables {
            let mut all = db.unfenced().read().await.unwrap();
            let mut read = db.read_for(errand).await.unwrap();
            let expected = if seen.contains(&table.as_str()) {
                count(&mut all, table, Some(OTHER)).await
            } else {
                0
            };
            let found = count(&mut read, table, Some(OTHER)).await;
            assert_eq!(found, expected, "{table} for {errand:?}");
        }
    }
    // Somebody finds what is in their own workspaces, and other members nowhere.
    let mut read = db.read_as(team.owner).await.unwrap();
    assert_eq!(count(&mut read, "tasks", None).await, 3);
    assert_eq!(count(&mut read, "members", None).await, 1);
    assert_eq!(count(&mut read, "workspaces", Some(OTHER)).await, 0);
    assert_eq!(count(&mut read, "tx_log", None).await, 0);
    // A snapshot that entered a workspace has left its errand.
    let mut read = db
        .snapshot_at(Reach::Errand(Errand::Address))
        .await
        .unwrap();
    read.enter(team.workspace).await.unwrap();
    let seen: Vec<Uuid> = query_scalar("select workspace_id from workspaces")
        .fetch_all(postgres(read.conn()))
        .await
        .unwrap();
    assert_eq!(seen, [team.workspace.uuid()]);
}

/// Policies besides those that every table with a workspace has: table, name, and what they are for (`r` is reading).
const ERRANDS: [(&str, &str, &str); 15] = [
    ("audit_entries", "chain", "*"),
    ("audit_heads", "chain", "*"),
    ("comments", "upkeep", "r"),
    ("exports", "upkeep", "*"),
    ("invitations", "invitation", "r"),
    ("invitations", "upkeep", "*"),
    ("members", "upkeep", "r"),
    ("oauth_clients", "program", "r"),
    ("projects", "upkeep", "r"),
    ("tasks", "upkeep", "r"),
    ("tx_log", "retention", "r"),
    ("workspace_heads", "heads", "r"),
    ("workspace_slugs", "address", "r"),
    ("workspaces", "address", "r"),
    ("workspaces", "upkeep", "r"),
];

#[tokio::test]
async fn every_table_with_a_workspace_is_fenced_for_its_owner_too() {
    if skipped() {
        return;
    }
    let db = Db::open(&fresh_database().await).await.unwrap();
    migrate(&db).await.unwrap();
    let tables = fenced_tables(&db).await;
    assert!(tables.len() >= 16, "{tables:?}");
    let mut read = db.unfenced().read().await.unwrap();
    let c = postgres(read.conn());
    let forced: Vec<String> = query_scalar(
        "select cast(c.relname as text) from pg_class c
           join pg_policy p on p.polrelid = c.oid and p.polname = 'workspace' and p.polpermissive and p.polcmd = '*'
          where c.relrowsecurity and c.relforcerowsecurity and c.relnamespace = 'public'::regnamespace
          order by c.relname",
    )
    .fetch_all(&mut *c)
    .await
    .unwrap();
    assert_eq!(forced, tables, "forced, and the tables with a workspace");
    let others: Vec<(String, String, String)> = sqlx::query_as(
        "select cast(c.relname as text), cast(p.polname as text), cast(p.polcmd as text)
           from pg_policy p join pg_class c on c.oid = p.polrelid
          where p.polname not in ('workspace', 'person')",
    )
    .fetch_all(&mut *c)
    .await
    .unwrap();
    let others: BTreeSet<_> = others.into_iter().collect();
    let known =
        ERRANDS.map(|(table, name, what)| (table.to_owned(), name.to_owned(), what.to_owned()));
    assert_eq!(
        others,
        known.into(),
        "each way across workspaces stands here"
    );
    let beyond: Vec<String> = query_scalar(
        "select cast(c.relname as text) from pg_policy p join pg_class c on c.oid = p.polrelid
          where p.polname = 'person' and p.polcmd <> 'r'",
    )
    .fetch_all(c)
    .await
    .unwrap();
    assert_eq!(
        beyond,
        Vec::<String>::new(),
        "looking for one's own things is reading"
    );
}

#[tokio::test]
async fn a_table_that_a_migration_forgot_is_fenced_at_the_next_start() {
    if skipped() {
        return;
    }
    let db = Db::open(&fresh_database().await).await.unwrap();
    migrate(&db).await.unwrap();
    let mut tx = db.unfenced().write().await.unwrap();
    let table = "create table notes (workspace_id uuid, id uuid not null primary key);
                 insert into notes values (null, gen_random_uuid()), (gen_random_uuid(), gen_random_uuid())";
    raw_sql(table).execute(postgres(tx.conn())).await.unwrap();
    tx.commit().await.unwrap();
    migrate(&db).await.unwrap();
    // What has no workspace is the server's.
    assert_eq!(count(&mut db.read().await.unwrap(), "notes", None).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_superuser_works_under_a_role_that_cannot_bypass_it() {
    if skipped() {
        return;
    }
    let t = TestApp::start(Engine::Postgres).await;
    for reach in [
        Reach::Server,
        Reach::Workspace(OTHER),
        Reach::Errand(Errand::Heads),
    ] {
        let mut read = t.app.db.read_at(reach).await.unwrap();
        let who: (String, bool) = sqlx::query_as(
            "select cast(current_user as text), rolsuper or rolbypassrls from pg_roles where rolname = current_user",
        )
        .fetch_one(postgres(read.conn()))
        .await
        .unwrap();
        assert_eq!(who, ("teamflow_app".to_owned(), false));
    }
    let mut tx = t.app.db.write().await.unwrap();
    assert_eq!(
        refused(&mut tx, "alter table tasks disable row level security").await,
        "42501"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_owner_of_the_tables_is_fenced_as_well() {
    if skipped() {
        return;
    }
    let url = fresh_database().await;
    let db = Db::open(&url).await.unwrap();
    let mut read = db.unfenced().write().await.unwrap();
    let c = postgres(read.conn());
    let database: String = query_scalar("select current_database()")
        .fetch_one(&mut *c)
        .await
        .unwrap();
    let plain = format!("plain_{database}");
    let owner = format!(
        "create role {plain} login; alter database {database} owner to {plain}; drop schema public cascade;
         create schema public authorization {plain}"
    );
    raw_sql(AssertSqlSafe(owner)).execute(c).await.unwrap();
    read.commit().await.unwrap();
    db.close().await;
    let url = url.replacen("teamflow@", &format!("{plain}@"), 1);
    let t = Setup::new(Engine::Postgres).on(url).start().await;
    let team = two_workspaces(t).await;
    let db = &team.t.app.db;
    let mut read = db.read().await.unwrap();
    let user: String = query_scalar("select cast(current_user as text)")
        .fetch_one(postgres(read.conn()))
        .await
        .unwrap();
    assert_eq!(user, plain);
    assert_eq!(count(&mut read, "tasks", None).await, 0);
    let mut read = db.read_in(team.workspace).await.unwrap();
    assert_eq!(count(&mut read, "tasks", None).await, 3);
}

/// The way around is for tests and for the migrations.
#[test]
fn the_server_goes_nowhere_around_the_fence() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("src/db") {
                look(&path, found);
            } else if path.is_file() {
                let text = fs::read_to_string(&path).unwrap_or_default();
                if text.contains(".unfenced()")
                    || text.contains("PgPool")
                    || text.contains("PgConnection")
                {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    look(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_is_given_up_at_its_beginning_leaves_nothing_behind() {
    if skipped() {
        return;
    }
    let t = TestApp::start(Engine::Postgres).await;
    let db = &t.app.db;
    let yields = async |count: usize| {
        for _ in 0..count {
            tokio::task::yield_now().await;
        }
    };
    for polls in 0..300 {
        // Whoever asked for it goes away, a little later each time.
        tokio::select! {
            biased;
            begun = db.write_in(OTHER) => drop(begun.unwrap()),
            () = yields(polls) => {}
        }
        let mut read = db.unfenced().read().await.unwrap();
        let fence: String = query_scalar(
            "select current_setting('role') || coalesce(current_setting('teamflow.workspace', true), '')",
        )
        .fetch_one(postgres(read.conn()))
        .await
        .unwrap();
        assert_eq!(fence, "none");
    }
}
