//! Sealing everything anew with the first key, so that the others can be thrown away.
//!
//! It goes through the rows a batch at a time and leaves alone what is sealed with the first key already: broken off, it is
//! begun again and goes on. Servers may run meanwhile, if they have the new key too.

use super::store;
use crate::app::App;
use crate::db::{Errand, Reach};

/// How many secrets one transaction goes through.
const BATCH: u32 = 100;

/// A column that holds something sealed.
#[derive(Debug)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// What its rows are told apart by.
    pub key: &'static str,
    /// Whether that is a UUID; a text otherwise.
    pub has_uuid: bool,
    /// The column.
    pub column: &'static str,
    /// What the secret is bound to, before the row's key.
    pub context: &'static str,
    /// From where all its rows are seen.
    pub reach: Reach,
}

/// Every column that holds nothing but what is sealed. Their names begin with `seal`. Settings, of which some are sealed,
/// are [sealed anew](crate::settings::reseal) where they are known.
pub const COLUMNS: &[Column] = &[
    Column {
        table: "signing_keys",
        key: "id",
        has_uuid: false,
        column: "sealed_seed",
        context: "signing_keys:",
        reach: Reach::Server,
    },
    Column {
        table: "second_steps",
        key: "user_id",
        has_uuid: true,
        column: "sealed_seed",
        context: "second_steps:seed:",
        reach: Reach::Server,
    },
    Column {
        table: "second_steps",
        key: "user_id",
        has_uuid: true,
        column: "sealed_codes",
        context: "second_steps:codes:",
        reach: Reach::Server,
    },
    Column {
        table: "sessions",
        key: "id",
        has_uuid: true,
        column: "sealed_user_agent",
        context: "sessions:agent:",
        reach: Reach::Server,
    },
    Column {
        table: "api_tokens",
        key: "id",
        has_uuid: true,
        column: "sealed_used_from",
        context: "api_tokens:used_from:",
        reach: Reach::Server,
    },
    Column {
        table: "audit_heads",
        key: "chain",
        has_uuid: true,
        column: "seal",
        context: "audit_entries:",
        reach: Reach::Errand(Errand::Upkeep),
    },
];

/// What became of the secrets of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sealed anew.
    pub anew: u64,
    /// Sealed with the first key before.
    pub current: u64,
    /// Not to be opened with any of the keys.
    pub lost: u64,
}

/// Seals the secrets of a column anew.
pub async fn reseal(app: &App, column: &Column) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let mut after = None;
    loop {
        let mut tx = app.db.write_at(column.reach).await?;
        let batch = store::list(tx.conn(), column, after.as_deref(), BATCH).await?;
        let Some((last, _)) = batch.last() else {
            return Ok(counts);
        };
        after = Some(last.clone());
        for (id, sealed) in &batch {
            let context = format!("{}{id}", column.context);
            if let Some(next) = next(app, &context, sealed, &mut counts) {
                let exchange = (sealed.as_slice(), next.as_slice());
                // Whoever replaced it meanwhile has sealed it themselves.
                let done = store::replace(tx.conn(), column, id, exchange).await?;
                counts.anew += u64::from(done);
            }
        }
        tx.commit().await?;
    }
}

/// What is to stand in the place of a secret. Nothing where it is sealed with the first key already, or cannot be opened: both
/// are counted.
pub(crate) fn next(
    app: &App,
    context: &str,
    sealed: &[u8],
    counts: &mut Counts,
) -> Option<Vec<u8>> {
    if app.vault.is_current(sealed) {
        counts.current += 1;
        return None;
    }
    let plain = app.vault.unseal(context, sealed);
    match plain.and_then(|plain| app.vault.seal(&app.rng, context, &plain)) {
        Ok(next) => Some(next),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                secret = context,
                "a secret could not be opened"
            );
            counts.lost += 1;
            None
        }
    }
}
