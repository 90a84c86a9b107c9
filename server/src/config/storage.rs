//! Where data is kept.

use super::source::Source;
use crate::vault::{SecretKey, parse_keys};
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
    /// `TEAMFLOW_REDIS_URL`: `redis://HOST` or `rediss://USER:PASSWORD@HOST:PORT` over TLS, through which several servers
    /// on one PostgreSQL tell each other at once what is new. Without it they look twice a second.
    pub redis_url: Option<String>,
    /// `TEAMFLOW_SECRET_KEYS`: what secrets in the database are sealed with: 32 bytes in base64, several with commas between
    /// them, of which the first seals and the others open what was sealed before. The same for every node. Default: the
    /// key in `secret.key` in the data folder, which is made where there is none. Keep it apart from the database's backup.
    pub secret_keys: Vec<SecretKey>,
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
        let redis_url = source.optional("redis_url", |text| match redis::Client::open(text) {
            // The text may hold a password, so it is not repeated.
            Err(_) => Err("it is not an address such as redis://127.0.0.1:6379".to_owned()),
            Ok(_) => Ok(text.to_owned()),
        });
        let secret_keys = source.value("secret_keys", Vec::new(), parse_keys);
        Self {
            data_dir,
            database_url,
            redis_url,
            secret_keys,
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password, and keys are secret.
        f.debug_struct("Storage")
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}
