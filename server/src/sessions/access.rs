//! Access tokens: what a session is worth for fifteen minutes, checked without asking the database.
//!
//! A JWT signed with `EdDSA`. Nothing in its header is believed but the key's name: the algorithm is ours. One made for
//! browsers is no Bearer token, and the other way round.
//!
//! One that was asked for with a workspace is good there alone, and names the role and its permissions for whoever reads
//! it. **They inform the program and grant nothing**: a role may change within the token's quarter of an hour, so the server
//! judges by what it knows at the moment. Only what holds back is taken from the token: its scopes and its workspace, which
//! the person chose and nobody changes.

use super::{Grant, Kind};
use crate::access::{Actor, Visit};
use crate::accounts::identity::{Known, SignedIn, Via};
use crate::app::App;
use crate::http::Error;
use crate::signing_keys;
use anyhow::Context as _;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use shared::access::{Action, Reach, Role};
use shared::ids::{SessionId, UserId, WorkspaceId};
use shared::limits::{Held, Key, KeyScopes, Limits};
use shared::values::{Email, Name, Time};
use std::time::Duration;

/// How long an access token is good for.
pub const ACCESS_LIFETIME: Duration = Duration::from_mins(15);
/// The header's type, so that no other signed thing of ours passes for one (RFC 9068).
const TYPE: &str = "at+jwt";
/// The longest token that is looked at.
const CHARS_MAX: usize = 4_096;
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
    /// Unix seconds. Ours are good from the moment they are made; a token that says otherwise is not.
    #[serde(default, skip_serializing)]
    nbf: Option<i64>,
    /// The program that a grant was given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// What a grant is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<KeyScopes>,
    /// The only workspace that it is good in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workspace: Option<WorkspaceId>,
    /// What the person was there when it was made. Never read by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    /// What that role and the scopes allow somewhere there. Never read by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    permissions: Option<Vec<String>>,
}

/// For whom a token is made.
#[derive(Clone)]
pub(super) struct Holder {
    pub(super) session: SessionId,
    pub(super) kind: Kind,
    pub(super) user: UserId,
    pub(super) name: Name,
    pub(super) email: Email,
    pub(super) grant: Option<Grant>,
}

/// What a person is in the workspace that a token is good in.
pub(super) struct Place {
    workspace: WorkspaceId,
    role: Role,
    permissions: Vec<String>,
}

impl Place {
    /// As things stand. Who is not there is told so.
    pub(super) async fn of(
        app: &App,
        user: UserId,
        workspace: WorkspaceId,
        scopes: KeyScopes,
    ) -> Result<Self, Error> {
        let visit = Visit::to(app, Actor::unlimited(user), workspace).await?;
        let role = visit.role().ok_or(shared::codes::Code::NotFound)?;
        let limits = Limits::from(Held {
            key: None,
            scopes,
            workspace: None,
            projects: None,
            account: false,
        });
        let held = |action: &&Action| action.reach(role) != Reach::No && limits.allow(**action);
        let names = Action::ALL.iter().filter(held);
        Ok(Self {
            workspace,
            role,
            permissions: names.map(|action| action.as_str().to_owned()).collect(),
        })
    }
}

/// What a token of this kind is for.
const fn audience(kind: Kind) -> &'static str {
    match kind {
        Kind::Browser => "teamflow:browser",
        Kind::Api => "teamflow:api",
        Kind::Grant => "teamflow:grant",
    }
}

/// Makes a token for somebody's session; for a grant, it may be for less than was granted.
pub(super) fn mint(
    app: &App,
    holder: &Holder,
    place: Option<Place>,
    narrow: Option<KeyScopes>,
) -> Result<String, Error> {
    let iat = app.clock.now().0 / 1_000;
    let lifetime = i64::try_from(ACCESS_LIFETIME.as_secs()).unwrap_or(i64::MAX);
    let grant = holder.grant.as_ref();
    let (workspace, role, permissions) = match place {
        Some(place) => (
            Some(place.workspace),
            Some(place.role),
            Some(place.permissions),
        ),
        None => (grant.and_then(|grant| grant.workspace), None, None),
    };
    let claims = Claims {
        iss: app.public_url.origin(),
        aud: audience(holder.kind).to_owned(),
        sub: holder.user,
        sid: holder.session,
        name: holder.name.to_string(),
        email: holder.email.to_string(),
        iat,
        exp: iat.saturating_add(lifetime),
        nbf: None,
        client_id: grant.map(|grant| grant.client.clone()),
        scope: grant.map(|grant| narrow.unwrap_or(grant.scopes)),
        workspace,
        role,
        permissions,
    };
    let keys = app.signing_keys.now();
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(keys.id.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    Ok(encode(&header, &claims, &keys.signing).context("signing an access token")?)
}

/// Whom a token of one of these kinds stands for; nobody, if anything about it is wrong.
pub async fn verify(app: &App, token: &str, kinds: &[Kind]) -> Result<Option<Known>, Error> {
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
    let audiences: Vec<_> = kinds.iter().map(|kind| audience(*kind)).collect();
    rules.set_audience(&audiences);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // By our clock, below.
    rules.validate_exp = false;
    let Ok(data) = decode::<Claims>(token, key, &rules) else {
        return Ok(None);
    };
    let claims = data.claims;
    let now = app.clock.now().0 / 1_000;
    let soon = now.saturating_add(LEEWAY_SECONDS);
    if claims.exp <= now || claims.iat > soon || claims.nbf.is_some_and(|from| from > soon) {
        return Ok(None);
    }
    let (Ok(name), Ok(email)) = (Name::parse(&claims.name), Email::parse(&claims.email)) else {
        return Ok(None);
    };
    let Some(limits) = limits(&claims) else {
        return Ok(None);
    };
    Ok(Some(Known {
        signed_in: SignedIn {
            user_id: claims.sub,
            name,
            email,
            via: Via::Session(claims.sid),
            limits,
        },
        expires_at: Some(Time(claims.exp.saturating_mul(1_000))),
        client: claims.client_id,
    }))
}

/// What the holder of a token is held to; nothing can be made of a grant without scopes.
fn limits(claims: &Claims) -> Option<Limits> {
    let is_grant = claims.aud == audience(Kind::Grant);
    let scopes = match (is_grant, claims.scope) {
        (true, scopes) => scopes?,
        (false, Some(_)) => return None,
        (false, None) => KeyScopes::ALL,
    };
    if !is_grant && claims.workspace.is_none() {
        return Some(Limits::default());
    }
    Some(Limits::from(Held {
        key: is_grant.then_some(Key::Grant(claims.sid)),
        scopes,
        workspace: claims.workspace,
        projects: None,
        // Who is held to a workspace must not come by a key or a grant that is not.
        account: false,
    }))
}
