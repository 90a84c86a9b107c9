//! Sessions: signed-in browsers. The browser holds a random secret in a cookie that scripts cannot read; the database
//! holds its hash, so a copy of the database signs nobody in.

pub mod store;

use crate::accounts::identity::{self, SecretHash, Via, hash};
use crate::app::App;
use crate::clock::later;
use crate::config::PublicUrl;
use crate::http::Error;
use crate::rng::Rng;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use shared::ids::{SessionId, UserId};
use shared::values::Time;
use std::fmt;

const USER_AGENT_CHARS_MAX: usize = 200;

/// The secret in a browser's cookie.
#[derive(Clone)]
pub struct SessionToken(String);

impl SessionToken {
    fn new(rng: &Rng) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(rng.bytes::<32>()))
    }

    /// The text, for the cookie alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// A session about to be stored.
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    pub(crate) token: SessionToken,
    pub(crate) token_hash: SecretHash,
    pub(crate) user_id: UserId,
    pub(crate) created_at: Time,
    pub(crate) expires_at: Time,
    pub(crate) user_agent: Option<String>,
}

impl NewSession {
    /// A session of this user that begins now.
    pub(crate) fn of(app: &App, user_id: UserId, user_agent: Option<String>) -> Self {
        let now = app.clock.now();
        let token = SessionToken::new(&app.rng);
        Self {
            id: SessionId::new(now.0, app.rng.bytes()),
            token_hash: hash(token.as_str()),
            token,
            user_id,
            created_at: now,
            expires_at: later(now, app.config.auth.session_lifetime),
            user_agent: user_agent.map(|text| text.chars().take(USER_AGENT_CHARS_MAX).collect()),
        }
    }
}

/// Ends a session and the connections that stand on it, at once.
pub async fn sign_out(app: &App, id: SessionId) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    let hash = store::delete(tx.conn(), id).await?;
    tx.commit().await?;
    if let Some(hash) = hash {
        identity::end(app, Via::Session(id), hash).await;
    }
    Ok(())
}

/// The cookie's name. Over TLS, browsers take the `__Host-` prefix as a promise: from this host alone, for all of it.
pub const fn cookie_name(public_url: &PublicUrl) -> &'static str {
    if public_url.is_secure() {
        "__Host-teamflow_session"
    } else {
        "teamflow_session"
    }
}

/// The `Set-Cookie` header that signs a browser in.
pub fn cookie(app: &App, token: &SessionToken) -> String {
    set_cookie(
        &app.public_url,
        token.as_str(),
        app.config.auth.session_lifetime.as_secs(),
    )
}

/// The `Set-Cookie` header that takes the cookie away.
pub fn removal_cookie(app: &App) -> String {
    set_cookie(&app.public_url, "", 0)
}

fn set_cookie(public_url: &PublicUrl, value: &str, max_age_seconds: u64) -> String {
    let name = cookie_name(public_url);
    let secure = if public_url.is_secure() {
        "; Secure"
    } else {
        ""
    };
    format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age_seconds}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let cookie = |url| set_cookie(&PublicUrl::parse(url).unwrap(), "secret", 60);
        assert_eq!(
            cookie("http://127.0.0.1:8080"),
            "teamflow_session=secret; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"
        );
        assert_eq!(
            cookie("https://tasks.example.org"),
            "__Host-teamflow_session=secret; HttpOnly; SameSite=Lax; Path=/; Max-Age=60; Secure"
        );
    }

    #[test]
    fn a_token_is_long_and_is_not_printed() {
        let token = SessionToken::new(&Rng::seeded(1));
        assert_eq!(token.as_str().len(), 43);
        assert_eq!(format!("{token:?}"), "SessionToken(..)");
    }
}
