//! All SQL of settings and flags.

use crate::db::Conn;
use crate::on_engine;
use shared::ids::UserId;
use shared::settings::flags::Flag;
use shared::values::Time;
use sqlx::{query, query_as};

/// As many as there are settings.
const LIST: &str = "select key, value from settings order by key";

const UPSERT: &str = "
    insert into settings (key, value, set_by, set_at)
    values ($1, $2, $3, $4)
    on conflict (key) do update
    set value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at";

const REPLACE: &str = "update settings set value = $3 where key = $1 and value = $2";

const DELETE: &str = "delete from settings where key = $1";

/// `settings::FLAGS_MAX` bounds it.
const LIST_FLAGS: &str = "select name, rule from flags order by name limit 200";

const UPSERT_FLAG: &str = "
    insert into flags (name, rule, set_at)
    values ($1, $2, $3)
    on conflict (name) do update
    set rule = excluded.rule, set_at = excluded.set_at";

const DELETE_FLAG: &str = "delete from flags where name = $1";

/// Everything that is set.
pub(super) async fn list(conn: Conn<'_>) -> sqlx::Result<Vec<(String, String)>> {
    on_engine!(conn, |c| query_as(LIST).fetch_all(c).await)
}

/// Sets a setting.
pub(super) async fn upsert(
    conn: Conn<'_>,
    key: &str,
    value: &str,
    by: UserId,
    now: Time,
) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPSERT)
            .bind(key)
            .bind(value)
            .bind(by.uuid())
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Puts a value in the place of another; answers whether that one was still there.
pub(super) async fn replace(
    conn: Conn<'_>,
    key: &str,
    before: &str,
    after: &str,
) -> sqlx::Result<bool> {
    let done = on_engine!(conn, |c| {
        query(REPLACE)
            .bind(key)
            .bind(before)
            .bind(after)
            .execute(c)
            .await?
            .rows_affected()
    });
    Ok(done == 1)
}

/// Sets a setting back.
pub(super) async fn delete(conn: Conn<'_>, key: &str) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE).bind(key).execute(c).await?;
    });
    Ok(())
}

/// Every flag, by name.
pub(super) async fn list_flags(conn: Conn<'_>) -> anyhow::Result<Vec<Flag>> {
    let rows: Vec<(String, String)> =
        on_engine!(conn, |c| query_as(LIST_FLAGS).fetch_all(c).await?);
    rows.into_iter()
        .map(|(name, rule)| {
            let rule = serde_json::from_str(&rule)?;
            Ok(Flag { name, rule })
        })
        .collect()
}

/// Sets a flag.
pub(super) async fn upsert_flag(conn: Conn<'_>, flag: &Flag, now: Time) -> anyhow::Result<()> {
    let rule = serde_json::to_string(&flag.rule)?;
    on_engine!(conn, |c| {
        query(UPSERT_FLAG)
            .bind(&flag.name)
            .bind(&rule)
            .bind(now.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes a flag.
pub(super) async fn delete_flag(conn: Conn<'_>, name: &str) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_FLAG).bind(name).execute(c).await?;
    });
    Ok(())
}
