//! All SQL of what is sealed, in whichever table it is.

use super::Column;
use crate::db::Conn;
use crate::on_engine;
use sqlx::{AssertSqlSafe, query, query_as};
use uuid::Uuid;

/// The secrets of a column, in the order of their rows, after a row.
pub(super) async fn list(
    conn: Conn<'_>,
    column: &Column,
    after: Option<&str>,
    count_max: u32,
) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let Column {
        table,
        key,
        column: name,
        ..
    } = column;
    // Made of constants alone.
    let sql = AssertSqlSafe(format!(
        "select {key}, {name} from {table}
          where {name} is not null and ({key} > $1 or $1 is null) order by {key} limit $2"
    ));
    let count = i64::from(count_max);
    Ok(on_engine!(conn, |c| {
        if column.has_uuid {
            let after = after.map(Uuid::parse_str).transpose()?;
            let rows = query_as(sql).bind(after).bind(count).fetch_all(c).await?;
            let text = |(id, sealed): (Uuid, Vec<u8>)| (id.to_string(), sealed);
            rows.into_iter().map(text).collect()
        } else {
            query_as(sql).bind(after).bind(count).fetch_all(c).await?
        }
    }))
}

/// Puts a secret in the place of another; answers whether that one was still there.
pub(super) async fn replace(
    conn: Conn<'_>,
    column: &Column,
    id: &str,
    (before, after): (&[u8], &[u8]),
) -> anyhow::Result<bool> {
    let Column {
        table,
        key,
        column: name,
        ..
    } = column;
    // Made of constants alone.
    let sql = AssertSqlSafe(format!(
        "update {table} set {name} = $2 where {key} = $1 and {name} = $3"
    ));
    let done = on_engine!(conn, |c| {
        let statement = if column.has_uuid {
            query(sql).bind(Uuid::parse_str(id)?)
        } else {
            query(sql).bind(id.to_owned())
        };
        statement
            .bind(after)
            .bind(before)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(done == 1)
}
