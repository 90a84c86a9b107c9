//! The two migration folders lead to the same tables.

use crate::harness::{fresh_database, skipped};
use server::db::{Conn, Db, migrate};
use server::on_engine;
use std::collections::BTreeSet;

const SQLITE: &str = r#"
    select m.name, p.name, lower(p.type), p."notnull" = 0
      from sqlite_master m
      join pragma_table_info(m.name) p
     where m.type = 'table' and m.name not like '\_%' escape '\' and m.name not like 'sqlite%'"#;

const POSTGRES: &str = "
    select cast(table_name as text), cast(column_name as text), cast(data_type as text),
           is_nullable = 'YES'
      from information_schema.columns
     where table_schema = 'public' and table_name not like '\\_%'";

type Column = (String, String, String, bool);

async fn columns(db: &Db) -> BTreeSet<Column> {
    let mut read = db.read().await.unwrap();
    let conn = read.conn();
    let sql = if matches!(conn, Conn::Sqlite(_)) {
        SQLITE
    } else {
        POSTGRES
    };
    let columns: Vec<Column> =
        on_engine!(conn, |c| sqlx::query_as(sql).fetch_all(c).await).unwrap();
    columns.into_iter().collect()
}

/// What SQLite has where PostgreSQL has this.
fn in_sqlite(postgres: &str) -> &str {
    match postgres {
        "uuid" | "bytea" => "blob",
        "jsonb" => "text",
        same => same,
    }
}

#[tokio::test]
async fn both_engines_have_the_same_columns() {
    if skipped() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let sqlite = Db::open(&format!("sqlite:{}", dir.path().join("a.db").display()))
        .await
        .unwrap();
    migrate(&sqlite).await.unwrap();
    let postgres = Db::open(&fresh_database().await).await.unwrap();
    let expected: BTreeSet<Column> = columns(&postgres)
        .await
        .into_iter()
        .map(|(table, column, kind, null)| (table, column, in_sqlite(&kind).to_owned(), null))
        .collect();
    assert!(expected.len() > 50);
    let found = columns(&sqlite).await;
    let differ: Vec<_> = found.symmetric_difference(&expected).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}
