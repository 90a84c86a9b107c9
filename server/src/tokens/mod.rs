//! Personal access tokens: what programs send as `Authorization: Bearer tf_...`. Shown once; the database holds a hash.

pub mod store;

use crate::accounts::identity::{self, Via, hash};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::http::Error;
use crate::rng::Rng;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{TokenId, UserId};
use shared::values::{Name, Time};
use std::fmt;

/// A person's tokens are listed whole, so there cannot be many.
pub const TOKENS_MAX: u64 = 100;

/// What every token begins with.
pub const PREFIX: &str = "tf_";

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// The token's id.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is for.
    pub name: Name,
    /// When it was made.
    pub created_at: Time,
    /// From when on it is worth nothing.
    pub expires_at: Option<Time>,
    /// When it was last used, give or take some minutes.
    pub last_used_at: Option<Time>,
}

/// The text that a program sends.
pub struct TokenSecret(String);

impl TokenSecret {
    /// The prefix lets scanners for leaked secrets recognise one.
    fn new(rng: &Rng) -> Self {
        Self(format!(
            "{PREFIX}{}",
            BASE64_URL_SAFE_NO_PAD.encode(rng.bytes::<32>())
        ))
    }

    /// The text, to be shown once.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(..)")
    }
}

/// Makes a token for a person. The secret cannot be had again.
pub async fn create(
    app: &App,
    user_id: UserId,
    name: Name,
    expires_at: Option<Time>,
) -> Result<(ApiToken, TokenSecret), Error> {
    let now = app.clock.now();
    let secret = TokenSecret::new(&app.rng);
    let token = ApiToken {
        id: TokenId::new(now.0, app.rng.bytes()),
        user_id,
        name,
        created_at: now,
        expires_at,
        last_used_at: None,
    };
    let mut tx = app.db.write().await?;
    if store::count(tx.conn(), user_id).await? >= TOKENS_MAX {
        return Err(Rejected::new(
            Code::NotAllowed,
            format!("You have {TOKENS_MAX} access tokens. Delete one that is not used any more."),
        )
        .into());
    }
    store::insert(tx.conn(), &token, &hash(secret.as_str())).await?;
    let note = Note::of_server(Act::TokenCreated).by(user_id);
    audit_entries::note(app, &mut tx, note.about(token.id)).await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// A person's tokens, the newest first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<ApiToken>, Error> {
    Ok(store::list(app.db.read().await?.conn(), user).await?)
}

/// Deletes a person's token and ends the connections that stand on it, at once. Somebody else's is not found.
pub async fn delete(app: &App, user: UserId, id: TokenId) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    let hash = store::delete(tx.conn(), user, id)
        .await?
        .ok_or(Code::NotFound)?;
    let note = Note::of_server(Act::TokenDeleted).by(user);
    audit_entries::note(app, &mut tx, note.about(id)).await?;
    tx.commit().await?;
    identity::end(app, Via::Token(id), Some(hash)).await;
    Ok(())
}
