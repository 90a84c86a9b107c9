//! What the next page of a browser is told once: why something was refused that was no form of a page, and what was typed
//! into a form that was. It is in a cookie of one minute, sealed, so that nobody else can put words there.

use super::{Error, cookies};
use crate::app::App;
use crate::clock::later;
use anyhow::Context as _;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use shared::codes::Rejected;
use shared::values::Time;
use std::time::Duration;

const NAME: &str = "teamflow_flash";
const CONTEXT: &str = "flash";
const LIFETIME: Duration = Duration::from_mins(1);
/// What is longer is no address.
const EMAIL_BYTES_MAX: usize = 254;

/// What the next page is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Flash {
    /// Why something was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Rejected>,
    /// The address that was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    until: Time,
}

impl Flash {
    /// Why something was refused.
    pub fn problem(app: &App, problem: Rejected) -> Self {
        Self {
            problem: Some(problem),
            email: None,
            until: later(app.clock.now(), LIFETIME),
        }
    }

    /// The address that was typed into a form that comes back.
    pub fn email(app: &App, email: &str) -> Self {
        Self {
            problem: None,
            email: Some(email.to_owned()).filter(|email| email.len() <= EMAIL_BYTES_MAX),
            until: later(app.clock.now(), LIFETIME),
        }
    }

    /// What a request's browser was to be told.
    pub fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        let sealed = cookies::find(headers, &cookies::name(&app.public_url, NAME))?;
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = app.vault.unseal(CONTEXT, &sealed).ok()?;
        let flash: Self = serde_json::from_slice(&plain).ok()?;
        (flash.until > app.clock.now()).then_some(flash)
    }
}

/// The `Set-Cookie` header that hands it over.
pub fn cookie(app: &App, flash: &Flash) -> Result<String, Error> {
    let plain = serde_json::to_vec(flash).context("writing down what the next page is told")?;
    let sealed = app.vault.seal(&app.rng, CONTEXT, &plain)?;
    let sealed = BASE64_URL_SAFE_NO_PAD.encode(sealed);
    Ok(set_cookie(app, &sealed, LIFETIME.as_secs()))
}

/// The `Set-Cookie` header that takes it away once it was told.
pub fn removal_cookie(app: &App) -> String {
    set_cookie(app, "", 0)
}

/// `Lax`, because who comes back from a provider comes from another site.
fn set_cookie(app: &App, value: &str, seconds: u64) -> String {
    let secure = if app.public_url.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let name = cookies::name(&app.public_url, NAME);
    format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}")
}
