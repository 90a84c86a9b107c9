//! What the next page of a browser is told once: why something was refused that was no form of a page, and what was typed
//! into a form that was. It is in a cookie of one minute, sealed, so that nobody else can put words there.

use super::{Error, cookies};
use crate::app::App;
use crate::http::cookies::SameSite;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use shared::codes::Rejected;
use std::time::Duration;

const NAME: &str = "teamflow_flash";
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
}

impl Flash {
    /// Why something was refused.
    pub const fn problem(problem: Rejected) -> Self {
        Self {
            problem: Some(problem),
            email: None,
        }
    }

    /// The address that was typed into a form that comes back.
    pub fn email(email: &str) -> Self {
        Self {
            problem: None,
            email: Some(email.to_owned()).filter(|email| email.len() <= EMAIL_BYTES_MAX),
        }
    }

    /// What a request's browser was to be told.
    pub fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        cookies::unseal(app, headers, NAME)
    }
}

/// The `Set-Cookie` header that hands it over. `Lax`, because who comes back from a provider comes from another site.
pub fn cookie(app: &App, flash: &Flash) -> Result<String, Error> {
    cookies::seal(app, NAME, flash, SameSite::Lax, LIFETIME)
}

/// The `Set-Cookie` header that takes it away once it was told.
pub fn removal_cookie(app: &App) -> String {
    cookies::removal(&app.public_url, NAME)
}
