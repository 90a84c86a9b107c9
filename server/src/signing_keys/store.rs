//! All SQL of signing keys.

use super::StoredKey;
use crate::db::Conn;
use crate::on_engine;
use shared::values::Time;
use sqlx::{query, query_as};

/// There are as many as were made in a month or so.
const LIST: &str = "
    select id, public_key, sealed_seed, created_at
      from signing_keys
     order by created_at desc, id desc
     limit 100";

const INSERT: &str = "
    insert into signing_keys (id, public_key, sealed_seed, created_at)
    values ($1, $2, $3, $4)";

const DELETE_BEFORE: &str = "delete from signing_keys where created_at < $1";

#[derive(sqlx::FromRow)]
struct Record {
    id: String,
    public_key: Vec<u8>,
    sealed_seed: Vec<u8>,
    created_at: i64,
}

/// The keys, the newest first.
pub(crate) async fn list(conn: Conn<'_>) -> sqlx::Result<Vec<StoredKey>> {
    let rows: Vec<Record> = on_engine!(conn, |c| query_as(LIST).fetch_all(c).await?);
    let key = |r: Record| StoredKey {
        id: r.id,
        public_key: r.public_key,
        sealed_seed: r.sealed_seed,
        created_at: Time(r.created_at),
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Adds a key.
pub(crate) async fn insert(conn: Conn<'_>, key: &StoredKey) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(&key.id)
            .bind(&key.public_key)
            .bind(&key.sealed_seed)
            .bind(key.created_at.0)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Deletes keys that were made before.
pub(crate) async fn delete_before(conn: Conn<'_>, time: Time) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_BEFORE).bind(time.0).execute(c).await?;
    });
    Ok(())
}
