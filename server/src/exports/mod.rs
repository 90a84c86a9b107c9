//! A workspace as a file: every synced row as a line of JSON, a file for each table, with a manifest that counts them, in
//! one tape archive. A job writes it from one moment of the database; who made it fetches it while it is good.
//!
//! Whoever may export sees everything in the workspace, so private projects are in it.

pub(crate) mod routes;
mod store;
mod tar;

use crate::access::Visit;
use crate::app::App;
use crate::audit_entries::{self, Note, Origin};
use crate::clock::later;
use crate::db::{Errand, Reach, Snapshot};
use crate::http::Error;
use crate::sync::rows;
use anyhow::Context as _;
use shared::access::Action;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{ExportId, WorkspaceId};
use shared::sync::{Key, Table};
use shared::values::Time;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

/// How many exports of a workspace there are at once.
pub const EXPORTS_MAX: usize = 5;
/// How many rows are read at once, and stand in one file.
const PART: i64 = 1_000;
const FOLDER: &str = "exports";
/// What is not written by then was given up.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(6);

/// An export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its id.
    pub id: Uuid,
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// When it was asked for.
    pub created_at: Time,
    /// Until when it can be fetched.
    pub expires_at: Time,
    /// When it was done.
    pub finished_at: Option<Time>,
    /// How many rows are in it.
    pub rows: u64,
    /// How large it is.
    pub bytes: u64,
    /// What went wrong.
    pub problem: Option<String>,
}

fn folder(app: &App) -> PathBuf {
    app.config.storage.data_dir.join(FOLDER)
}

fn path(app: &App, id: Uuid) -> PathBuf {
    folder(app).join(format!("{id}.tar"))
}

/// Begins to export a workspace.
pub async fn start(app: &App, visit: &Visit) -> Result<Uuid, Error> {
    visit.require(Action::ExportWorkspace)?;
    let now = app.clock.now();
    let export = Export {
        id: ExportId::new(now.0, app.rng.bytes()).uuid(),
        workspace: visit.workspace,
        created_at: now,
        expires_at: later(now, app.settings.now().retention.exports),
        finished_at: None,
        rows: 0,
        bytes: 0,
        problem: None,
    };
    let mut tx = app.db.write_in(visit.workspace).await?;
    if store::list(tx.conn(), visit.workspace, now).await?.len() >= EXPORTS_MAX {
        let why = format!("There are {EXPORTS_MAX} exports. Delete one that is not needed.");
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    store::insert(tx.conn(), &export, visit.user).await?;
    let note = Note::in_workspace(visit.workspace, Act::WorkspaceExported).by(visit.user);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    let (id, inner) = (export.id, app.clone());
    let work = async move { carry_out(&inner, &export).await };
    app.tasks.spawn(Origin::current().scope(work));
    Ok(id)
}

async fn carry_out(app: &App, export: &Export) {
    let written = tokio::select! {
        written = write(app, export) => written,
        () = app.shutdown.cancelled() => Err(anyhow::anyhow!("the server was stopped")),
    };
    let (sizes, problem) = match written {
        Ok(sizes) => (sizes, None),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "an export failed");
            let _none_there = tokio::fs::remove_file(path(app, export.id)).await;
            (
                (0, 0),
                Some("It could not be written. Look at the server's log, and try again."),
            )
        }
    };
    let noted = async {
        let mut tx = app.db.write_in(export.workspace).await?;
        store::finish(tx.conn(), export.id, app.clock.now(), sizes, problem).await?;
        Ok::<_, anyhow::Error>(tx.commit().await?)
    };
    if let Err(error) = noted.await {
        tracing::error!(error = format!("{error:#}"), "an export could not be noted");
    }
}

/// Writes an export; answers its rows and bytes.
async fn write(app: &App, export: &Export) -> anyhow::Result<(u64, u64)> {
    tokio::fs::create_dir_all(folder(app)).await?;
    let mut archive = Archive::create(&path(app, export.id), export.created_at).await?;
    let mut snapshot = app.db.snapshot_in(export.workspace).await?;
    let mut tables = serde_json::Map::new();
    let mut all = 0;
    for table in Table::ALL {
        let count = write_table(&mut archive, &mut snapshot, export.workspace, *table).await?;
        tables.insert(table.as_str().to_owned(), count.into());
        all += count;
    }
    drop(snapshot);
    let manifest = serde_json::json!({
        "format": "teamflow-export",
        "version": 1,
        "server": env!("CARGO_PKG_VERSION"),
        "workspace": export.workspace,
        "made_at_ms": export.created_at,
        "rows": all,
        "tables": tables,
    });
    let text = serde_json::to_vec_pretty(&manifest)?;
    archive.add("manifest.json", &text).await?;
    Ok((all, archive.finish().await?))
}

async fn write_table(
    archive: &mut Archive,
    snapshot: &mut Snapshot,
    workspace: WorkspaceId,
    table: Table,
) -> anyhow::Result<u64> {
    let (mut after, mut count, mut part) = (Uuid::nil(), 0, 1);
    loop {
        let ids = store::ids(snapshot.conn(), table, workspace, after, PART).await?;
        let Some(last) = ids.last() else {
            return Ok(count);
        };
        after = *last;
        let mut text = Vec::new();
        for id in ids {
            let found = rows::find(snapshot.conn(), workspace, Key { table, id }).await?;
            let stored = found.context("a row was gone within one moment")?;
            text.extend(stored.row.to_json().into_bytes());
            text.push(b'\n');
            count += 1;
        }
        let name = format!("{}-{part:04}.jsonl", table.as_str());
        archive.add(&name, &text).await?;
        part += 1;
    }
}

/// A tape archive that is being written.
struct Archive {
    file: tokio::io::BufWriter<tokio::fs::File>,
    modified_s: u64,
    bytes: u64,
}

impl Archive {
    async fn create(path: &Path, at: Time) -> anyhow::Result<Self> {
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(path).await;
        let file = file.with_context(|| format!("writing {}", path.display()))?;
        Ok(Self {
            file: tokio::io::BufWriter::new(file),
            modified_s: u64::try_from(at.0 / 1_000).unwrap_or_default(),
            bytes: 0,
        })
    }

    async fn put(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.file.write_all(bytes).await?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    async fn add(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let size = bytes.len() as u64;
        self.put(&tar::header(name, size, self.modified_s)).await?;
        self.put(bytes).await?;
        self.put(tar::padding(size)).await
    }

    async fn finish(mut self) -> anyhow::Result<u64> {
        self.put(&tar::END).await?;
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        Ok(self.bytes)
    }
}

/// A workspace's exports that have not ended, the newest first.
pub async fn list(app: &App, visit: &Visit) -> Result<Vec<Export>, Error> {
    visit.require(Action::ExportWorkspace)?;
    let now = app.clock.now();
    let mut exports = store::list(
        app.db.read_in(visit.workspace).await?.conn(),
        visit.workspace,
        now,
    )
    .await?;
    for export in &mut exports {
        let given_up = later(export.created_at, GIVEN_UP_AFTER) < now;
        if export.finished_at.is_none() && given_up {
            export.problem = Some("It was given up when the server stopped. Try again.".to_owned());
        }
    }
    Ok(exports)
}

/// Deletes an export of a workspace.
pub async fn delete(app: &App, visit: &Visit, id: Uuid) -> Result<(), Error> {
    visit.require(Action::ExportWorkspace)?;
    let found = store::find(app.db.read_in(visit.workspace).await?.conn(), id).await?;
    let found = found.filter(|export| export.workspace == visit.workspace);
    found.ok_or(Code::NotFound)?;
    Ok(remove(app, id).await?)
}

/// Deletes the exports of a workspace that goes.
pub async fn delete_all(app: &App, workspace: WorkspaceId) -> anyhow::Result<()> {
    loop {
        let mut read = app.db.read_in(workspace).await?;
        let exports = store::list_all(read.conn(), workspace).await?;
        drop(read);
        if exports.is_empty() {
            return Ok(());
        }
        for id in exports {
            remove(app, id).await?;
        }
    }
}

/// Deletes this node's files of exports that are gone, whichever node let them go.
pub async fn sweep(app: &App) -> anyhow::Result<()> {
    let mut files = match tokio::fs::read_dir(folder(app)).await {
        Ok(files) => files,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context("reading the folder of exports"),
    };
    while let Some(file) = files.next_entry().await? {
        let name = file.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".tar"));
        let Some(id) = id.and_then(|id| Uuid::parse_str(id).ok()) else {
            continue;
        };
        let mut read = app.db.read_for(Errand::Upkeep).await?;
        let found = store::find(read.conn(), id).await?;
        drop(read);
        if found.is_none() {
            tokio::fs::remove_file(file.path()).await?;
        }
    }
    Ok(())
}

async fn remove(app: &App, id: Uuid) -> anyhow::Result<()> {
    // It may be another node's, or never have been written.
    let _none_there = tokio::fs::remove_file(path(app, id)).await;
    let mut tx = app.db.write_at(Reach::Errand(Errand::Upkeep)).await?;
    store::delete(tx.conn(), id).await?;
    Ok(tx.commit().await?)
}

/// How many exports have ended.
pub async fn count_over(app: &App) -> anyhow::Result<u64> {
    store::count_over(
        app.db.read_for(Errand::Upkeep).await?.conn(),
        app.clock.now(),
    )
    .await
}

/// Deletes exports that have ended; answers how many.
pub async fn tidy(app: &App) -> anyhow::Result<u64> {
    let over = store::list_over(
        app.db.read_for(Errand::Upkeep).await?.conn(),
        app.clock.now(),
    )
    .await?;
    let count = over.len() as u64;
    for id in over {
        remove(app, id).await?;
    }
    Ok(count)
}
