//! One server for one SQLite file. Two would both write, correctly, and each would tell its own browsers only what it wrote
//! itself until it looks again; several nodes are what PostgreSQL is for.
//!
//! Commands beside the server, such as `teamflow import`, take no lock: they write and end.

use super::sqlite_file;
use anyhow::{Context as _, bail};
use std::fs::{File, TryLockError};

/// The right to serve a SQLite file; it ends with the value, or with the process.
pub struct Alone {
    _lock: Option<File>,
}

/// Takes the right to serve a database; nothing to take on PostgreSQL.
///
/// The lock is on a file beside the database: closing the database's own file once more would take SQLite's locks away.
pub fn serve_alone(url: &str) -> anyhow::Result<Alone> {
    let Some(file) = sqlite_file(url) else {
        return Ok(Alone { _lock: None });
    };
    let mut path = file.clone().into_os_string();
    path.push(".lock");
    let shown = path.display();
    let lock = File::create(&path).with_context(|| {
        format!(
            "making {shown}: let the server's user own the folder, or set TEAMFLOW_DATABASE_URL"
        )
    })?;
    match lock.try_lock() {
        Ok(()) => Ok(Alone { _lock: Some(lock) }),
        Err(TryLockError::WouldBlock) => bail!(
            "another server serves {}: stop it first, give this one a database of its own with \
             TEAMFLOW_DATABASE_URL, or move to PostgreSQL, which several servers may share",
            file.display()
        ),
        Err(TryLockError::Error(error)) => Err(error)
            .with_context(|| format!("locking {shown}: keep the database on a local disk")),
    }
}
