//! Somebody whose password was right and who still owes the code: what their browser holds until then, sealed, for a few
//! minutes.

use crate::app::App;
use crate::clock::later;
use crate::http::{Error, cookies};
use anyhow::Context as _;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use shared::values::{Email, Time};
use std::time::Duration;

const NAME: &str = "teamflow_half_way";
const CONTEXT: &str = "half_way";
const LIFETIME: Duration = Duration::from_mins(5);

/// Who has shown their password.
#[derive(Serialize, Deserialize)]
pub(crate) struct HalfWay {
    /// The account.
    pub(crate) email: Email,
    /// Whether the session is to outlast the window.
    pub(crate) remember: bool,
    until: Time,
}

impl HalfWay {
    /// Somebody who has just shown it.
    pub(crate) fn new(app: &App, email: Email, remember: bool) -> Self {
        let until = later(app.clock.now(), LIFETIME);
        Self {
            email,
            remember,
            until,
        }
    }

    /// The `Set-Cookie` header that holds it.
    pub(crate) fn cookie(&self, app: &App) -> Result<String, Error> {
        let plain = serde_json::to_vec(self).context("writing down who is half way in")?;
        let sealed = app.vault.seal(&app.rng, CONTEXT, &plain)?;
        Ok(set_cookie(
            app,
            &BASE64_URL_SAFE_NO_PAD.encode(sealed),
            LIFETIME.as_secs(),
        ))
    }

    /// Whoever sent these headers, if they are half way in.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        let sealed = cookies::find(headers, &cookies::name(&app.public_url, NAME))?;
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = app.vault.unseal(CONTEXT, &sealed).ok()?;
        let found: Self = serde_json::from_slice(&plain).ok()?;
        (found.until > app.clock.now()).then_some(found)
    }
}

/// The `Set-Cookie` header that takes it away.
pub(crate) fn removal_cookie(app: &App) -> String {
    set_cookie(app, "", 0)
}

fn set_cookie(app: &App, value: &str, seconds: u64) -> String {
    let secure = if app.public_url.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let name = cookies::name(&app.public_url, NAME);
    format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}")
}
