//! Mail servers that somebody has set in the application: connected to at the very address that was looked at, and by TLS under
//! the name that was typed.

use super::PATIENCE;
use crate::http::outgoing::{Guard, Unanswered};
use anyhow::{Context as _, bail};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The way to a mail server, if it is where the server may ask.
pub(super) async fn transport(
    url: &str,
    guard: &Guard,
) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let url = Url::parse(url).context("reading a mail server's address")?;
    let host = url.host_str().context("a mail server has no host")?;
    let host = host.trim_matches(['[', ']']).to_owned();
    let wanted = url.query_pairs().find(|(name, _)| name == "tls");
    let wanted = wanted.map(|(_, value)| value.into_owned());
    let parameters = || TlsParameters::new(host.clone()).context("reading a mail server's name");
    let (tls, port) = match (url.scheme(), wanted.as_deref()) {
        ("smtps", _) => (Tls::Wrapper(parameters()?), SUBMISSIONS_PORT),
        (_, Some("required")) => (Tls::Required(parameters()?), SUBMISSION_PORT),
        (_, Some("opportunistic")) => (Tls::Opportunistic(parameters()?), SUBMISSION_PORT),
        ("smtp", None) => (Tls::None, SMTP_PORT),
        _ => bail!(
            "a mail server's address is neither smtp nor smtps, or its `tls` neither required nor opportunistic"
        ),
    };
    let port = url.port().unwrap_or(port);
    let address = reachable(&host, port, guard).await?;
    // Not by another URL: there an address of version 6 stands in brackets, with which nobody finds it.
    let mut builder =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
            .port(address.port())
            .tls(tls)
            .timeout(Some(PATIENCE));
    if let Some(password) = url.password() {
        let (name, password) = (decoded(url.username())?, decoded(password)?);
        builder = builder.credentials(Credentials::new(name, password));
    }
    let greeting = url.path().trim_start_matches('/');
    if !greeting.is_empty() {
        builder = builder.hello_name(ClientId::Domain(greeting.to_owned()));
    }
    Ok(builder.build())
}

fn decoded(text: &str) -> anyhow::Result<String> {
    let text = percent_decode_str(text).decode_utf8();
    Ok(text
        .context("reading a mail server's credentials")?
        .into_owned())
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
