//! What every handler, socket and task works on.

use crate::accounts::identity::Identities;
use crate::accounts::password::Passwords;
use crate::audit_entries::Audit;
use crate::clock::Clock;
use crate::config::{Config, PublicUrl};
use crate::db::{self, Db};
use crate::http::assets::Site;
use crate::http::client_address::Hearsay;
use crate::http::outgoing::Outgoing;
use crate::http::rates::Rates;
use crate::http::tls::Certificates;
use crate::imports::jobs::Jobs;
use crate::mails::Mailer;
use crate::providers::Providers;
use crate::rng::Rng;
use crate::sessions::revoked::Revoked;
use crate::settings::{Flags, Settings};
use crate::signing_keys::SigningKeys;
use crate::sync::bus::Bus;
use crate::sync::crowd::Crowd;
use crate::sync::kicks::Kicks;
use crate::sync::witness::Witness;
use crate::sync::{Environment, Sync};
use crate::vault::Vault;
use anyhow::Context as _;
use futures::future::BoxFuture;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The running server's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of [`App`].
pub struct Parts {
    /// The database.
    pub db: Db,
    /// What tells the time.
    pub clock: Clock,
    /// What gives random bytes.
    pub rng: Rng,
    /// The settings.
    pub config: Config,
    /// The address in people's browsers.
    pub public_url: PublicUrl,
    /// The built browser files.
    pub site: Site,
    /// Hashing, off the async threads.
    pub passwords: Passwords,
    /// Who the secrets of late requests belong to.
    pub identities: Identities,
    /// Sessions that were ended lately.
    pub revoked: Revoked,
    /// What access tokens are signed with.
    pub signing_keys: SigningKeys,
    /// Seals secrets at rest.
    pub vault: Arc<Vault>,
    /// Writes the audit log.
    pub audit: Audit,
    /// The certificate, where the server speaks TLS itself.
    pub certificates: OnceLock<Arc<Certificates>>,
    /// How often somebody may ask.
    pub rates: Rates,
    /// Requests that go out because somebody wants them to.
    pub outgoing: Outgoing,
    /// What is set in the application.
    pub settings: Settings,
    /// Features that are on for some.
    pub flags: Flags,
    /// How mail is sent.
    pub mailer: Mailer,
    /// Who else may vouch for people.
    pub providers: Providers,
    /// The sign-ins that open connections stand on.
    pub kicks: Kicks,
    /// The connections that stay open.
    pub crowd: Crowd,
    /// Whether somebody who is no proxy of ours was heard to say who asks.
    pub hearsay: Hearsay,
    /// Work that outlives its request. Spawned here, it is waited for on shutdown.
    pub tasks: TaskTracker,
    /// Cancelled when the server is about to stop: it asks to be sent nobody any more, and still answers everybody.
    pub draining: CancellationToken,
    /// Cancelled when the server stops: sockets and streams end then.
    pub shutdown: CancellationToken,
    /// The sync engine.
    pub sync: Sync,
    /// A note of how far each workspace had come.
    pub witness: Witness,
    /// Imports that are not in the log yet.
    pub imports: Jobs,
}

impl App {
    /// Opens and migrates the database.
    pub async fn open(config: Config, site: Site, clock: Clock, rng: Rng) -> anyhow::Result<Self> {
        make_data_dir(&config.storage.data_dir)?;
        let public_url = config.listen.public_url();
        let db = Db::open(&config.storage.database_url).await?;
        db::migrate(&db).await?;
        let witness = Witness::read(&config.storage.data_dir, &db, &clock, &rng).await?;
        let (limits, rate_clock) = (config.limits.clone(), clock.clone());
        let outgoing = Outgoing::new(&config.outgoing);
        let providers = Providers::open(&config.providers, &outgoing)?;
        let vault = Arc::new(Vault::open(&config.storage, &rng)?);
        let audit = Audit::new(clock.clone(), rng.clone(), vault.clone());
        let settings = Settings::open(&db, &vault, &config).await?;
        // Of a mail server that the operator has set, it is theirs where it is.
        let is_typed = !config.given.has("mail_url");
        let guard = is_typed.then(|| outgoing.guard([]));
        let mailer = Mailer::open(&settings.now().mail, public_url.host(), guard)?;
        let flags = Flags::open(&db).await?;
        let signing_keys = SigningKeys::open(&db, &vault, &rng, clock.now()).await?;
        let revoked = Revoked::open(&db, clock.now()).await?;
        let (tasks, shutdown) = (TaskTracker::new(), CancellationToken::new());
        let sync = Sync::new(Environment {
            bus: Bus::new(&rng),
            db: db.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
            audit: audit.clone(),
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
        });
        Ok(Self(Arc::new(Parts {
            db,
            clock,
            rng,
            config,
            public_url,
            site,
            passwords: Passwords::new(),
            identities: Identities::new(),
            revoked,
            signing_keys,
            vault,
            audit,
            outgoing,
            settings,
            flags,
            mailer,
            certificates: OnceLock::new(),
            providers,
            rates: Rates::new(&limits, rate_clock),
            kicks: Kicks::default(),
            crowd: Crowd::default(),
            hearsay: Hearsay::default(),
            tasks,
            draining: CancellationToken::new(),
            shutdown,
            sync,
            witness,
            imports: Jobs::new(),
        })))
    }
}

impl App {
    /// Does something again and again, until the server stops. What fails is told, and done again.
    pub fn every(
        &self,
        every: Duration,
        what: &'static str,
        work: fn(Self) -> BoxFuture<'static, anyhow::Result<()>>,
    ) {
        self.again_and_again(every, every, what, work);
    }

    /// Does something at once, and then as [`App::every`]: what must also happen on a server that seldom runs for long.
    pub fn now_and_every(
        &self,
        every: Duration,
        what: &'static str,
        work: fn(Self) -> BoxFuture<'static, anyhow::Result<()>>,
    ) {
        self.again_and_again(Duration::ZERO, every, what, work);
    }

    fn again_and_again(
        &self,
        first: Duration,
        every: Duration,
        what: &'static str,
        work: fn(Self) -> BoxFuture<'static, anyhow::Result<()>>,
    ) {
        let app = self.clone();
        self.tasks.spawn(async move {
            let mut pause = first;
            loop {
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = every,
                    () = app.shutdown.cancelled() => return,
                }
                if let Err(error) = work(app.clone()).await {
                    tracing::warn!(error = format!("{error:#}"), "{what} failed");
                }
            }
        });
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Makes the data folder where there is none.
pub(crate) fn make_data_dir(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| {
        format!(
            "making the data folder {}: set TEAMFLOW_DATA_DIR to another",
            dir.display()
        )
    })
}
