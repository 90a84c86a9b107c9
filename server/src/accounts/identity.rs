//! Who a request comes from: the holder of a session's access token, or of a personal access token.
//!
//! A session's token is judged by its signature, without asking the database. Personal tokens are looked up; a short-lived
//! cache spares the database on nearly every request. Neither is believed that stands in the list of what was ended: at once
//! where it was, within a second on the other nodes.

use crate::app::App;
use crate::audit_entries::Origin;
use crate::clock::millis;
use crate::http::{Error, cookies};
use crate::sessions;
use crate::sync::bus::Message;
use crate::tokens;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use moka::future::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shared::codes::Code;
use shared::ids::{SessionId, TokenId, UserId};
use shared::limits::Limits;
use shared::values::{Email, Name, Time};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

const CACHE_LIFETIME: Duration = Duration::from_secs(30);
const CACHE_ENTRIES_MAX: u64 = 10_000;
/// How old a "last used" may get before it is written again.
const USED_INTERVAL: Duration = Duration::from_mins(1);

/// Whoever sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub user_id: UserId,
    /// What others see.
    pub name: Name,
    /// What they sign in with.
    pub email: Email,
    /// How they showed who they are.
    pub via: Via,
    /// What a program is held to; nothing where a person is at work.
    pub limits: Limits,
}

/// Whose access tokens come as Bearer tokens.
const BEARERS: [sessions::Kind; 2] = [sessions::Kind::Api, sessions::Kind::Grant];

/// What a request showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// An access token of a session.
    Session(SessionId),
    /// A personal access token.
    Token(TokenId),
}

impl Via {
    /// The session's id, or the token's: an id is given once.
    pub fn id(self) -> Uuid {
        match self {
            Via::Session(id) => id.uuid(),
            Via::Token(id) => id.uuid(),
        }
    }
}

impl SignedIn {
    /// Whether the session or token still stands: for connections that outlive the request that opened them. While the
    /// database does not answer, it does.
    pub async fn is_still_good(&self, app: &App) -> bool {
        match expiry(app, self.via).await {
            Ok(found) => found.is_some_and(|expires_at| !is_over(expires_at, app.clock.now())),
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "checking whether a sign-in stands"
                );
                true
            }
        }
    }
}

async fn expiry(app: &App, via: Via) -> anyhow::Result<Option<Option<Time>>> {
    let mut read = app.db.read().await?;
    match via {
        Via::Session(id) => {
            let found = sessions::store::find_expiry(read.conn(), id).await?;
            Ok(found.map(Some))
        }
        Via::Token(id) => Ok(tokens::store::find_expiry(read.conn(), id).await?),
    }
}

fn is_over(expires_at: Option<Time>, now: Time) -> bool {
    expires_at.is_some_and(|at| at <= now)
}

/// What the database has on a secret.
#[derive(Clone, Debug)]
pub struct Known {
    /// Whose it is.
    pub signed_in: SignedIn,
    /// From when on it is worth nothing.
    pub expires_at: Option<Time>,
    /// The program that it was given to, if it was a grant.
    pub client: Option<String>,
}

/// Secrets are stored and looked up by this alone.
pub type SecretHash = [u8; 32];

/// A secret of 32 random bytes needs no salt and no slow hash.
pub fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret).into()
}

/// What was lately looked up.
pub struct Identities {
    entries: Cache<SecretHash, Arc<Entry>>,
    /// When this node last noted that a token was used.
    used: Cache<TokenId, Arc<AtomicI64>>,
}

struct Entry {
    signed_in: SignedIn,
    expires_at: Option<Time>,
}

impl Identities {
    /// Nothing yet.
    pub fn new() -> Self {
        let entries = Cache::builder()
            .max_capacity(CACHE_ENTRIES_MAX)
            .time_to_live(CACHE_LIFETIME)
            .build();
        Self {
            entries,
            used: Cache::new(CACHE_ENTRIES_MAX),
        }
    }

    async fn get_or_load(
        &self,
        hash: SecretHash,
        load: impl Future<Output = Result<Option<Known>, Error>>,
    ) -> Result<Option<Arc<Entry>>, Error> {
        if let Some(entry) = self.entries.get(&hash).await {
            return Ok(Some(entry));
        }
        let Some(Known {
            signed_in,
            expires_at,
            ..
        }) = load.await?
        else {
            return Ok(None);
        };
        let entry = Arc::new(Entry {
            signed_in,
            expires_at,
        });
        self.entries.insert(hash, Arc::clone(&entry)).await;
        Ok(Some(entry))
    }
}

/// Ends what stands on a sign-in: requests are no longer answered, and open connections are closed, on all nodes. Call it
/// after the database has ended it, and has [noted](sessions::revoked::note) that.
pub fn end(app: &App, via: Via) {
    end_here(app, via);
    app.sync.bus().tell(Message::Ended { via });
}

/// Ends what stands on a sign-in on this node.
pub fn end_here(app: &App, via: Via) {
    app.revoked.add(via.id(), app.clock.now());
    app.kicks.kick(via);
}

impl Default for Identities {
    fn default() -> Self {
        Self::new()
    }
}

/// Whoever sent these headers; nobody where there is no cookie or an old one. A Bearer token that is worth nothing is
/// refused rather than overlooked: a program that sends one means it.
pub async fn of_request(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    let who = of_headers(app, headers).await?;
    if let Some(who) = &who {
        Origin::current().is(who);
    }
    Ok(who)
}

/// The person who asks, and nobody where a program does that may less than its person. At a public door nothing else holds
/// such a program to what it may.
pub async fn person_of_request(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    let who = of_request(app, headers).await?;
    Ok(who.filter(|who| who.limits.is_none()))
}

async fn of_headers(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    let mut said = headers.get_all(AUTHORIZATION).iter();
    if let Some(header) = said.next() {
        let secret = header
            .to_str()
            .ok()
            // Of two, a proxy might have looked at the other.
            .filter(|_| said.next().is_none())
            .and_then(bearer)
            .ok_or(Code::Unauthenticated)?;
        let kind = if secret.starts_with(tokens::PREFIX) {
            Kind::Token
        } else {
            Kind::Bearer
        };
        return of_secret(app, secret, kind)
            .await?
            .map(Some)
            .ok_or_else(|| Code::Unauthenticated.into());
    }
    match cookies::find(headers, &app.public_url, sessions::ACCESS_COOKIE) {
        Some(secret) => of_secret(app, secret, Kind::Cookie).await,
        None => Ok(None),
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// What a secret must be. A Bearer token must not pass as a cookie, nor the other way round: only a cookie is subject to
/// the origin check.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cookie,
    Bearer,
    Token,
}

async fn of_secret(app: &App, secret: &str, kind: Kind) -> Result<Option<SignedIn>, Error> {
    let mut hasher = Sha256::new();
    // One text must not be found as what it is not.
    hasher.update(match kind {
        Kind::Cookie => "cookie",
        Kind::Bearer => "bearer",
        Kind::Token => "",
    });
    hasher.update(secret);
    let hash: SecretHash = hasher.finalize().into();
    let entry = app
        .identities
        .get_or_load(hash, load(app, secret, &hash, kind))
        .await?;
    let Some(entry) = entry else {
        return Ok(None);
    };
    let now = app.clock.now();
    if is_over(entry.expires_at, now) {
        return Ok(None);
    }
    // Also of what is remembered here, and of what was looked up while it ended.
    if app.revoked.contains(entry.signed_in.via) {
        return Ok(None);
    }
    Ok(Some(entry.signed_in.clone()))
}

/// Notes, beside the request and at most once a minute, that a token was used and from where. When a session was used was
/// noted when it was exchanged.
pub async fn note_use(app: &App, who: &SignedIn, from: IpAddr) {
    let Via::Token(id) = who.via else { return };
    let now = app.clock.now();
    let used = app.identities.used.entry(id);
    let used = used
        .or_insert_with(async { Arc::new(AtomicI64::new(i64::MIN)) })
        .await
        .into_value();
    let last = used.load(Ordering::Relaxed);
    if now.0.saturating_sub(last) < millis(USED_INTERVAL) {
        return;
    }
    // Of the requests at this moment, one writes it.
    let first = used.compare_exchange(last, now.0, Ordering::Relaxed, Ordering::Relaxed);
    if first.is_ok() {
        app.tasks.spawn(write_used(app.clone(), id, now, from));
    }
}

async fn load(
    app: &App,
    secret: &str,
    hash: &SecretHash,
    kind: Kind,
) -> Result<Option<Known>, Error> {
    match kind {
        Kind::Cookie => sessions::access::verify(app, secret, &[sessions::Kind::Browser]).await,
        Kind::Bearer => sessions::access::verify(app, secret, &BEARERS).await,
        Kind::Token => {
            let mut read = app.db.read().await?;
            Ok(tokens::store::find_by_hash(read.conn(), hash).await?)
        }
    }
}

async fn write_used(app: App, id: TokenId, now: Time, from: IpAddr) {
    let before = Time(now.0 - millis(USED_INTERVAL));
    let from = from.to_canonical().to_string();
    let from = app.vault.seal_text(&app.rng, &tokens::context(id), &from);
    let write = async {
        let mut tx = app.db.write().await?;
        tokens::store::update_used(tx.conn(), id, now, from.as_deref(), before).await?;
        tx.commit().await
    };
    if let Err(error) = write.await {
        tracing::warn!(%error, "writing when a token was last used");
    }
}
