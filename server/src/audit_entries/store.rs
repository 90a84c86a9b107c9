//! All SQL of the audit log.

use crate::db::{Conn, many};
use crate::on_engine;
use anyhow::Context as _;
use shared::audit_entries::{AuditEntry, AuditFilter};
use shared::values::Time;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// An entry, as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Record {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) act: String,
    pub(super) actor_id: Option<Uuid>,
    pub(super) via: Option<String>,
    pub(super) subject: Option<Uuid>,
    pub(super) count: i64,
    pub(super) address: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) personal_hash: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

/// Where a chain ends, and where it begins.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
    pub(super) floor: i64,
    pub(super) floor_hash: Vec<u8>,
    pub(super) seal: Vec<u8>,
}

const INSERT_HEAD: &str = "
    insert into audit_heads (chain, seq, hash, floor, floor_hash, seal)
    values ($1, 0, $2, 0, $2, $2)
    on conflict (chain) do nothing";

/// Whoever writes the row first makes the others wait.
const LOCK_HEAD: &str = "
    update audit_heads
       set seq = seq
     where chain = $1
    returning seq, hash, floor, floor_hash, seal";

const FIND_HEAD: &str = "
    select seq, hash, floor, floor_hash, seal
      from audit_heads
     where chain = $1";

/// As many as there are workspaces.
const LIST_CHAINS: &str = "select chain from audit_heads order by chain";

const UPDATE_HEAD: &str = "
    update audit_heads
       set seq = $2, hash = $3, floor = $4, floor_hash = $5, seal = $6
     where chain = $1";

const INSERT: &str = "
    insert into audit_entries (
        chain, seq, at, act, actor_id, via, subject, count, address, user_agent, detail, salt,
        personal_hash, hash)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

const LIST_AFTER: &str = "
    select seq, at, act, actor_id, via, subject, count, address, user_agent, detail, salt,
           personal_hash, hash
      from audit_entries
     where chain = $1 and seq > $2
     order by seq
     limit $3";

/// What somebody and something are called is read now, and so is gone when they are.
const LIST: &str = "
    select e.seq, e.at, e.act, e.actor_id, e.via, e.subject, e.count, e.address, e.user_agent,
           e.detail, coalesce(am.name, au.name) as actor_name,
           coalesce(sm.name, su.name, sp.name, st.name, sk.name, sy.name, si.email) as subject_name
      from audit_entries e
      left join members am on am.workspace_id = e.chain and am.id = e.actor_id
      left join users au on au.id = e.actor_id
      left join members sm on sm.workspace_id = e.chain and sm.id = e.subject
      left join users su on su.id = e.subject
      left join projects sp on sp.workspace_id = e.chain and sp.id = e.subject
      left join teams st on st.workspace_id = e.chain and st.id = e.subject
      left join api_tokens sk on sk.id = e.subject
      left join passkeys sy on sy.id = e.subject
      left join invitations si on si.workspace_id = e.chain and si.id = e.subject
     where e.chain = $1
       and e.seq < $2
       and e.at >= $3
       and e.at < $4
       and (e.actor_id = $5 or e.subject = $5 or $5 is null)
       and (e.act = $6 or $6 is null)
       and (lower(e.act || ' ' || coalesce(e.detail, '') || ' ' || coalesce(e.address, '') || ' '
                  || coalesce(e.user_agent, '')) like $7 escape '!'
            or $7 is null)
     order by e.seq desc
     limit $8";

/// Served by `audit_entries_at_idx`.
const FIRST_SINCE: &str = "select min(seq) from audit_entries where chain = $1 and at >= $2";

/// Served by `audit_entries_at_idx`.
const COUNT_BEFORE: &str = "select count(*) from audit_entries where at < $1";

const FIND_HASH: &str = "select hash from audit_entries where chain = $1 and seq = $2";

const DELETE_THROUGH: &str = "delete from audit_entries where chain = $1 and seq <= $2";

/// A person is erased seldom, and this may take its time.
const FORGET: &str = "
    update audit_entries
       set address = null, user_agent = null, detail = null, salt = null
     where actor_id = $1 or subject = $1";

/// Seldom, too. What is found may be more than was meant: a part of another address.
const LIST_SAYING: &str = "
    select chain, seq, detail
      from audit_entries
     where lower(detail) like $1 escape '!' and (chain, seq) > ($2, $3)
     order by chain, seq
     limit $4";

const FORGET_ONE: &str = "
    update audit_entries
       set address = null, user_agent = null, detail = null, salt = null
     where chain = $1 and seq = $2";

const LIST_ACCOUNTS: &str = "select id from users where id in ($1)";

/// As many as were purged since it was last looked, which is seldom one.
const LIST_ORPHANS: &str = "
    select h.chain
      from audit_heads h
     where h.chain <> $1
       and not exists (select 1 from workspaces w where w.workspace_id = h.chain)
     order by h.chain
     limit 100";

const DELETE_HEAD: &str = "delete from audit_heads where chain = $1";

/// Makes the head of a chain where there is none.
pub(super) async fn insert_head(conn: Conn<'_>, chain: Uuid, beginning: &[u8]) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT_HEAD)
            .bind(chain)
            .bind(beginning)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// The head of a chain, which nobody else writes until this transaction ends.
pub(super) async fn lock_head(conn: Conn<'_>, chain: Uuid) -> sqlx::Result<Option<Head>> {
    on_engine!(conn, |c| query_as(LOCK_HEAD)
        .bind(chain)
        .fetch_optional(c)
        .await)
}

/// The head of a chain.
pub(super) async fn find_head(conn: Conn<'_>, chain: Uuid) -> sqlx::Result<Option<Head>> {
    on_engine!(conn, |c| query_as(FIND_HEAD)
        .bind(chain)
        .fetch_optional(c)
        .await)
}

/// Every chain.
pub(super) async fn list_chains(conn: Conn<'_>) -> sqlx::Result<Vec<Uuid>> {
    on_engine!(conn, |c| query_scalar(LIST_CHAINS).fetch_all(c).await)
}

/// Writes where a chain ends and begins.
pub(super) async fn update_head(conn: Conn<'_>, chain: Uuid, head: &Head) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(UPDATE_HEAD)
            .bind(chain)
            .bind(head.seq)
            .bind(&head.hash)
            .bind(head.floor)
            .bind(&head.floor_hash)
            .bind(&head.seal)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// Adds an entry.
pub(super) async fn insert(conn: Conn<'_>, chain: Uuid, record: &Record) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(INSERT)
            .bind(chain)
            .bind(record.seq)
            .bind(record.at)
            .bind(&record.act)
            .bind(record.actor_id)
            .bind(record.via.as_deref())
            .bind(record.subject)
            .bind(record.count)
            .bind(record.address.as_deref())
            .bind(record.user_agent.as_deref())
            .bind(record.detail.as_deref())
            .bind(record.salt.as_deref())
            .bind(&record.personal_hash)
            .bind(&record.hash)
            .execute(c)
            .await?;
    });
    Ok(())
}

/// A chain's entries after a number, in order.
pub(super) async fn list_after(
    conn: Conn<'_>,
    chain: Uuid,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<Record>> {
    on_engine!(conn, |c| query_as(LIST_AFTER)
        .bind(chain)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)
}

#[derive(sqlx::FromRow)]
struct Shown {
    seq: i64,
    at: i64,
    act: String,
    actor_id: Option<Uuid>,
    via: Option<String>,
    subject: Option<Uuid>,
    count: i64,
    address: Option<String>,
    user_agent: Option<String>,
    detail: Option<String>,
    actor_name: Option<String>,
    subject_name: Option<String>,
}

fn shown(r: Shown) -> anyhow::Result<AuditEntry> {
    Ok(AuditEntry {
        seq: u64::try_from(r.seq).context("reading an entry's number")?,
        at: Time(r.at),
        act: r.act,
        actor: r.actor_id.map(Into::into),
        actor_name: r.actor_name,
        via: r.via,
        subject: r.subject.map(|id| id.to_string()),
        subject_name: r.subject_name,
        count: u64::try_from(r.count).context("reading how often")?,
        address: r.address,
        user_agent: r.user_agent,
        detail: r.detail,
    })
}

/// A pattern for what contains a text, however it is written.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// A chain's entries before a number, the newest first.
pub(super) async fn list(
    conn: Conn<'_>,
    chain: Uuid,
    filter: &AuditFilter,
    before: i64,
    limit: i64,
) -> anyhow::Result<Vec<AuditEntry>> {
    let text = filter.text.as_deref().map(str::trim);
    let text = text.filter(|text| !text.is_empty()).map(containing);
    let act = filter.act.as_deref().filter(|act| !act.is_empty());
    let rows: Vec<Shown> = on_engine!(conn, |c| query_as(LIST)
        .bind(chain)
        .bind(before)
        .bind(filter.since.map_or(0, |at| at.0))
        .bind(filter.until.map_or(i64::MAX, |at| at.0))
        .bind(filter.person.map(shared::ids::UserId::uuid))
        .bind(act)
        .bind(text)
        .bind(limit)
        .fetch_all(c)
        .await?);
    rows.into_iter().map(shown).collect()
}

/// The first entry that is not older.
pub(super) async fn first_since(
    conn: Conn<'_>,
    chain: Uuid,
    since: Time,
) -> sqlx::Result<Option<i64>> {
    on_engine!(conn, |c| query_scalar(FIRST_SINCE)
        .bind(chain)
        .bind(since.0)
        .fetch_one(c)
        .await)
}

/// How many entries of all chains are older.
pub(super) async fn count_before(conn: Conn<'_>, before: Time) -> anyhow::Result<u64> {
    let count: i64 = on_engine!(conn, |c| query_scalar(COUNT_BEFORE)
        .bind(before.0)
        .fetch_one(c)
        .await?);
    u64::try_from(count).context("counting entries")
}

/// The hash of an entry.
pub(super) async fn find_hash(
    conn: Conn<'_>,
    chain: Uuid,
    seq: i64,
) -> sqlx::Result<Option<Vec<u8>>> {
    on_engine!(conn, |c| query_scalar(FIND_HASH)
        .bind(chain)
        .bind(seq)
        .fetch_optional(c)
        .await)
}

/// Deletes a chain's entries through a number; answers how many.
pub(super) async fn delete_through(conn: Conn<'_>, chain: Uuid, seq: i64) -> sqlx::Result<u64> {
    Ok(on_engine!(conn, |c| {
        query(DELETE_THROUGH)
            .bind(chain)
            .bind(seq)
            .execute(c)
            .await?
            .rows_affected()
    }))
}

/// Forgets what may be personal in every entry that somebody is in.
pub(super) async fn forget(conn: Conn<'_>, person: Uuid) -> sqlx::Result<u64> {
    Ok(on_engine!(conn, |c| {
        query(FORGET).bind(person).execute(c).await?.rows_affected()
    }))
}

/// Some entries of all chains whose detail has a text in it, after one, in order.
pub(super) async fn list_saying(
    conn: Conn<'_>,
    text: &str,
    (chain, seq): (Uuid, i64),
    limit: i64,
) -> sqlx::Result<Vec<(Uuid, i64, String)>> {
    on_engine!(conn, |c| query_as(LIST_SAYING)
        .bind(containing(text))
        .bind(chain)
        .bind(seq)
        .bind(limit)
        .fetch_all(c)
        .await)
}

/// Forgets what may be personal in one entry.
pub(super) async fn forget_one(conn: Conn<'_>, chain: Uuid, seq: i64) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(FORGET_ONE).bind(chain).bind(seq).execute(c).await?;
    });
    Ok(())
}

/// Those of some ids that have an account.
pub(super) async fn list_accounts(conn: Conn<'_>, run: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    on_engine!(conn, |c| {
        let mut statement = query_scalar(many::among(LIST_ACCOUNTS, run.len()));
        for id in run {
            statement = statement.bind(*id);
        }
        statement.fetch_all(c).await
    })
}

/// Some chains of workspaces that are gone; the server's own is none.
pub(super) async fn list_orphans(conn: Conn<'_>, server: Uuid) -> sqlx::Result<Vec<Uuid>> {
    on_engine!(conn, |c| query_scalar(LIST_ORPHANS)
        .bind(server)
        .fetch_all(c)
        .await)
}

/// Deletes the head of a chain that has no entries any more.
pub(super) async fn delete_head(conn: Conn<'_>, chain: Uuid) -> sqlx::Result<()> {
    on_engine!(conn, |c| {
        query(DELETE_HEAD).bind(chain).execute(c).await?;
    });
    Ok(())
}
