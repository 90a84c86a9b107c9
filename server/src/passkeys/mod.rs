//! Passkeys (W3C Web Authentication): keys that somebody's phone, computer or key ring keeps, and uses only for this host
//! and only once it has seen who it is. So one is as good as a password and a second step together; as a second step that a
//! workspace asks for it counts where there is no password beside it ([`second_steps::has_second_step`]).
//!
//! Both ways go in two halves. The server asks for something that it made up just now ([`begin_add`], [`begin_sign_in`])
//! and keeps it for five minutes, for this browser alone ([`crate::sign_in_flows`]); the browser brings what the
//! authenticator says to it ([`add`], [`sign_in`]), and each is asked once. What fits is decided in `ceremonies`.
//!
//! **Invariant:** the server never asks by whose address; the passkey itself says whose it is, and a signature shows it.

mod ceremonies;
mod keys;
pub(crate) mod store;

use self::ceremonies::{Made, Shown, Site};
use crate::accounts::{self, User};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::config::PublicUrl;
use crate::db::{self, Lock};
use crate::http::Error;
use crate::mails::{self, Mail};
use crate::second_steps;
use crate::sessions::{Entrance, Means, SessionToken};
use crate::sign_in_flows::{self, Kind, PASSKEY_LIFETIME};
use ::app::routes::href;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{PasskeyId, UserId};
use shared::values::{Name, Time};
use std::net::IpAddr;

/// How many passkeys somebody may have.
pub const PASSKEYS_MAX: usize = 20;

/// Why something does not fit: for the log, not for whoever brings it.
type Unfit = &'static str;

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// What they call it.
    pub name: Name,
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// What its signatures are verified with (COSE).
    pub public_key: Vec<u8>,
    /// How often the authenticator has signed, as far as it counts.
    pub sign_count: u32,
    /// Since when it is there.
    pub created_at: Time,
    /// When somebody last came in by it.
    pub last_used_at: Option<Time>,
}

/// What must fit when a browser comes back.
#[derive(Serialize, Deserialize)]
struct Flow {
    challenge: String,
    /// Who adds a passkey, and what it is to be called.
    new: Option<(UserId, Name)>,
}

/// Why a server at this address can have no passkeys; nothing where it can. Browsers know them for names alone, and only
/// where nobody on the way can change the page.
pub fn obstacle(url: &PublicUrl) -> Option<&'static str> {
    let host = url.host();
    let is_local = host == "localhost" || host.ends_with(".localhost");
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        Some(
            "Passkeys need a host name, and this server's address is a number. Its administrator can set \
             TEAMFLOW_PUBLIC_URL to a name, such as https://tasks.example.org, or http://localhost:8080 to try it out.",
        )
    } else if !url.is_secure() && !is_local {
        Some(
            "Passkeys need TLS, and this server is reached without it. Its administrator can set TEAMFLOW_PUBLIC_URL to \
             an address that begins with https.",
        )
    } else {
        None
    }
}

fn site(app: &App) -> Result<Site, Error> {
    if let Some(why) = obstacle(&app.public_url) {
        return Err(Rejected::new(Code::Unavailable, why).into());
    }
    Ok(Site {
        id: app.public_url.host().to_owned(),
        origin: app.public_url.origin(),
    })
}

fn patience_ms() -> u64 {
    PASSKEY_LIFETIME.as_secs() * 1_000
}

/// Somebody's passkeys, the oldest first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<Passkey>, Error> {
    Ok(store::list(app.db.read().await?.conn(), user).await?)
}

/// Begins adding a passkey: what the browser is to ask the authenticator for, and the cookie that binds it. That it is the
/// person who asks is judged before.
pub async fn begin_add(app: &App, user: UserId, name: Name) -> Result<(Value, String), Error> {
    let site = site(app)?;
    let user = accounts::find(app, user).await?;
    let user = user.ok_or(Code::Unauthenticated)?;
    let others = list(app, user.id).await?;
    require_room(others.len())?;
    let flow = Flow {
        challenge: app.rng.secret(),
        new: Some((user.id, name)),
    };
    let others = others.iter().map(|passkey| {
        let id = BASE64_URL_SAFE_NO_PAD.encode(&passkey.credential_id);
        json!({ "type": "public-key", "id": id })
    });
    let kinds = keys::KINDS.map(|kind| json!({ "type": "public-key", "alg": kind }));
    let options = json!({
        "rp": { "id": site.id, "name": "TeamFlow" },
        "user": {
            "id": BASE64_URL_SAFE_NO_PAD.encode(user.id.uuid().as_bytes()),
            "name": user.email.as_str(),
            "displayName": user.name.as_str(),
        },
        "challenge": flow.challenge,
        "pubKeyCredParams": kinds,
        "timeout": patience_ms(),
        "excludeCredentials": others.collect::<Vec<_>>(),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    });
    let cookie = sign_in_flows::begin(app, Kind::NewPasskey, &flow).await?;
    Ok((options, cookie))
}

/// Adds the passkey that a browser brings, for who began it there.
pub async fn add(app: &App, headers: &HeaderMap, user: UserId, answer: &str) -> Result<(), Error> {
    let site = site(app)?;
    let made: Made = read(answer)?;
    let flow = begun(app, Kind::NewPasskey, headers).await?;
    let Some((_, name)) = flow.new.filter(|(who, _)| *who == user) else {
        return Err(stale());
    };
    let credential = made.check(&site, &flow.challenge).map_err(|why| {
        tracing::info!(user.id = %user, why, "a new passkey was refused");
        let text = "The passkey could not be added: it does not fit what was asked for. Try again.";
        Error::from(Rejected::new(Code::InvalidValue, text))
    })?;
    let user = accounts::find(app, user).await?;
    let user = user.ok_or(Code::Unauthenticated)?;
    let now = app.clock.now();
    let passkey = Passkey {
        id: PasskeyId::new(now.0, app.rng.bytes()),
        user: user.id,
        name,
        credential_id: credential.id,
        public_key: credential.public_key,
        sign_count: credential.sign_count,
        created_at: now,
        last_used_at: None,
    };
    let mut tx = app.db.write().await?;
    require_room(store::list(tx.conn(), user.id).await?.len())?;
    store::insert(tx.conn(), &passkey).await.map_err(|error| {
        if db::is_unique_violation(&error) {
            let text = "This passkey is there already.";
            return Error::Refused(Rejected::new(Code::AlreadyExists, text));
        }
        error.into()
    })?;
    let note = Note::of_server(Act::PasskeyAdded).by(user.id);
    audit_entries::note(app, &mut tx, note.about(passkey.id)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, passkey.id = %passkey.id, "a passkey was added");
    tell(app, user, &passkey.name);
    Ok(())
}

/// Whether an answer of a browser would be taken for a challenge: as a new passkey, and as the word of one with this key.
/// Nothing is asked of a database, so that much can be tried.
pub fn fits(answer: &str, url: &PublicUrl, challenge: &str, public_key: &[u8]) -> (bool, bool) {
    let site = Site {
        id: url.host().to_owned(),
        origin: url.origin(),
    };
    let made = read::<Made>(answer).is_ok_and(|made| made.check(&site, challenge).is_ok());
    let shown = read::<Shown>(answer);
    let shown = shown.is_ok_and(|shown| shown.check(&site, challenge, public_key).is_ok());
    (made, shown)
}

fn require_room(others: usize) -> Result<(), Error> {
    if others < PASSKEYS_MAX {
        return Ok(());
    }
    let text =
        "You have as many passkeys as there can be. Remove one that you do not use any more.";
    Err(Rejected::new(Code::NotAllowed, text).into())
}

/// Whoever owns the account hears of a new way into it.
fn tell(app: &App, user: User, name: &Name) {
    let text = format!(
        "Hello {},\n\nfrom now on you can sign in to TeamFlow with the passkey \"{name}\". If you did not want that, sign \
         in, remove it on your account's page, and choose another password, or a first one:\n\n{}{}\n",
        user.name,
        app.public_url.origin(),
        href::ACCOUNT
    );
    let mail = Mail {
        to: user.email,
        subject: "A passkey was added to your account".to_owned(),
        text,
    };
    mails::post(app, mail);
}

/// Gives somebody's passkey another name.
pub async fn rename(app: &App, user: UserId, id: PasskeyId, name: &Name) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    if !store::update_name(tx.conn(), id, user, name).await? {
        return Err(Code::NotFound.into());
    }
    tx.commit().await?;
    Ok(())
}

/// Removes somebody's passkey, unless nobody could come in any more, or a workspace asks for the second step that it is. Who
/// may is judged before.
pub async fn remove(app: &App, user: UserId, id: PasskeyId) -> Result<(), Error> {
    // Before the transaction: within it, a second connection could be waited for by all who hold one.
    let unasked = second_steps::require_unasked(app, user).await;
    let mut tx = app.db.write().await?;
    // Two who take away one way each must not take away both.
    db::lock(tx.conn(), Lock::WaysIn).await?;
    let had_second_step = second_steps::has_second_step(tx.conn(), user).await?;
    if !store::delete(tx.conn(), id, user).await? {
        return Err(Code::NotFound.into());
    }
    accounts::require_way_in(&mut tx, user).await?;
    if had_second_step && !second_steps::has_second_step(tx.conn(), user).await? {
        unasked?;
    }
    let note = Note::of_server(Act::PasskeyRemoved).by(user);
    audit_entries::note(app, &mut tx, note.about(id)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user, passkey.id = %id, "a passkey was removed");
    Ok(())
}

/// Begins signing in: what the browser is to ask authenticators for, and the cookie that binds it.
pub async fn begin_sign_in(app: &App) -> Result<(Value, String), Error> {
    let site = site(app)?;
    let flow = Flow {
        challenge: app.rng.secret(),
        new: None,
    };
    let options = json!({
        "rpId": site.id,
        "challenge": flow.challenge,
        "timeout": patience_ms(),
        "userVerification": "required",
    });
    let cookie = sign_in_flows::begin(app, Kind::Passkey, &flow).await?;
    Ok((options, cookie))
}

/// Signs in whoever a passkey belongs to that a browser brings the word of.
pub async fn sign_in(
    app: &App,
    headers: &HeaderMap,
    answer: &str,
    entrance: Entrance,
) -> Result<(User, SessionToken), Error> {
    let site = site(app)?;
    let shown: Shown = read(answer)?;
    let flow = begun(app, Kind::Passkey, headers).await?;
    let id = &shown.id.0;
    let found = store::find_by_credential(app.db.read().await?.conn(), id).await?;
    let passkey = found.ok_or_else(unknown)?;
    if shown.user_handle() != Some(passkey.user.uuid().as_bytes()) {
        return Err(refused(app, &passkey, "it names somebody else"));
    }
    let sign_count = shown
        .check(&site, &flow.challenge, &passkey.public_key)
        .map_err(|why| refused(app, &passkey, why))?;
    let user = accounts::find(app, passkey.user).await?;
    let user = user.ok_or_else(unknown)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if !store::update_used(tx.conn(), passkey.id, sign_count, now).await? {
        let note = Note::of_server(Act::PasskeyCopied).about(user.id);
        audit_entries::note(app, &mut tx, note).await?;
        tx.commit().await?;
        tracing::warn!(user.id = %user.id, passkey.id = %passkey.id, "a copied passkey was refused");
        let text = "This passkey was refused: somebody else seems to have a copy of it. Sign in another way, remove it on \
                    your account's page, and add a new one.";
        return Err(Rejected::new(Code::SignInFailed, text).into());
    }
    tx.commit().await?;
    accounts::sign_in_vouched(app, user, entrance, Means::Passkey).await
}

fn read<T: DeserializeOwned>(answer: &str) -> Result<T, Error> {
    serde_json::from_str(answer).map_err(|_| {
        let text = "What your browser sent could not be read. Try again, or use another browser.";
        Rejected::new(Code::InvalidRequest, text).into()
    })
}

/// What this browser has begun; each is taken once, also where nothing comes of it.
async fn begun(app: &App, kind: Kind, headers: &HeaderMap) -> Result<Flow, Error> {
    let found = sign_in_flows::find::<Flow>(app, kind, headers).await?;
    let found = found.ok_or_else(stale)?;
    if !sign_in_flows::end(app, &found).await? {
        return Err(stale());
    }
    Ok(found.flow)
}

fn stale() -> Error {
    let text = "This was begun in another window, or too long ago, or is done already. Try again.";
    Rejected::new(Code::SignInFailed, text).into()
}

fn unknown() -> Error {
    let text = "This passkey lets nobody in here: it may have been removed. Sign in another way.";
    Rejected::new(Code::SignInFailed, text).into()
}

fn refused(app: &App, passkey: &Passkey, why: Unfit) -> Error {
    tracing::info!(user.id = %passkey.user, passkey.id = %passkey.id, why, "a passkey was refused");
    accounts::failed(app, Act::SignInFailed, Some(passkey.user), Some("passkey"));
    let text =
        "This passkey was refused: what it says does not fit. Try again, or sign in another way.";
    Rejected::new(Code::SignInFailed, text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_a_way_that_nobody_listens_on() {
        let can = |url| obstacle(&PublicUrl::parse(url).unwrap()).is_none();
        for url in [
            "https://tasks.example.org",
            "https://tasks.example.org:8443",
            "http://localhost:8080",
            "http://teamflow.localhost",
        ] {
            assert!(can(url), "{url}");
        }
        for url in [
            "http://tasks.example.org",
            "http://127.0.0.1:8080",
            "https://192.0.2.7",
            "https://[::1]:8443",
            "http://notlocalhost:8080",
        ] {
            assert!(!can(url), "{url}");
        }
    }
}
