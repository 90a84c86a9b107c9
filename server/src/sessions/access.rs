//! Access tokens: what a session is worth for fifteen minutes, checked without asking the database.
//!
//! A JWT signed with `EdDSA`. Nothing in its header is believed but the key's name: the algorithm is ours. One made for
//! browsers is no Bearer token, and the other way round.

use super::Kind;
use crate::accounts::identity::{Known, SignedIn, Via};
use crate::app::App;
use crate::http::Error;
use crate::signing_keys;
use anyhow::Context as _;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use shared::ids::{SessionId, UserId};
use shared::values::{Email, Name, Time};
use std::time::Duration;

/// How long an access token is good for.
pub const ACCESS_LIFETIME: Duration = Duration::from_mins(15);
/// The header's type, so that no other signed thing of ours passes for one (RFC 9068).
const TYPE: &str = "at+jwt";
/// The longest token that is looked at.
const CHARS_MAX: usize = 2_048;
/// How far in the future a token may have been made: by a node whose clock is ahead.
const LEEWAY_SECONDS: i64 = 60;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    name: String,
    email: String,
    /// Unix seconds.
    iat: i64,
    /// Unix seconds.
    exp: i64,
}

/// What a token of this kind is for.
const fn audience(kind: Kind) -> &'static str {
    match kind {
        Kind::Browser => "teamflow:browser",
        Kind::Api => "teamflow:api",
    }
}

/// Makes a token for somebody's session.
pub(super) fn mint(
    app: &App,
    session: SessionId,
    kind: Kind,
    user: UserId,
    name: &Name,
    email: &Email,
) -> Result<String, Error> {
    let iat = app.clock.now().0 / 1_000;
    let lifetime = i64::try_from(ACCESS_LIFETIME.as_secs()).unwrap_or(i64::MAX);
    let claims = Claims {
        iss: app.public_url.origin(),
        aud: audience(kind).to_owned(),
        sub: user,
        sid: session,
        name: name.to_string(),
        email: email.to_string(),
        iat,
        exp: iat.saturating_add(lifetime),
    };
    let keys = app.signing_keys.now();
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(keys.id.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    Ok(encode(&header, &claims, &keys.signing).context("signing an access token")?)
}

/// Whom a token of this kind stands for; nobody, if anything about it is wrong.
pub async fn verify(app: &App, token: &str, kind: Kind) -> Result<Option<Known>, Error> {
    if token.len() > CHARS_MAX {
        return Ok(None);
    }
    let Ok(header) = decode_header(token) else {
        return Ok(None);
    };
    let (Algorithm::EdDSA, Some(TYPE), Some(id)) = (header.alg, header.typ.as_deref(), header.kid)
    else {
        return Ok(None);
    };
    let mut keys = app.signing_keys.now();
    if keys.verifying(&id).is_none() {
        keys = signing_keys::look_for(app, &id).await?;
    }
    let Some(key) = keys.verifying(&id) else {
        return Ok(None);
    };
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&[app.public_url.origin()]);
    rules.set_audience(&[audience(kind)]);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // By our clock, below.
    rules.validate_exp = false;
    let Ok(data) = decode::<Claims>(token, key, &rules) else {
        return Ok(None);
    };
    let claims = data.claims;
    let now = app.clock.now().0 / 1_000;
    if claims.exp <= now || claims.iat > now.saturating_add(LEEWAY_SECONDS) {
        return Ok(None);
    }
    let (Ok(name), Ok(email)) = (Name::parse(&claims.name), Email::parse(&claims.email)) else {
        return Ok(None);
    };
    Ok(Some(Known {
        signed_in: SignedIn {
            user_id: claims.sub,
            name,
            email,
            via: Via::Session(claims.sid),
        },
        expires_at: Some(Time(claims.exp.saturating_mul(1_000))),
        seen_at: None,
    }))
}
