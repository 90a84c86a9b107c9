//! Where the server listens and how people reach it.

use super::source::{Source, flag, list, whole};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The network side.
#[derive(Clone, Debug)]
pub struct Listen {
    /// `TEAMFLOW_LISTEN`: address and port to listen on. Default `127.0.0.1:8080`; port 0 takes a free one.
    pub address: SocketAddr,
    /// `TEAMFLOW_PUBLIC_URL`: the address in people's browsers. Default `http://`, or with
    /// `TEAMFLOW_TLS_CERT` `https://`, and the address listened on.
    pub public_url: Option<PublicUrl>,
    /// `TEAMFLOW_WORKSPACE_HOSTS`: whether `acme.tasks.example.org` leads to the workspace `acme`, where the public address is
    /// `tasks.example.org` and all names below it lead to this server. Default 0.
    pub workspace_hosts: bool,
    /// `TEAMFLOW_TRUSTED_PROXIES`: addresses or networks, with commas between them, whose word counts in `X-Forwarded-For`,
    /// such as `127.0.0.1, 10.0.0.0/8`. Default: none. Behind a proxy that is not named here everybody counts as one address.
    pub trusted_proxies: Vec<IpNet>,
    /// `TEAMFLOW_CORS_ORIGINS`: other sites whose scripts may use the API with an access token, with commas between them,
    /// such as `https://status.example.org`. Default: none.
    pub cors_origins: Vec<PublicUrl>,
    /// `TEAMFLOW_DRAIN_SECONDS`: how long a server that was told to stop goes on answering while `/ready` says no, so that a
    /// load balancer sends nobody any more. Default 0.
    pub drain: Duration,
    /// `TEAMFLOW_TLS_CERT` and `TEAMFLOW_TLS_KEY`: files in PEM with the certificate, followed by those that it stands on, and
    /// with its key. The server then speaks TLS itself, and reads the files again when they change. Default: none, as behind
    /// a proxy.
    pub tls: Option<TlsFiles>,
}

/// The files of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those that it stands on.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

fn tls(source: &mut Source<'_>) -> Option<TlsFiles> {
    let path = |text: &str| Ok(PathBuf::from(text));
    let certificate = source.optional("tls_cert", path);
    let key = source.optional("tls_key", path);
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        _ => {
            source.problem("TEAMFLOW_TLS_CERT and TEAMFLOW_TLS_KEY: one is set without the other");
            None
        }
    }
}

/// Reads addresses and networks with commas between them.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    list(text, |part| {
        let address = part.parse::<IpAddr>().map(IpNet::from);
        address
            .or_else(|_| part.parse::<IpNet>().map_err(drop))
            .map_err(|()| {
                format!("\"{part}\" is neither an address nor a network such as 10.0.0.0/8")
            })
    })
}

impl Listen {
    pub(super) fn read(source: &mut Source<'_>) -> Self {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        Self {
            address: source.value("listen", default, |text| {
                text.parse()
                    .map_err(|_| format!("\"{text}\" is not an address such as {default}"))
            }),
            public_url: source.optional("public_url", PublicUrl::parse),
            workspace_hosts: source.value("workspace_hosts", false, flag),
            trusted_proxies: source.value("trusted_proxies", Vec::new(), networks),
            cors_origins: source.value("cors_origins", Vec::new(), |text| {
                list(text, PublicUrl::parse)
            }),
            drain: Duration::from_secs(
                source.value("drain_seconds", 0, |text| whole(text, 0, 600)),
            ),
            tls: tls(source),
        }
    }

    /// Whether a proxy stands in front, for nothing else speaks TLS here, whose word does not count.
    pub fn has_unheard_proxy(&self) -> bool {
        self.public_url().is_secure() && self.tls.is_none() && self.trusted_proxies.is_empty()
    }

    /// The address in people's browsers: the one set, or the one listened on.
    pub fn public_url(&self) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| {
            let ip = match self.address.ip() {
                // "Every address" is nowhere to point a browser to.
                ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
                ip => ip,
            };
            PublicUrl {
                authority: SocketAddr::new(ip, self.address.port()).to_string(),
                secure: self.tls.is_some(),
            }
        })
    }
}

/// The scheme and host under which people reach the server, as browsers write an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    authority: String,
    secure: bool,
}

impl PublicUrl {
    /// Reads `https://tasks.example.org`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is not an address such as https://tasks.example.org");
        let uri: http::Uri = text.parse().map_err(|_| bad())?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad()),
        };
        let authority = uri.authority().ok_or_else(bad)?.as_str().to_lowercase();
        if authority.contains('@') {
            return Err(bad());
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(format!(
                "\"{text}\" has a path; TeamFlow needs a host of its own"
            ));
        }
        let default_port = if secure { ":443" } else { ":80" };
        let authority = authority
            .strip_suffix(default_port)
            .unwrap_or(&authority)
            .to_owned();
        Ok(Self { authority, secure })
    }

    /// Whether browsers reach the server over TLS.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// `tasks.example.org`, without a port.
    pub fn host(&self) -> &str {
        let authority = &self.authority;
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// `https://tasks.example.org`, without a slash at the end.
    pub fn origin(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }
}
