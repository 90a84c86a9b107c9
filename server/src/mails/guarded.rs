//! Mail servers that somebody has set in the application: connected to at the very address that was looked at, and by TLS under
//! the name that was typed.

use super::PATIENCE;
use crate::http::outgoing::{Guard, Unanswered};
use anyhow::Context as _;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use reqwest::Url;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The way to a mail server, if it is where the server may ask.
pub(super) async fn transport(
    url: &str,
    guard: &Guard,
) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let mut url = Url::parse(url).context("reading a mail server's address")?;
    let host = url.host_str().context("a mail server has no host")?;
    let host = host.trim_matches(['[', ']']).to_owned();
    let wanted = url.query_pairs().find(|(name, _)| name == "tls");
    let wanted = wanted.map(|(_, value)| value.into_owned());
    let parameters = || TlsParameters::new(host.clone()).context("reading a mail server's name");
    let (tls, port) = match (url.scheme(), wanted.as_deref()) {
        ("smtps", _) => (Tls::Wrapper(parameters()?), SUBMISSIONS_PORT),
        (_, Some("required")) => (Tls::Required(parameters()?), SUBMISSION_PORT),
        (_, Some("opportunistic")) => (Tls::Opportunistic(parameters()?), SUBMISSION_PORT),
        _ => (Tls::None, SMTP_PORT),
    };
    let port = url.port().unwrap_or(port);
    let address = reachable(&host, port, guard).await?;
    let (ip, port) = match address {
        SocketAddr::V4(address) => (address.ip().to_string(), address.port()),
        SocketAddr::V6(address) => (format!("[{}]", address.ip()), address.port()),
    };
    url.set_host(Some(&ip)).context("writing an address")?;
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str());
    let builder = builder.context("reading a mail server's address")?;
    Ok(builder.port(port).tls(tls).timeout(Some(PATIENCE)).build())
}

/// The address of a host that answers first, of those that were all looked at.
async fn reachable(host: &str, port: u16, guard: &Guard) -> anyhow::Result<SocketAddr> {
    let found = guard.addresses(host).await;
    let mut found = found.map_err(|error| match error.downcast::<Unanswered>() {
        Ok(refused) => anyhow::Error::new(*refused),
        Err(error) => nothing_there(error),
    })?;
    for address in &mut found {
        address.set_port(port);
    }
    match found.as_slice() {
        [one] => Ok(*one),
        several => {
            let stream = timeout(PATIENCE, TcpStream::connect(several));
            let stream = stream.await.map_err(nothing_there)?;
            Ok(stream.map_err(nothing_there)?.peer_addr()?)
        }
    }
}

fn nothing_there(why: impl std::fmt::Display) -> anyhow::Error {
    let error = anyhow::Error::new(Unanswered::Unreachable);
    error.context(format!("connecting to a mail server: {why}"))
}
