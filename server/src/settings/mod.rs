//! What is set in the application: beneath what the operator has set, above the defaults. Whoever needs a setting that can
//! be changed while the server runs asks [`Settings::now`], not `app.config`.
//!
//! A change is checked by the very code that reads the operator's variables, so that nothing can be stored that a server
//! would not start with.

mod flags;
mod store;

pub use flags::Flags;

use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::config::Config;
use crate::db::Db;
use crate::http::Error;
use crate::vault::{self, Counts, Vault};
use anyhow::Context as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::settings::flags::Flag;
use shared::settings::{Kind, Setting, Standing, find};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How soon a node notices what another has set.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How many flags there can be.
pub const FLAGS_MAX: usize = 200;
const VALUE_CHARS_MAX: usize = 1_000;

/// The settings as they are now.
pub struct Settings(RwLock<State>);

#[derive(Clone)]
struct State {
    stored: BTreeMap<String, String>,
    config: Arc<Config>,
}

impl Settings {
    /// What is stored, over what the operator has set.
    pub async fn open(db: &Db, vault: &Vault, config: &Config) -> anyhow::Result<Self> {
        Ok(Self(RwLock::new(read(db, vault, config).await?)))
    }

    fn state(&self) -> State {
        // Nothing in here can stop half-way.
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The settings that hold now.
    pub fn now(&self) -> Arc<Config> {
        self.state().config
    }

    fn set(&self, state: State) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

fn context(key: &str) -> String {
    format!("settings:{key}")
}

async fn read(db: &Db, vault: &Vault, config: &Config) -> anyhow::Result<State> {
    let mut conn = db.read().await?;
    let rows = store::list(conn.conn()).await?;
    drop(conn);
    let mut stored = BTreeMap::new();
    for (key, value) in rows {
        // An older server may know fewer settings.
        let Some(setting) = find(&key) else { continue };
        let value = match setting.kind {
            Kind::Secret => {
                let sealed = BASE64_STANDARD.decode(value).context("reading a setting")?;
                String::from_utf8(vault.unseal(&context(&key), &sealed)?)?
            }
            _ => value,
        };
        stored.insert(key, value);
    }
    let effective = match config.given.with(&stored) {
        Ok(effective) => effective,
        Err(problems) => {
            // The operator may have set something that does not go with it: the operator counts.
            tracing::warn!(%problems, "what is set in the application is left out");
            config.clone()
        }
    };
    Ok(State {
        stored,
        config: Arc::new(effective),
    })
}

/// Reads again what is stored: another node may have set it.
pub async fn look(app: &App) -> anyhow::Result<()> {
    let state = read(&app.db, &app.vault, &app.config).await?;
    let mail = |config: &Config| (config.mail.url.clone(), config.mail.from.clone());
    let is_mail_changed = mail(&app.settings.now()) != mail(&state.config);
    if is_mail_changed {
        app.mailer
            .change(&state.config.mail, app.public_url.host())?;
    }
    app.settings.set(state);
    app.flags.look(&app.db).await
}

/// Seals anew what is sealed among the settings, so that older keys can go.
pub async fn reseal(app: &App) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let mut tx = app.db.write().await?;
    let rows = store::list(tx.conn()).await?;
    for (key, value) in rows {
        if find(&key).is_none_or(|setting| setting.kind != Kind::Secret) {
            continue;
        }
        // What is no base64 was not sealed, and is counted as lost.
        let sealed = BASE64_STANDARD.decode(&value).unwrap_or_default();
        if let Some(next) = vault::next(app, &context(&key), &sealed, &mut counts) {
            let next = BASE64_STANDARD.encode(next);
            // Whoever set it meanwhile has sealed it themselves.
            let done = store::replace(tx.conn(), &key, &value, &next).await?;
            counts.anew += u64::from(done);
        }
    }
    tx.commit().await?;
    Ok(counts)
}

/// How some settings stand.
pub fn standings(app: &App, settings: &[Setting]) -> Vec<Standing> {
    let stored = app.settings.state().stored;
    let standing = |setting: &Setting| {
        let value = stored.get(setting.key).cloned();
        Standing {
            key: setting.key.to_owned(),
            is_set: value.is_some(),
            value: value.filter(|_| setting.kind != Kind::Secret),
            by_operator: app.config.given.has(setting.key),
        }
    };
    settings.iter().map(standing).collect()
}

/// Sets a setting, or with nothing sets it back. Who may is judged before.
pub async fn save(app: &App, by: UserId, key: &str, value: Option<String>) -> Result<(), Error> {
    let setting = find(key).ok_or(Code::NotFound)?;
    if app.config.given.has(key) {
        let why = "The operator of this server has set this. Ask them to change it.";
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    let value = value.map(|value| value.trim().to_owned());
    let value = value.filter(|value| !value.is_empty());
    check(app, setting, value.as_deref())?;
    let mut tx = app.db.write().await?;
    match &value {
        Some(value) => {
            let stored = match setting.kind {
                Kind::Secret => {
                    let sealed = app.vault.seal(&app.rng, &context(key), value.as_bytes())?;
                    BASE64_STANDARD.encode(sealed)
                }
                _ => value.clone(),
            };
            store::upsert(tx.conn(), key, &stored, by, app.clock.now()).await?;
        }
        None => store::delete(tx.conn(), key).await?,
    }
    let detail = match (&value, setting.kind) {
        (None, _) => format!("{key} set back"),
        (Some(_), Kind::Secret | Kind::Text) => format!("{key} changed"),
        (Some(value), _) => format!("{key} = {value}"),
    };
    let note = Note::of_server(Act::SettingsChanged).by(by).saying(detail);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    Ok(look(app).await?)
}

/// Refuses what a server would not start with.
fn check(app: &App, setting: &Setting, value: Option<&str>) -> Result<(), Rejected> {
    let mut stored = app.settings.state().stored;
    stored.remove(setting.key);
    if let Some(value) = value {
        check_alone(setting, value)?;
        stored.insert(setting.key.to_owned(), value.to_owned());
    }
    let Err(problems) = app.config.given.with(&stored) else {
        return Ok(());
    };
    let text = problems.first();
    // They speak of a file that whoever types here does not have.
    let text = text.replace(&format!("`{}` in the file: ", setting.key), "");
    Err(Rejected::field("value", text))
}

fn check_alone(setting: &Setting, value: &str) -> Result<(), Rejected> {
    if value.chars().count() > VALUE_CHARS_MAX {
        let why = format!("This is longer than {VALUE_CHARS_MAX} characters.");
        return Err(Rejected::field("value", why));
    }
    if setting.key == "mail_url" && value.starts_with("folder:") {
        // It would write files wherever the server may.
        let why = "Only the operator can have mail written into a folder. Give a server's address.";
        return Err(Rejected::field("value", why));
    }
    Ok(())
}

/// Sets a flag. Who may is judged before.
pub async fn save_flag(app: &App, by: UserId, flag: Flag) -> Result<(), Error> {
    let flags = app.flags.all();
    let is_new = flags.iter().all(|known| known.name != flag.name);
    if is_new && flags.len() >= FLAGS_MAX {
        let why = format!("There are {FLAGS_MAX} flags. Delete one that is not needed.");
        return Err(Rejected::new(Code::NotAllowed, why).into());
    }
    let mut tx = app.db.write().await?;
    store::upsert_flag(tx.conn(), &flag, app.clock.now()).await?;
    let detail = format!("flag {}", flag.name);
    let note = Note::of_server(Act::SettingsChanged).by(by).saying(detail);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    Ok(look(app).await?)
}

/// Deletes a flag: what it stood for is off.
pub async fn delete_flag(app: &App, by: UserId, name: &str) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    store::delete_flag(tx.conn(), name).await?;
    let detail = format!("flag {name} deleted");
    let note = Note::of_server(Act::SettingsChanged).by(by).saying(detail);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    Ok(look(app).await?)
}

/// What a server does for settings besides reading them, until it stops.
pub fn run(app: &App) {
    app.every(
        LOOK_EVERY,
        "looking for settings that were changed elsewhere",
        |app| Box::pin(async move { look(&app).await }),
    );
}
