//! Every query of the server is understood by the engines that it is meant for.

use crate::harness::{fresh_database, skipped};
use server::db::{Db, migrate};
use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _, SqlStr};
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
