//! Listening, and stopping without losing anything.

use super::assets::Site;
use super::router::router;
use super::tls::Certificates;
use super::{connections, rates, tls};
use crate::app::{App, make_data_dir};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Alone};
use crate::rng::Rng;
use anyhow::Context as _;
use axum::Router;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long requests and tasks may take to finish after the server was told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that somebody still holds can keep the pools from closing.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A server that has its port and its database.
pub struct Server {
    app: App,
    listener: TcpListener,
    address: SocketAddr,
    alone: Alone,
    routes: Router<App>,
}

impl Server {
    /// Takes the port, opens and migrates the database, and reads the site.
    pub async fn bind(mut config: Config, clock: Clock, rng: Rng) -> anyhow::Result<Self> {
        let tls = config.listen.tls.as_ref();
        let certificates = tls.map(Certificates::open).transpose()?;
        // The port first: a second server must not touch the first one's database.
        let listener = listen(config.listen.address).await?;
        let address = listener.local_addr().context("reading the bound address")?;
        // Port 0 has become a real one.
        config.listen.address = address;
        let site = Site::load(&config.site.dir, &config.storage.data_dir)?;
        make_data_dir(&config.storage.data_dir)?;
        let alone = db::serve_alone(&config.storage.database_url)?;
        if !config.site.dev_reload {
            site.keep(clock.now()).await;
        }
        let app = App::open(config, site, clock, rng).await?;
        if let Some(certificates) = certificates {
            app.certificates.get_or_init(|| Arc::new(certificates));
        }
        Ok(Self {
            app,
            listener,
            address,
            alone,
            routes: Router::new(),
        })
    }

    /// Adds routes, behind the same middleware.
    #[must_use]
    pub fn with_routes(mut self, routes: Router<App>) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// What the handlers work on. Cancelling its `shutdown` ends [`Server::run`].
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// The address listened on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the app is told to stop, then lets what has begun come to its end.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self {
            app,
            listener,
            routes,
            alone,
            ..
        } = self;
        if let Some(url) = app.config.storage.redis_url.clone() {
            app.tasks.spawn(rates::link(app.clone(), url));
        }
        tls::run(&app);
        let serve = connections::serve(
            listener,
            router(&app, routes),
            (&app.config.limits, app.certificates.get()),
            app.shutdown.clone(),
        );
        let finish = async {
            let served = serve.await.context("serving");
            app.shutdown.cancel();
            app.tasks.close();
            app.tasks.wait().await;
            served
        };
        let give_up = async {
            app.shutdown.cancelled().await;
            tokio::time::sleep(DRAIN_TIMEOUT).await;
        };
        let served = tokio::select! {
            served = finish => served,
            () = give_up => {
                tracing::warn!("stopping with requests or tasks unfinished after {DRAIN_TIMEOUT:?}");
                Ok(())
            }
        };
        if let Err(error) = app.audit.flush(&app.db).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "writing to the audit log failed"
            );
        }
        if let Err(error) = app.sync.note(&app.witness).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "noting how far workspaces have come failed"
            );
        }
        if tokio::time::timeout(CLOSE_TIMEOUT, app.db.close())
            .await
            .is_err()
        {
            tracing::warn!("stopping with a database connection in use");
        }
        drop(alone);
        served
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program listens there: stop it, or set TEAMFLOW_LISTEN to another port"
            }
            ErrorKind::PermissionDenied => {
                "ports below 1024 need a privilege: set TEAMFLOW_LISTEN to a higher one"
            }
            ErrorKind::AddrNotAvailable => {
                "this machine has no such address: set TEAMFLOW_LISTEN to one of its own"
            }
            _ => "set TEAMFLOW_LISTEN to another address",
        };
        anyhow::Error::new(error).context(format!("cannot listen on {address}: {advice}"))
    })
}
