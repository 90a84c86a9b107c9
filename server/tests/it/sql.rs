//! Every query of the server is understood by the engines that it is meant for.

use crate::harness::{fresh_database, skipped};
use server::db::{Db, migrate};
use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _, SqlStr, query, query_as, query_scalar};
use std::fs;
use std::path::Path;

/// Queries of one engine alone, by file and name.
const SQLITE_ONLY: [&str; 5] = [
    "db/health.rs SQLITE_SIZE",
    "db/health.rs JOURNAL_MODE",
    "db/health.rs SYNCHRONOUS",
    "db/health.rs INTEGRITY",
    "db/health.rs FOREIGN_KEYS",
];
const POSTGRES_ONLY: [&str; 6] = [
    "db/fence.rs BYPASSES",
    "db/fence.rs ENTER",
    "db/health.rs POSTGRES_SIZE",
    "db/lock.rs LOCK",
    "db/health.rs CLOCK",
    "sync/store.rs LOCK_HEAD",
];

/// Queries across all workspaces, which must not read whole tables, with the index that each begins at.
const SERVED: [(&str, &str); 6] = [
    ("COUNT_TRASHED_TASKS", "tasks_trashed_idx"),
    ("LIST_TRASHED_TASKS", "tasks_trashed_idx"),
    ("COUNT_TASKS_OF_TRASHED", "projects_trashed_idx"),
    ("LIST_TASKS_OF_TRASHED", "projects_trashed_idx"),
    ("COUNT_TRASHED_PROJECTS", "projects_trashed_idx"),
    ("LIST_TRASHED_PROJECTS", "projects_trashed_idx"),
];

struct Query {
    name: String,
    sql: String,
}

fn queries(root: &Path, folder: &Path, found: &mut Vec<Query>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            queries(root, &path, found);
            continue;
        }
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if name.starts_with("db/") || name.ends_with("store.rs") || name.contains("/store/") {
            constants(&name, &fs::read_to_string(&path).unwrap(), found);
        }
    }
}

/// The texts of `const NAME: &str = "...";` that begin like a query.
fn constants(file: &str, source: &str, found: &mut Vec<Query>) {
    let mut rest = source;
    while let Some(at) = rest.find("const ") {
        rest = &rest[at + "const ".len()..];
        let Some((name, after)) = rest.split_once(": &str = ") else {
            continue;
        };
        if name.contains(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')) {
            continue;
        }
        let (open, close) = if after.starts_with("r#\"") {
            ("r#\"", "\"#;")
        } else {
            ("\"", "\";")
        };
        let text = after
            .strip_prefix(open)
            .unwrap_or_else(|| panic!("{file} {name} is no text"));
        let (sql, after) = text.split_once(close).unwrap();
        rest = after;
        let word = sql.split_whitespace().next().unwrap_or_default();
        if ["select", "insert", "update", "delete", "with", "pragma"].contains(&word) {
            found.push(Query {
                name: format!("{file} {name}"),
                sql: sql.to_owned(),
            });
        }
    }
}

#[tokio::test]
async fn every_query_is_understood_by_both_engines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    queries(&root, &root, &mut all);
    assert!(all.len() > 80, "only {} queries were found", all.len());
    for name in SQLITE_ONLY.iter().chain(&POSTGRES_ONLY) {
        assert!(
            all.iter().any(|query| query.name == *name),
            "{name} is gone"
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", dir.path().join("a.db").display());
    understood(&sqlite, &all, &POSTGRES_ONLY).await;
    if !skipped() {
        understood(&fresh_database().await, &all, &SQLITE_ONLY).await;
    }
}

#[tokio::test]
async fn the_trash_is_found_by_its_indexes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    queries(&root, &root, &mut all);
    let named = |name: &str| {
        let name = format!("retention/store.rs {name}");
        let found = all.iter().find(|query| query.name == name);
        found
            .unwrap_or_else(|| panic!("{name} is gone"))
            .sql
            .replace("$1", "1000")
            .replace("$2", "200")
    };
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("a.db").display());
    let db = Db::open(&url).await.unwrap();
    migrate(&db).await.unwrap();
    let Db::Sqlite { writer, .. } = &db else {
        unreachable!("it was opened as one");
    };
    for (name, index) in SERVED {
        let sql = AssertSqlSafe(format!("explain query plan {}", named(name)));
        let steps: Vec<(i64, i64, i64, String)> = query_as(sql).fetch_all(writer).await.unwrap();
        let plan: String = steps.into_iter().map(|(.., step)| step + "\n").collect();
        assert!(plan.contains(index), "{name}:\n{plan}");
    }
    db.close().await;
}

/// PostgreSQL decides by what is there, and here is nothing: what can be told is that the indexes serve the condition.
#[tokio::test]
async fn postgres_has_indexes_of_the_trash() {
    if skipped() {
        return;
    }
    let db = Db::open(&fresh_database().await).await.unwrap();
    migrate(&db).await.unwrap();
    let Db::Postgres(postgres) = &db else {
        unreachable!("it was opened as one");
    };
    let mut connection = postgres.pool().acquire().await.unwrap();
    let whole = query("set enable_seqscan = off");
    whole.execute(&mut *connection).await.unwrap();
    for table in ["tasks", "projects"] {
        let sql = format!("explain select id from {table} where trashed_at < 1000");
        let steps: Vec<String> = query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let plan = steps.join("\n");
        assert!(plan.contains(&format!("{table}_trashed_idx")), "{plan}");
    }
    drop(connection);
    db.close().await;
}

async fn understood(url: &str, queries: &[Query], foreign: &[&str]) {
    let db = Db::open(url).await.unwrap();
    migrate(&db).await.unwrap();
    for Query { name, sql } in queries
        .iter()
        .filter(|query| !foreign.contains(&&*query.name))
    {
        let sql: SqlStr = AssertSqlSafe(sql.clone()).into_sql_str();
        let prepared = match &db {
            Db::Sqlite { writer, .. } => {
                writer.acquire().await.unwrap().prepare(sql).await.map(drop)
            }
            Db::Postgres(postgres) => {
                let mut connection = postgres.pool().acquire().await.unwrap();
                connection.prepare(sql).await.map(drop)
            }
        };
        if let Err(error) = prepared {
            panic!("{name} on {}: {error}", db.engine());
        }
    }
    db.close().await;
}
