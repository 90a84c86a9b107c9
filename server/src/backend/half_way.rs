//! Somebody whose password was right and who still owes the code: what their browser holds until then, sealed, for a few
//! minutes.

use crate::app::App;
use crate::http::Error;
use crate::http::cookies::{self, SameSite};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use shared::values::Email;
use std::time::Duration;

const NAME: &str = "teamflow_half_way";
const LIFETIME: Duration = Duration::from_mins(5);

/// Who has shown their password.
#[derive(Serialize, Deserialize)]
pub(crate) struct HalfWay {
    /// The account.
    pub(crate) email: Email,
    /// Whether the session is to outlast the window.
    pub(crate) remember: bool,
}

impl HalfWay {
    /// The `Set-Cookie` header that holds it.
    pub(crate) fn cookie(&self, app: &App) -> Result<String, Error> {
        cookies::seal(app, NAME, self, SameSite::Strict, LIFETIME)
    }

    /// Whoever sent these headers, if they are half way in.
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Option<Self> {
        cookies::unseal(app, headers, NAME)
    }
}

/// The `Set-Cookie` header that takes it away.
pub(crate) fn removal_cookie(app: &App) -> String {
    cookies::removal(&app.public_url, NAME)
}
