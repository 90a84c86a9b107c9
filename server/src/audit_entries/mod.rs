//! The audit log: one chain of entries for each workspace, and one for the server.
//!
//! **To add a line**: an [`Act`] in `shared/src/audit_entries`, and [`note`] in the transaction that does the thing. What
//! somebody without rights can do as often as they like is summed instead: [`tally`]. Where it comes from is known: see
//! [`Origin`].
//!
//! **Invariant:** an entry is written once. What may be personal in it can go ([`forget`]), and the oldest entries can
//! ([`cut`]); anything else shows ([`verify`]).

mod chain;
mod commands;
mod forgetting;
mod origin;
pub(crate) mod routes;
mod store;
mod tally;

pub(crate) use commands::{note as of_command, of_purge};
pub use forgetting::{forget, purge};
pub use origin::Origin;
pub(crate) use origin::remember;
pub use tally::SUMS_MAX;

use self::chain::{BEGINNING, broken_entry, broken_seal, entry_hash, personal_hash, seal};
use self::store::{Head, Record};
use self::tally::Tally;
use crate::app::App;
use crate::clock::Clock;
use crate::db::{Db, Errand, Reach, WriteTx};
use crate::http::Error;
use crate::rng::Rng;
use crate::vault::Vault;
use anyhow::Context as _;
use shared::audit_entries::{Act, AuditFilter, AuditPage, Verdict};
use shared::ids::{UserId, WorkspaceId};
use shared::values::Time;
use std::sync::Arc;
use uuid::Uuid;

/// How many entries are shown at once.
pub const PAGE: u32 = 50;
/// How many are read or deleted at once.
const BATCH: i64 = 500;
const DETAIL_CHARS_MAX: usize = 300;

/// Entries that hold on to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// What is about accounts and the server.
    Server,
    /// What is about a workspace.
    Workspace(WorkspaceId),
}

impl Chain {
    const fn uuid(self) -> Uuid {
        match self {
            Chain::Server => Uuid::nil(),
            Chain::Workspace(id) => id.uuid(),
        }
    }

    /// Where it is read and written.
    const fn reach(self) -> Reach {
        match self {
            Chain::Server => Reach::Server,
            Chain::Workspace(id) => Reach::Workspace(id),
        }
    }
}

/// What is done for all chains.
const ALL: Reach = Reach::Errand(Errand::Upkeep);

/// What is to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    chain: Chain,
    act: Act,
    actor: Option<UserId>,
    subject: Option<Uuid>,
    detail: Option<String>,
    count: u64,
}

impl Note {
    fn of(chain: Chain, act: Act) -> Self {
        Self {
            chain,
            act,
            actor: None,
            subject: None,
            detail: None,
            count: 1,
        }
    }

    /// About accounts or the server.
    pub fn of_server(act: Act) -> Self {
        Self::of(Chain::Server, act)
    }

    /// About a workspace.
    pub fn in_workspace(workspace: WorkspaceId, act: Act) -> Self {
        Self::of(Chain::Workspace(workspace), act)
    }

    /// Done by somebody. Without it, by who asks, if they have signed in.
    #[must_use]
    pub fn by(mut self, actor: UserId) -> Self {
        self.actor = Some(actor);
        self
    }

    /// Done to something or somebody.
    #[must_use]
    pub fn about(mut self, subject: impl Into<Uuid>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// With what else is worth knowing. Never a secret, and no name: what people are called is read when it is shown.
    #[must_use]
    pub fn saying(mut self, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        self.detail = Some(detail.chars().take(DETAIL_CHARS_MAX).collect());
        self
    }
}

/// What writes the log. Cheap to clone.
#[derive(Clone)]
pub struct Audit(Arc<Parts>);

struct Parts {
    clock: Clock,
    rng: Rng,
    vault: Arc<Vault>,
    tally: Tally,
}

impl Audit {
    /// A log of this server.
    pub fn new(clock: Clock, rng: Rng, vault: Arc<Vault>) -> Self {
        Self(Arc::new(Parts {
            clock,
            rng,
            vault,
            tally: Tally::default(),
        }))
    }

    /// Counts what may happen often; it is written a little later.
    pub fn tally(&self, note: Note, origin: Origin) {
        self.0.tally.add(note, origin);
    }

    /// Writes what was summed.
    pub async fn flush(&self, db: &Db) -> anyhow::Result<()> {
        let mut notes = self.0.tally.take();
        if notes.is_empty() {
            return Ok(());
        }
        let mut tx = db.write_at(ALL).await?;
        forgetting::leave_out(&mut tx, &mut notes).await?;
        self.write(&mut tx, &notes).await?;
        tx.commit().await.context("writing to the audit log")
    }

    /// Adds entries to their chains.
    pub async fn write(&self, tx: &mut WriteTx, notes: &[(Note, Origin)]) -> anyhow::Result<()> {
        // In one order, so that nobody waits for one another.
        let mut chains: Vec<Chain> = notes.iter().map(|(note, _)| note.chain).collect();
        chains.sort_unstable();
        chains.dedup();
        for chain in chains {
            let id = chain.uuid();
            let mut head = self.lock(tx, id).await?;
            for (note, origin) in notes.iter().filter(|(note, _)| note.chain == chain) {
                let record = self.record(&head, id, note, origin)?;
                store::insert(tx.conn(), id, &record).await?;
                head.seq = record.seq;
                head.hash = record.hash;
            }
            self.unlock(tx, id, head).await?;
        }
        Ok(())
    }

    async fn lock(&self, tx: &mut WriteTx, chain: Uuid) -> anyhow::Result<Head> {
        if let Some(head) = store::lock_head(tx.conn(), chain).await? {
            return Ok(head);
        }
        store::insert_head(tx.conn(), chain, &BEGINNING).await?;
        let head = store::lock_head(tx.conn(), chain).await?;
        head.context("the audit log has no head")
    }

    async fn unlock(&self, tx: &mut WriteTx, chain: Uuid, mut head: Head) -> anyhow::Result<()> {
        head.seal = seal(&self.0.vault, &self.0.rng, chain, &head)?;
        Ok(store::update_head(tx.conn(), chain, &head).await?)
    }

    fn record(
        &self,
        head: &Head,
        chain: Uuid,
        note: &Note,
        origin: &Origin,
    ) -> anyhow::Result<Record> {
        let salt: [u8; 16] = self.0.rng.bytes();
        let actor = note.actor.or_else(|| origin.user());
        // On somebody else's behalf, as when an invitation is accepted, it is not their session.
        let via = origin.via().filter(|_| actor == origin.user());
        let mut record = Record {
            seq: head.seq + 1,
            at: self.0.clock.now().0,
            act: note.act.as_str().to_owned(),
            actor_id: actor.map(UserId::uuid),
            via,
            subject: note.subject,
            count: i64::try_from(note.count).context("counting")?,
            address: origin.address().map(|address| address.to_string()),
            user_agent: origin.user_agent().map(str::to_owned),
            detail: note.detail.clone(),
            salt: Some(salt.to_vec()),
            personal_hash: Vec::new(),
            hash: Vec::new(),
        };
        record.personal_hash = personal_hash(&record, &salt).to_vec();
        record.hash = entry_hash(&head.hash, chain, &record).to_vec();
        Ok(record)
    }

    /// Looks through a whole chain.
    pub async fn verify(&self, db: &Db, chain: Chain) -> anyhow::Result<Verdict> {
        let id = chain.uuid();
        let mut verdict = Verdict {
            entries: 0,
            gone: 0,
            problem: None,
        };
        let mut snapshot = db.snapshot_at(chain.reach()).await?;
        let Some(head) = store::find_head(snapshot.conn(), id).await? else {
            return Ok(verdict);
        };
        verdict.gone = u64::try_from(head.floor).unwrap_or_default();
        verdict.problem = broken_seal(&self.0.vault, id, &head);
        let (mut seq, mut hash) = (head.floor, head.floor_hash.clone());
        while verdict.problem.is_none() {
            let records = store::list_after(snapshot.conn(), id, seq, BATCH).await?;
            if records.is_empty() {
                break;
            }
            for record in records {
                if record.seq != seq + 1 {
                    verdict.problem = Some(format!("entry {} is missing", seq + 1));
                } else if record.seq > head.seq {
                    verdict.problem = Some(format!("entry {} came from elsewhere", record.seq));
                } else {
                    verdict.problem = broken_entry(&hash, id, &record);
                }
                if verdict.problem.is_some() {
                    break;
                }
                verdict.entries += 1;
                (seq, hash) = (record.seq, record.hash);
            }
        }
        if verdict.problem.is_none() && (seq, &hash) != (head.seq, &head.hash) {
            verdict.problem = Some(format!("entry {} is missing", seq + 1));
        }
        Ok(verdict)
    }

    /// Deletes a chain's entries that are older than this, and leaves an anchor for the rest; answers how many.
    async fn cut(&self, db: &Db, chain: Uuid, before: Time) -> anyhow::Result<u64> {
        let mut gone = 0;
        loop {
            let mut tx = db.write_at(ALL).await?;
            let mut head = self.lock(&mut tx, chain).await?;
            let young = store::first_since(tx.conn(), chain, before).await?;
            let end = young.map_or(head.seq, |first| first - 1);
            let floor = end.min(head.floor + BATCH);
            if floor <= head.floor {
                return Ok(gone);
            }
            let hash = store::find_hash(tx.conn(), chain, floor).await?;
            // Where it is missing, the log was tampered with, and nothing more of it goes.
            head.floor_hash = hash.with_context(|| format!("audit entry {floor} is missing"))?;
            head.floor = floor;
            gone += store::delete_through(tx.conn(), chain, floor).await?;
            self.unlock(&mut tx, chain, head).await?;
            tx.commit().await?;
        }
    }
}

/// Notes what is done, in the transaction that does it: both happen, or neither.
pub async fn note(app: &App, tx: &mut WriteTx, note: Note) -> anyhow::Result<()> {
    app.audit.write(tx, &[(note, Origin::current())]).await
}

/// Notes what has happened, by itself.
pub async fn note_alone(app: &App, one: Note) -> anyhow::Result<()> {
    let mut tx = app.db.write_at(one.chain.reach()).await?;
    note(app, &mut tx, one).await?;
    Ok(tx.commit().await?)
}

/// Counts what may happen often, such as refusals; it is written a little later.
pub fn tally(app: &App, note: Note) {
    app.audit.tally(note, Origin::current());
}

/// Some entries, the newest first. Who may read them is judged before.
pub async fn list(
    app: &App,
    chain: Chain,
    filter: &AuditFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<AuditPage, Error> {
    app.audit.flush(&app.db).await?;
    let before = before.and_then(|before| i64::try_from(before).ok());
    let before = before.unwrap_or(i64::MAX);
    // People and projects are called what they are called in the workspace.
    let mut read = app.db.read_at(chain.reach()).await?;
    let one_more = i64::from(limit) + 1;
    let mut entries = store::list(read.conn(), chain.uuid(), filter, before, one_more).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let last = entries.last().map(|entry| entry.seq);
    Ok(AuditPage {
        before: last.filter(|_| more),
        entries,
    })
}

/// Looks through a whole chain, and notes that somebody did.
pub async fn verify(app: &App, chain: Chain) -> Result<Verdict, Error> {
    app.audit.flush(&app.db).await?;
    let verdict = app.audit.verify(&app.db, chain).await?;
    let result = if verdict.problem.is_some() {
        "broken"
    } else {
        "whole"
    };
    note_alone(app, Note::of(chain, Act::LogVerified).saying(result)).await?;
    Ok(verdict)
}

/// Whether there is nothing in the log at all.
pub async fn is_empty(db: &Db) -> anyhow::Result<bool> {
    let mut read = db.read_at(ALL).await?;
    Ok(store::list_chains(read.conn()).await?.is_empty())
}

/// Looks through all chains; answers what is wrong, and how many entries were read.
pub async fn verify_all(db: &Db, audit: &Audit) -> anyhow::Result<(u64, Vec<String>)> {
    let mut read = db.read_at(ALL).await?;
    let chains = store::list_chains(read.conn()).await?;
    drop(read);
    let (mut entries, mut problems) = (0, Vec::new());
    for id in chains {
        let (chain, name) = if id.is_nil() {
            (Chain::Server, "the server".to_owned())
        } else {
            (Chain::Workspace(id.into()), format!("workspace {id}"))
        };
        let verdict = audit.verify(db, chain).await?;
        entries += verdict.entries;
        problems.extend(verdict.problem.map(|problem| format!("{name}: {problem}")));
    }
    Ok((entries, problems))
}

/// Deletes entries of all chains that are older than this; answers how many.
pub async fn cut(app: &App, before: Time) -> anyhow::Result<u64> {
    let mut read = app.db.read_at(ALL).await?;
    let chains = store::list_chains(read.conn()).await?;
    drop(read);
    let mut gone = 0;
    for chain in chains {
        gone += app.audit.cut(&app.db, chain, before).await?;
    }
    Ok(gone)
}

/// How many entries of all chains are older than this.
pub async fn count_before(app: &App, before: Time) -> anyhow::Result<u64> {
    store::count_before(app.db.read_at(ALL).await?.conn(), before).await
}

/// What a server does for the log besides writing it, until it stops.
pub fn run(app: &App) {
    app.every(tally::WRITE_EVERY, "writing to the audit log", |app| {
        Box::pin(async move { app.audit.flush(&app.db).await })
    });
}
