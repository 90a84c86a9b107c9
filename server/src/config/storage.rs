//! Where data is kept.

use super::source::Source;
use std::fmt;
use std::path::PathBuf;

/// The folder and the database.
#[derive(Clone)]
pub struct Storage {
    /// `TEAMFLOW_DATA_DIR`: the folder for the SQLite database and for files; made where there is none. Default `./data`.
    pub data_dir: PathBuf,
    /// `TEAMFLOW_DATABASE_URL`: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Default `teamflow.db` in the data
    /// folder.
    pub database_url: String,
}

impl Storage {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let data_dir = source.value("data_dir", PathBuf::from("./data"), |text| {
            Ok(PathBuf::from(text))
        });
        let default = format!("sqlite:{}", data_dir.join("teamflow.db").display());
        let database_url = source.value("database_url", default, |text| {
            let known = ["sqlite:", "postgres://", "postgresql://"];
            if known.iter().any(|scheme| text.starts_with(scheme)) {
                Ok(text.to_owned())
            } else {
                // The text may hold a password, so it is not repeated.
                Err("it begins with neither sqlite: nor postgres://".to_owned())
            }
        });
        Self {
            data_dir,
            database_url,
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.debug_struct("Storage")
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}
