//! Settings: `TEAMFLOW_*` variables over a TOML file over defaults.
//!
//! A key of the file is the variable's name without the prefix, in lower case: `TEAMFLOW_LISTEN` is `listen`. Everything
//! that is wrong is reported at once. [`Config::read`] is pure; [`Config::load`] alone reads the environment, and nothing
//! outside this folder does. `TEAMFLOW_X_FILE` names a file with the value of `TEAMFLOW_X`: so secrets need not be variables.
//!
//! To add a setting: a field with its variable in the doc comment in one section's file, and its line in that `read`.

mod auth;
mod files;
mod given;
mod history;
mod limits;
mod listen;
mod log;
mod mail;
mod outgoing;
mod problems;
mod providers;
mod retention;
mod site;
mod source;
mod storage;

pub use auth::{Auth, SignUp};
pub use given::Given;
pub use history::History;
pub use limits::Limits;
pub use listen::{Listen, PublicUrl, TlsFiles};
pub use log::{Log, LogFormat};
pub use mail::{Mail, MailUrl};
pub use outgoing::OutgoingSettings;
pub use problems::Problems;
pub use providers::Provider;
pub use retention::Retention;
pub use site::Site;
pub use storage::Storage;

use anyhow::Context as _;
use source::Source;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server listens and how people reach it.
    pub listen: Listen,
    /// Where data is kept.
    pub storage: Storage,
    /// How much of the past is kept.
    pub history: History,
    /// The built browser files.
    pub site: Site,
    /// What is logged and how.
    pub log: Log,
    /// How much one request may ask for.
    pub limits: Limits,
    /// How mail is sent.
    pub mail: Mail,
    /// Requests that go out because somebody wants them to.
    pub outgoing: OutgoingSettings,
    /// Who may come in and for how long.
    pub auth: Auth,
    /// How long things are kept that nobody needs any more.
    pub retention: Retention,
    /// What of this the operator has set.
    pub given: Given,
    /// Who else may vouch for people.
    pub providers: Vec<Provider>,
}

impl Config {
    /// The settings of these variables and this file. Variables without the prefix are left alone.
    pub fn read(vars: &BTreeMap<String, String>, file: Option<&str>) -> Result<Self, Problems> {
        let mut source = Source::new(vars, file);
        let config = Self {
            listen: Listen::read(&mut source),
            storage: Storage::read(&mut source),
            history: History::read(&mut source),
            site: Site::read(&mut source),
            log: Log::read(&mut source),
            limits: Limits::read(&mut source),
            mail: Mail::read(&mut source),
            outgoing: OutgoingSettings::read(&mut source),
            auth: Auth::read(&mut source),
            retention: Retention::read(&mut source),
            given: Given::new(vars, file),
            providers: providers::read(&mut source),
        };
        source.finish()?;
        Ok(config)
    }

    /// The settings of this process: its variables, and the file given here or in `TEAMFLOW_CONFIG`.
    pub fn load(file: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((
                    name.into_string().ok()?,
                    value.to_string_lossy().into_owned(),
                ))
            })
            .collect();
        let file = file.or_else(|| vars.get("TEAMFLOW_CONFIG").map(PathBuf::from));
        let text = file
            .map(|path| {
                std::fs::read_to_string(&path)
                    .with_context(|| format!("reading the settings in {}", path.display()))
            })
            .transpose()?;
        files::take(&mut vars)?;
        Ok(Self::read(&vars, text.as_deref())?)
    }
}

#[cfg(test)]
mod tests;
