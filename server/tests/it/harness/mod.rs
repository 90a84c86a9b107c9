//! What tests stand on: [`TestApp`] is the whole server in this process, with a database and a folder of its own and a
//! clock that the test moves; [`Client`] is a browser or a program that talks to it.
//!
//! [`on_both_engines!`] makes two tests of one body, `name::sqlite` and `name::postgres`.

mod client;
mod postgres;
mod redis;
mod site;

pub(crate) use client::{Answer, Client};
pub(crate) use postgres::{fresh_database, skipped};
pub(crate) use redis::{Redis, skipped as redis_skipped};
pub(crate) use site::{MODULE, packed, write_build, write_site};

use axum::Router;
use server::accounts::{self, NewAccount, User};
use server::app::App;
use server::clock::Clock;
use server::config::Config;
use server::http::Server;
use server::rng::Rng;
use server::sessions::{Entrance, SessionToken};
use server::tokens;
use shared::values::{Email, Name, Time};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// When every test begins.
pub(crate) const START: Time = Time(1_800_000_000_000);
pub(crate) const PASSWORD: &str = "difference engine";

/// What seals the secrets of all test servers: 32 bytes of seven.
const SECRET_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// The database under a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Makes two tests of each function: one for each database. It takes the running server, or the engine to start one with
/// settings of its own.
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* async fn $name:ident($argument:ident: $kind:ident) $body:block)*) => {$(
        $(#[$attribute])*
        async fn $name($argument: $kind) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                use $crate::harness::Engine::Sqlite;
                super::$name($crate::harness::on_both_engines!(@start $kind, Sqlite)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                use $crate::harness::Engine::Postgres;
                if !$crate::harness::skipped() {
                    super::$name($crate::harness::on_both_engines!(@start $kind, Postgres)).await;
                }
            }
        }
    )*};
    (@start TestApp, $engine:ident) => { $crate::harness::TestApp::start($engine).await };
    (@start Engine, $engine:ident) => { $engine };
}
pub(crate) use on_both_engines;

/// A server about to start.
pub(crate) struct Setup {
    engine: Engine,
    vars: BTreeMap<String, String>,
    request_timeout: Option<Duration>,
    database: Option<String>,
    data_dir: Option<PathBuf>,
    build: u32,
    seed: u64,
    routes: Router<App>,
}

impl Setup {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            // Their clock stands still, so nobody would ever be let in again.
            vars: [
                "REQUESTS_PER_MINUTE",
                "SIGN_INS_PER_MINUTE",
                "SIGN_INS_PER_QUARTER_HOUR",
                "UPLOADS_PER_HOUR",
                "DOWNLOADS_PER_HOUR",
                "PAGES_PER_MINUTE",
                "SYNCS_PER_MINUTE",
            ]
            .map(|limit| (format!("TEAMFLOW_{limit}"), "0".to_owned()))
            .into(),
            request_timeout: None,
            database: None,
            data_dir: None,
            build: 1,
            seed: 1,
            routes: Router::new(),
        }
    }

    /// A setting, by its variable.
    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    /// On the same database as another server, with ids of its own.
    pub(crate) fn beside(mut self, other: &TestApp) -> Self {
        self.database = Some(other.database.clone());
        self.seed = 2;
        self
    }

    /// On a database that is there already.
    pub(crate) fn on(mut self, database: String) -> Self {
        self.database = Some(database);
        self
    }

    /// With the data folder of another server, and this build of the site.
    pub(crate) fn after(mut self, other: &TestApp, build: u32) -> Self {
        self.data_dir = Some(other.data_dir.clone());
        self.build = build;
        self.beside(other)
    }

    /// A time limit that a test can wait for.
    pub(crate) fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// Routes of the test's own, behind the same middleware as all others.
    pub(crate) fn routes(mut self, routes: Router<App>) -> Self {
        self.routes = routes;
        self
    }

    pub(crate) async fn start(mut self) -> TestApp {
        // Another test of this process may have done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        write_build(&dir.path().join("site"), self.build);
        let data_dir = self.data_dir.take();
        let data_dir = data_dir.unwrap_or_else(|| dir.path().join("data"));
        let database = match (self.database.take(), self.engine) {
            (Some(database), _) => database,
            (None, Engine::Sqlite) => {
                format!("sqlite:{}", dir.path().join("teamflow.db").display())
            }
            (None, Engine::Postgres) => fresh_database().await,
        };
        let site = dir.path().join("site").display().to_string();
        self = self
            .var("TEAMFLOW_LISTEN", "127.0.0.1:0")
            .var("TEAMFLOW_DATABASE_URL", &database)
            .var("TEAMFLOW_DATA_DIR", &data_dir.display().to_string())
            .var("TEAMFLOW_SITE_DIR", &site);
        let keys = self.vars.entry("TEAMFLOW_SECRET_KEYS".to_owned());
        keys.or_insert_with(|| SECRET_KEY.to_owned());
        let mut config = Config::read(&self.vars, None).unwrap();
        if let Some(timeout) = self.request_timeout {
            config.limits.request_timeout = timeout;
        }
        let clock = Clock::manual(START);
        let rng = Rng::seeded(self.seed);
        let server = Server::bind(config, clock, rng).await.unwrap();
        let server = server.with_routes(self.routes);
        let (app, address) = (server.app().clone(), server.address());
        let serving = tokio::spawn(server.run());
        TestApp {
            app,
            address,
            serving,
            database,
            data_dir,
            dir,
        }
    }
}

/// A running server.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    /// Ends when the server has stopped.
    pub(crate) serving: JoinHandle<anyhow::Result<()>>,
    database: String,
    data_dir: PathBuf,
    dir: TempDir,
}

impl TestApp {
    pub(crate) async fn start(engine: Engine) -> Self {
        Setup::new(engine).start().await
    }

    /// The database's address.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// Stops it, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.app.shutdown.cancel();
        (&mut self.serving).await.unwrap().unwrap();
    }

    /// The folder of this server's data.
    pub(crate) fn data_dir(&self) -> &std::path::Path {
        &self.data_dir
    }

    /// The folder of this server's files.
    pub(crate) fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// Creates an account with [`PASSWORD`].
    pub(crate) async fn sign_up(&self, email: &str) -> (User, SessionToken) {
        accounts::sign_up(&self.app, new_account(email))
            .await
            .unwrap()
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.address, None)
    }

    /// A browser that nobody has signed in with yet.
    pub(crate) fn stranger(&self) -> Client {
        Client::browser(self.address, &[])
    }

    /// A browser in which this person, who is signed up if need be, is signed in.
    pub(crate) async fn user(&self, email: &str) -> Client {
        let found = accounts::find_by_email(&self.app, &Email::parse(email).unwrap()).await;
        let session = match found.unwrap() {
            Some(_) => self.sign_in(email).await,
            None => self.sign_up(email).await.1,
        };
        self.browser(&session)
    }

    /// A browser with this session.
    pub(crate) fn browser(&self, session: &SessionToken) -> Client {
        Client::browser(self.address, &server::sessions::cookies(&self.app, session))
    }

    /// A browser in which this person has signed in with a code, too.
    pub(crate) async fn user_with_code(&self, email: &str, code: &str) -> Client {
        let email = Email::parse(email).unwrap();
        let entrance = Entrance::browser(None);
        let entered = accounts::sign_in_with_code(&self.app, &email, code, entrance).await;
        self.browser(&entered.unwrap().1)
    }

    pub(crate) async fn sign_in(&self, email: &str) -> SessionToken {
        let credentials = accounts::Credentials {
            email: email.to_owned(),
            password: PASSWORD.to_owned(),
            code: None,
            entrance: Entrance::browser(None),
        };
        accounts::sign_in(&self.app, credentials).await.unwrap().1
    }

    /// A program that sends this token.
    pub(crate) fn program(&self, token: &str) -> Client {
        Client::new(self.address, Some(token))
    }

    /// A program with an access token of this person, who is signed up if need be.
    pub(crate) async fn token(&self, email: &str) -> Client {
        let found = accounts::find_by_email(&self.app, &Email::parse(email).unwrap()).await;
        let user = match found.unwrap() {
            Some(user) => user,
            None => self.sign_up(email).await.0,
        };
        let name = Name::parse("Test").unwrap();
        let (_, secret) = tokens::create(&self.app, user.id, tokens::Wanted::full(name))
            .await
            .unwrap();
        Client::new(self.address, Some(secret.as_str()))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.shutdown.cancel();
    }
}

/// What a person who signs up writes, with [`PASSWORD`].
pub(crate) fn new_account(email: &str) -> NewAccount {
    let name = email.split('@').next().unwrap();
    NewAccount {
        name: Name::parse(name).unwrap(),
        email: Email::parse(email).unwrap(),
        password: PASSWORD.to_owned(),
        entrance: Entrance::browser(Some("a test".to_owned())),
        invitation: None,
    }
}
