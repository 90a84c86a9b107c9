//! Sealing everything anew with the first key, so that the others can be thrown away.
//!
//! It goes through the rows a batch at a time and leaves alone what is sealed with the first key already: broken off, it is
//! begun again and goes on. Servers may run meanwhile, if they have the new key too.

use super::{Vault, store};
use crate::app::App;
use crate::db::{Errand, Reach};
use crate::rng::Rng;
use anyhow::Context as _;

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
    /// Whether the rows belong to workspaces.
    pub in_workspaces: bool,
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
        in_workspaces: false,
    },
    Column {
        table: "second_steps",
        key: "user_id",
        has_uuid: true,
        column: "sealed_seed",
        context: "second_steps:seed:",
        in_workspaces: false,
    },
    Column {
        table: "second_steps",
        key: "user_id",
        has_uuid: true,
        column: "sealed_codes",
        context: "second_steps:codes:",
        in_workspaces: false,
    },
    Column {
        table: "audit_heads",
        key: "chain",
        has_uuid: true,
        column: "seal",
        context: "audit_entries:",
        in_workspaces: false,
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
    if !column.in_workspaces {
        reseal_at(app, column, Reach::Server, &mut counts).await?;
        return Ok(counts);
    }
    let mut read = app.db.read_for(Errand::Heads).await?;
    let workspaces = store::list_workspaces(read.conn()).await?;
    drop(read);
    for workspace in workspaces {
        let reach = Reach::Workspace(workspace.into());
        reseal_at(app, column, reach, &mut counts).await?;
    }
    Ok(counts)
}

async fn reseal_at(
    app: &App,
    column: &Column,
    reach: Reach,
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let mut tx = app.db.write_at(reach).await?;
        let batch = store::list(tx.conn(), column, after.as_deref(), BATCH).await?;
        let Some((last, _)) = batch.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        for (id, sealed) in &batch {
            if app.vault.is_current(sealed) {
                counts.current += 1;
                continue;
            }
            match anew(
                &app.vault,
                &app.rng,
                &format!("{}{id}", column.context),
                sealed,
            ) {
                Ok(next) => {
                    let exchange = (sealed.as_slice(), next.as_slice());
                    // Whoever replaced it meanwhile has sealed it themselves.
                    let done = store::replace(tx.conn(), column, id, exchange).await?;
                    counts.anew += u64::from(done);
                }
                Err(error) => {
                    let (table, column) = (column.table, column.column);
                    tracing::warn!(
                        error = format!("{error:#}"),
                        row = id,
                        table,
                        column,
                        "a secret could not be opened"
                    );
                    counts.lost += 1;
                }
            }
        }
        tx.commit().await?;
    }
}

/// Something sealed, sealed with the first key.
pub(crate) fn anew(
    vault: &Vault,
    rng: &Rng,
    context: &str,
    sealed: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let plain = vault.unseal(context, sealed)?;
    vault.seal(rng, context, &plain).context("sealing anew")
}
