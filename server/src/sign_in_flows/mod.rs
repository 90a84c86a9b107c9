//! What a browser begins here, finishes elsewhere and comes back with: signing in through a provider, and what an
//! authenticator is asked.
//!
//! The server keeps what must fit, sealed and for a few minutes; the browser holds a secret that finds it. Each is good
//! once: of two who bring the same secret, one goes on.

mod store;

use crate::accounts::identity::hash;
use crate::app::App;
use crate::clock::later;
use crate::http::Error;
use crate::http::cookies::{self, SameSite};
use anyhow::Context as _;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long somebody may take at a provider.
pub const LIFETIME: Duration = Duration::from_mins(10);
/// How long an authenticator may take.
pub const PASSKEY_LIFETIME: Duration = Duration::from_mins(5);

/// Which of the things that can be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Signing in through a provider, or linking one.
    Provider,
    /// Signing in with a passkey.
    Passkey,
    /// Adding a passkey.
    NewPasskey,
}

impl Kind {
    const fn cookie(self) -> &'static str {
        match self {
            Kind::Provider => "teamflow_provider",
            Kind::Passkey => "teamflow_passkey",
            Kind::NewPasskey => "teamflow_new_passkey",
        }
    }

    const fn lifetime(self) -> Duration {
        match self {
            Kind::Provider => LIFETIME,
            Kind::Passkey | Kind::NewPasskey => PASSKEY_LIFETIME,
        }
    }

    fn context(self, hash: &[u8]) -> String {
        format!(
            "sign_in_flows:{}:{}",
            self.cookie(),
            BASE64_URL_SAFE_NO_PAD.encode(hash)
        )
    }
}

/// Something begun that this browser came back with.
pub(crate) struct Found<T> {
    /// What must fit.
    pub(crate) flow: T,
    hash: [u8; 32],
}

/// Begins something: the `Set-Cookie` header for the browser.
pub(crate) async fn begin(app: &App, kind: Kind, flow: &impl Serialize) -> Result<String, Error> {
    let now = app.clock.now();
    let secret = app.rng.secret();
    let hash = hash(&secret);
    let plain = serde_json::to_vec(flow).context("writing down what was begun")?;
    let sealed = app.vault.seal(&app.rng, &kind.context(&hash), &plain)?;
    let mut tx = app.db.write().await?;
    store::delete_before(tx.conn(), now).await?;
    store::insert(tx.conn(), &hash, &sealed, later(now, kind.lifetime())).await?;
    tx.commit().await?;
    // Who comes back comes from another site.
    let (same_site, age) = (SameSite::Lax, Some(kind.lifetime().as_secs()));
    Ok(cookies::set(
        &app.public_url,
        kind.cookie(),
        &secret,
        same_site,
        age,
    ))
}

/// What this browser has begun, if it was lately.
pub(crate) async fn find<T: DeserializeOwned>(
    app: &App,
    kind: Kind,
    headers: &HeaderMap,
) -> Result<Option<Found<T>>, Error> {
    let Some(secret) = cookies::find(headers, &app.public_url, kind.cookie()) else {
        return Ok(None);
    };
    let (hash, now) = (hash(secret), app.clock.now());
    let Some(sealed) = store::find(app.db.read().await?.conn(), &hash, now).await? else {
        return Ok(None);
    };
    // A secret of another kind of flow opens nothing here.
    let Ok(plain) = app.vault.unseal(&kind.context(&hash), &sealed) else {
        return Ok(None);
    };
    let flow = serde_json::from_slice(&plain).context("reading what was begun")?;
    Ok(Some(Found { flow, hash }))
}

/// Ends something begun, before it takes effect; answers whether nobody was faster.
pub(crate) async fn end<T>(app: &App, found: &Found<T>) -> Result<bool, Error> {
    let mut tx = app.db.write().await?;
    let ended = store::delete(tx.conn(), &found.hash).await?;
    tx.commit().await?;
    Ok(ended)
}

/// The `Set-Cookie` header that takes the browser's secret away.
pub(crate) fn removal_cookie(app: &App, kind: Kind) -> String {
    cookies::removal(&app.public_url, kind.cookie())
}
