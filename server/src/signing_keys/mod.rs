//! What access tokens are signed with: Ed25519 keys, a new one every [`ROTATE_AFTER`], published as a JWKS.
//!
//! All nodes share the keys through the database. Whoever cannot open the newest one's seed (another vault) makes one of
//! its own: the others verify by its public half.

mod ed25519;
mod store;

use crate::app::App;
use crate::clock::{later, millis};
use crate::db::Db;
use crate::rng::Rng;
use crate::sessions::access::ACCESS_LIFETIME;
use crate::vault::Vault;
use anyhow::{Context as _, anyhow};
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use shared::values::Time;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long a key signs.
pub const ROTATE_AFTER: Duration = Duration::from_hours(30 * 24);
/// How long a key is published that signs no more: its tokens are over, and caches have let go of it.
const KEEP_AFTER: Duration = Duration::from_hours(24);
/// How often an unknown key's name makes us look for new ones.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What stands before the seed of an Ed25519 key in PKCS #8 (RFC 8410).
const PKCS8_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A key as it is stored.
pub(crate) struct StoredKey {
    pub(crate) id: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) sealed_seed: Vec<u8>,
    pub(crate) created_at: Time,
}

/// The keys as of the last look.
pub struct SigningKeys {
    set: RwLock<Arc<Set>>,
    looked_at: AtomicI64,
}

/// What signs, and what verifies.
pub struct Set {
    /// The name of the key that signs.
    pub id: String,
    /// The key that signs.
    pub signing: EncodingKey,
    since: Time,
    verifying: HashMap<String, DecodingKey>,
    jwks: Bytes,
}

impl Set {
    /// The key of that name.
    pub fn verifying(&self, id: &str) -> Option<&DecodingKey> {
        self.verifying.get(id)
    }
}

impl SigningKeys {
    /// Reads the keys, and makes one where none can sign.
    pub async fn open(db: &Db, vault: &Vault, rng: &Rng, now: Time) -> anyhow::Result<Self> {
        ed25519::install();
        let set = match read(db, vault).await? {
            Some(set) => set,
            None => make(db, vault, rng, now).await?,
        };
        Ok(Self {
            set: RwLock::new(Arc::new(set)),
            looked_at: AtomicI64::new(now.0),
        })
    }

    /// The keys.
    pub fn now(&self) -> Arc<Set> {
        // The set is replaced as a whole: a poisoned one is still whole.
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, set: Set) {
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
    }
}

async fn read(db: &Db, vault: &Vault) -> anyhow::Result<Option<Set>> {
    let stored = store::list(db.read().await?.conn()).await?;
    let usable = stored.iter().find_map(|key| {
        let seed = vault.unseal(&context(&key.id), &key.sealed_seed).ok()?;
        Some((key, seed))
    });
    let Some((current, seed)) = usable else {
        return Ok(None);
    };
    let der: Vec<u8> = PKCS8_HEAD.iter().chain(&seed).copied().collect();
    let jwks: Vec<Value> = stored.iter().map(jwk).collect();
    Ok(Some(Set {
        id: current.id.clone(),
        signing: EncodingKey::from_ed_der(&der),
        since: current.created_at,
        verifying: stored
            .iter()
            // The verifier takes the first 32 bytes without asking.
            .filter(|key| key.public_key.len() == 32)
            .map(|key| (key.id.clone(), DecodingKey::from_ed_der(&key.public_key)))
            .collect(),
        jwks: Bytes::from(json!({ "keys": jwks }).to_string()),
    }))
}

async fn make(db: &Db, vault: &Vault, rng: &Rng, now: Time) -> anyhow::Result<Set> {
    let seed: [u8; 32] = rng.bytes();
    let id = BASE64_URL_SAFE_NO_PAD.encode(rng.bytes::<9>());
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
        .map_err(|error| anyhow!("making a signing key: {error}"))?;
    let key = StoredKey {
        public_key: pair.public_key().as_ref().to_vec(),
        sealed_seed: vault.seal(rng, &context(&id), &seed)?,
        created_at: now,
        id,
    };
    let mut tx = db.write().await?;
    store::insert(tx.conn(), &key).await?;
    // A key is replaced when a newer one signs; then its tokens run out.
    let replaced_before = Time(now.0 - millis(ROTATE_AFTER) - millis(KEEP_AFTER));
    store::delete_before(tx.conn(), replaced_before).await?;
    tx.commit().await?;
    read(db, vault)
        .await?
        .context("reading the signing key just made")
}

fn context(id: &str) -> String {
    format!("signing_keys:{id}")
}

fn jwk(key: &StoredKey) -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": key.id,
        "x": BASE64_URL_SAFE_NO_PAD.encode(&key.public_key),
    })
}

/// Makes a new key; the old ones verify as long as their tokens live.
pub async fn rotate(app: &App) -> anyhow::Result<()> {
    // The newest signs, so it must be newer.
    let now = app
        .clock
        .now()
        .max(Time(app.signing_keys.now().since.0 + 1));
    let set = make(&app.db, &app.vault, &app.rng, now).await?;
    tracing::info!(key = set.id, "access tokens are signed with a new key");
    app.signing_keys.take(set);
    Ok(())
}

/// Takes over other nodes' keys, and makes a new one when it is time.
pub async fn tend(app: &App) -> anyhow::Result<()> {
    if let Some(set) = read(&app.db, &app.vault).await? {
        app.signing_keys.take(set);
    }
    let since = app.signing_keys.now().since;
    if later(since, ROTATE_AFTER) <= app.clock.now() {
        rotate(app).await?;
    }
    Ok(())
}

/// Looks for a key that another node has just made; often asked, it looks once a second.
pub async fn look_for(app: &App, id: &str) -> anyhow::Result<Arc<Set>> {
    let keys = &app.signing_keys;
    let (now, looked_at) = (app.clock.now().0, keys.looked_at.load(Ordering::Relaxed));
    let is_first = now - looked_at >= millis(LOOK_EVERY)
        && keys
            .looked_at
            .compare_exchange(looked_at, now, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok();
    if is_first
        && keys.now().verifying(id).is_none()
        && let Some(set) = read(&app.db, &app.vault).await?
    {
        keys.take(set);
    }
    Ok(keys.now())
}

/// The public halves, for whoever verifies our tokens.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/.well-known/jwks.json", get(jwks))
}

async fn jwks(State(app): State<App>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        // A key is published before the first token that it signs can be over.
        (
            CACHE_CONTROL,
            format!("public, max-age={}", ACCESS_LIFETIME.as_secs() / 3),
        ),
    ];
    (headers, app.signing_keys.now().jwks.clone())
}
