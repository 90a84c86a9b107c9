//! Requests that go out because somebody wants them to: to an address that they may have typed. **Every such request goes
//! through [`Outgoing`]**, or, from a client of another kind, past its guard: to providers, of which the operator names one
//! host and which name others themselves, and to a mail server that was set in the application. Another client is for what the
//! operator set alone.
//!
//! A server stands where strangers do not: beside databases, behind the firewall, on a cloud's machine that gets its
//! credentials at a well-known address. So the host's addresses are looked up here and each is looked at; the connection goes
//! to the very ones that were, so that a name which changes its mind in between gains nothing. Redirects are followed a few
//! times and looked at in the same way. Proxies of the environment are passed by: they would look names up themselves.

mod addresses;

use crate::config::OutgoingSettings;
use futures::future::BoxFuture;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How often a request is sent on.
const REDIRECTS_MAX: usize = 4;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Looks a name up.
pub type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Why a request was not answered. What it says may be shown to whoever wanted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// This is no address that may be asked.
    Refused(String),
    /// Nobody answered, or not in time.
    Unreachable,
    /// The answer was larger than it may be.
    TooLarge,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unanswered::Refused(why) => f.write_str(why),
            Unanswered::Unreachable => f.write_str("Nothing there answered in time."),
            Unanswered::TooLarge => f.write_str("The answer was too large."),
        }
    }
}

impl StdError for Unanswered {}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The content type, where there is one that is text.
    pub content_type: Option<String>,
    /// All of the body.
    pub body: Vec<u8>,
}

/// The way out.
#[derive(Clone)]
pub struct Outgoing {
    /// Made when it is first needed: reading the certificates that are trusted takes a while.
    client: Arc<OnceLock<reqwest::Client>>,
    guard: Guard,
    timeout: Duration,
    bytes_max: usize,
}

/// What looks at each address before it is asked.
#[derive(Clone)]
pub(crate) struct Guard {
    allowed: Arc<[IpNet]>,
    /// Hosts that the operator named: they may be asked wherever they are.
    named: Arc<[String]>,
    lookup: Lookup,
}

impl Outgoing {
    /// The way out of these settings.
    pub fn new(settings: &OutgoingSettings) -> Self {
        let lookup: Lookup = Arc::new(|host| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        });
        Self::with(settings, lookup)
    }

    /// The same, with names looked up in another way.
    pub fn with(settings: &OutgoingSettings, lookup: Lookup) -> Self {
        Self {
            client: Arc::default(),
            guard: Guard {
                allowed: settings.allowed.clone().into(),
                named: Arc::default(),
                lookup,
            },
            timeout: settings.timeout,
            bytes_max: settings.bytes_max,
        }
    }

    /// The same guard for a client of another kind, which lets these hosts through because the operator named them.
    pub(crate) fn guard(&self, named: impl IntoIterator<Item = String>) -> Guard {
        Guard {
            named: named.into_iter().map(|host| host.to_lowercase()).collect(),
            ..self.guard.clone()
        }
    }

    fn client(&self) -> Result<&reqwest::Client, Unanswered> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let followed = self.guard.clone();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::custom(move |attempt| followed.follow(attempt)))
            .dns_resolver(Arc::new(self.guard.clone()))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(self.timeout)
            .referer(false)
            .user_agent(concat!("TeamFlow/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(|error| why(&error))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// A request to an address that somebody gave, to be sent with [`Outgoing::send`].
    pub fn request(&self, method: Method, address: &str) -> Result<RequestBuilder, Unanswered> {
        let refused =
            || Unanswered::Refused("This is no address that begins with https://.".into());
        let url = Url::parse(address).map_err(|_| refused())?;
        self.guard.check(&url)?;
        Ok(self.client()?.request(method, url))
    }

    /// Sends it, and reads the answer up to the largest that there may be.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Unanswered> {
        // Whoever made the request may have changed its address since.
        let request = request.build().map_err(|error| why(&error))?;
        self.guard.check(request.url())?;
        let sent = self.client()?.execute(request).await;
        let mut response = sent.map_err(|error| why(&error))?;
        let content_type = response.headers().get(http::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.map(str::to_owned);
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| why(&error))? {
            if body.len() + part.len() > self.bytes_max {
                return Err(Unanswered::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer {
            status: response.status(),
            content_type,
            body,
        })
    }
}

/// What somebody may know of a failure: whether it was ours to refuse. Anything more would tell what there is in the
/// server's own network.
fn why(error: &reqwest::Error) -> Unanswered {
    tracing::debug!(
        error = format!("{error:?}"),
        "a request that went out failed"
    );
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(unanswered) = found.downcast_ref::<Unanswered>() {
            return unanswered.clone();
        }
        cause = found.source();
    }
    Unanswered::Unreachable
}

fn forbidden(host: &str) -> Unanswered {
    Unanswered::Refused(format!(
        "{host} is not on the public network. Whoever runs this server can allow it with TEAMFLOW_OUTGOING_ALLOWED."
    ))
}

impl Guard {
    fn is_named(&self, host: &str) -> bool {
        let host = host.to_lowercase();
        self.named.contains(&host)
    }

    /// Refuses an address that is not to be asked, as far as it shows without looking a name up.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Unanswered> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        if !is_plain || !matches!(url.scheme(), "http" | "https") {
            let text = "An address has to begin with https:// or http://, and to hold no password.";
            return Err(Unanswered::Refused(text.into()));
        }
        // However it is written, the parser has made numbers of it: decimal, octal, hexadecimal, short.
        let literal = match url.host_str() {
            Some(host) => host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<IpAddr>(),
            None => return Err(Unanswered::Refused("This address has no host.".into())),
        };
        match literal {
            Ok(_) if url.host_str().is_some_and(|host| self.is_named(host)) => Ok(()),
            Ok(address) if !addresses::may_be_asked(address, &self.allowed) => {
                Err(forbidden(&address.to_string()))
            }
            // A name is looked up and looked at when the connection is made.
            _ => Ok(()),
        }
    }

    fn follow(&self, attempt: Attempt<'_>) -> reqwest::redirect::Action {
        if attempt.previous().len() > REDIRECTS_MAX {
            let text = "This address sends on again and again.";
            return attempt.error(Unanswered::Refused(text.into()));
        }
        let was_secure = attempt.previous().iter().any(|url| url.scheme() == "https");
        if was_secure && attempt.url().scheme() != "https" {
            let text = "This address sends on to one without TLS.";
            return attempt.error(Unanswered::Refused(text.into()));
        }
        match self.check(attempt.url()) {
            Ok(()) => attempt.follow(),
            Err(refused) => attempt.error(refused),
        }
    }

    /// The addresses of a host: all of them, or none if one is not to be asked.
    pub(crate) async fn addresses(
        &self,
        host: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
        let found = (self.lookup)(host.to_owned()).await?;
        let is_private = |address: &IpAddr| !addresses::may_be_asked(*address, &self.allowed);
        if !self.is_named(host) && found.iter().any(is_private) {
            return Err(Box::new(forbidden(host)));
        }
        Ok(found
            .into_iter()
            .map(|address| SocketAddr::new(address, 0))
            .collect())
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = guard.addresses(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
