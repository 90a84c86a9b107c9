//! Who else may vouch for people: providers of OpenID Connect.

use super::source::Source;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

const PREFIX: &str = "oidc_";
const ISSUER: &str = "_issuer";
const NAME: &str = "_name";
const CLIENT_ID: &str = "_client_id";
const CLIENT_SECRET: &str = "_client_secret";
const NAME_CHARS_MAX: usize = 40;

const GOOGLE: &str = "google";
const GOOGLE_ISSUER: &str = "https://accounts.google.com";

/// One that people can sign in through.
///
/// `TEAMFLOW_GOOGLE_CLIENT_ID` and `TEAMFLOW_GOOGLE_CLIENT_SECRET`: what Google gave you for this server.
///
/// Any other gets a word of your own, such as `KEYCLOAK`, and `TEAMFLOW_OIDC_KEYCLOAK_ISSUER` (its address, as it stands in
/// its `issuer`), `TEAMFLOW_OIDC_KEYCLOAK_CLIENT_ID`, `TEAMFLOW_OIDC_KEYCLOAK_CLIENT_SECRET` (unless the client is public),
/// and `TEAMFLOW_OIDC_KEYCLOAK_NAME`, which is what people read on the button. Several are possible.
///
/// Tell each provider the address to come back to: `https://YOUR-SERVER/auth/providers/keycloak/callback`.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// The word in the settings, in lower case, which is also part of addresses.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Who it says it is.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// What this server shows it; nothing where the client is public.
    pub client_secret: Option<String>,
}

pub(super) fn read(source: &mut Source<'_>) -> Vec<Provider> {
    let google = google(source);
    let ids: BTreeSet<String> = source
        .keys(PREFIX)
        .iter()
        .filter_map(|key| id_of(key))
        .collect();
    let others = ids.into_iter().filter_map(|id| {
        if google.is_some() && id == GOOGLE {
            source.problem(
                "TEAMFLOW_OIDC_GOOGLE_ISSUER: Google is set up by TEAMFLOW_GOOGLE_CLIENT_ID already; \
                 choose another word than GOOGLE",
            );
        }
        one(source, &id)
    });
    let others: Vec<Provider> = others.collect();
    google.into_iter().chain(others).collect()
}

fn google(source: &mut Source<'_>) -> Option<Provider> {
    let client_id = source.optional("google_client_id", text);
    let client_secret = source.optional("google_client_secret", text);
    match (client_id, client_secret) {
        (Some(client_id), Some(client_secret)) => Some(Provider {
            id: GOOGLE.to_owned(),
            name: "Google".to_owned(),
            issuer: GOOGLE_ISSUER.to_owned(),
            client_id,
            client_secret: Some(client_secret),
        }),
        (None, None) => None,
        (id, _) => {
            let missing = if id.is_some() { "SECRET" } else { "ID" };
            source.problem(&format!(
                "TEAMFLOW_GOOGLE_CLIENT_{missing}: it is missing; signing in with Google needs both"
            ));
            None
        }
    }
}

/// The word in a key such as `oidc_keycloak_client_id`.
fn id_of(key: &str) -> Option<String> {
    let rest = key.strip_prefix(PREFIX)?;
    let suffixes = [ISSUER, NAME, CLIENT_ID, CLIENT_SECRET];
    let id = suffixes
        .iter()
        .find_map(|suffix| rest.strip_suffix(suffix))?;
    let is_word = id
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    (is_word && !id.is_empty() && id.len() <= NAME_CHARS_MAX).then(|| id.to_owned())
}

fn one(source: &mut Source<'_>, id: &str) -> Option<Provider> {
    let key = |suffix: &str| format!("{PREFIX}{id}{suffix}");
    // A value that is wrong was reported; only what is not there is missing.
    let has_issuer = source.has(&key(ISSUER));
    let has_client = source.has(&key(CLIENT_ID));
    let issuer = source.optional(key(ISSUER), issuer);
    let name = source.optional(key(NAME), name);
    let client_id = source.optional(key(CLIENT_ID), text);
    let client_secret = source.optional(key(CLIENT_SECRET), text);
    for (suffix, is_there) in [(ISSUER, has_issuer), (CLIENT_ID, has_client)] {
        if !is_there {
            let variable = format!("TEAMFLOW_{}", key(suffix).to_uppercase());
            source.problem(&format!(
                "{variable}: it is missing; the provider {id} needs it"
            ));
        }
    }
    Some(Provider {
        name: name.unwrap_or_else(|| capitalised(id)),
        id: id.to_owned(),
        issuer: issuer?,
        client_id: client_id?,
        client_secret,
    })
}

fn capitalised(id: &str) -> String {
    let words = id.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

// It may be a secret, so it is not repeated.
fn text(text: &str) -> Result<String, String> {
    let good = !text.trim().is_empty() && text.len() <= 1_000 && !text.contains(char::is_control);
    good.then(|| text.trim().to_owned())
        .ok_or_else(|| "it is empty, too long, or has control characters in it".to_owned())
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let good = !name.is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.contains(char::is_control);
    good.then(|| name.to_owned())
        .ok_or_else(|| format!("\"{text}\" is not a name of 1 to {NAME_CHARS_MAX} characters"))
}

/// Over TLS, unless it is on this machine.
fn issuer(text: &str) -> Result<String, String> {
    let bad = || format!("\"{text}\" is not an address such as https://id.example.org");
    let uri: http::Uri = text.parse().map_err(|_| bad())?;
    let authority = uri.authority().ok_or_else(bad)?;
    if authority.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
        return Err(bad());
    }
    match uri.scheme_str() {
        Some("https") => Ok(text.to_owned()),
        Some("http") if is_here(authority.host()) => Ok(text.to_owned()),
        Some("http") => Err(format!(
            "\"{text}\" is not protected by TLS; it must begin with https://"
        )),
        _ => Err(bad()),
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Provider {
    /// The host of its address.
    pub fn host(&self) -> Option<String> {
        let uri: http::Uri = self.issuer.parse().ok()?;
        uri.host().map(str::to_owned)
    }

    /// Whether it is on this machine.
    pub fn is_here(&self) -> bool {
        self.host().is_some_and(|host| is_here(&host))
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
