//! The code between a person's consent and a program's tokens: good once, for a minute, for who can show the secret
//! (PKCE) that they had when they asked.

use super::refusal::Refusal;
use super::store;
use crate::accounts;
use crate::accounts::identity::hash;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::clock::later;
use crate::http::Error;
use crate::sessions::{self, Entrance, Grant, Kind, NewSession, SessionToken};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use shared::audit_entries::Act;
use shared::ids::{SessionId, UserId, WorkspaceId};
use shared::limits::KeyScopes;
use shared::values::Time;
use std::time::Duration;

/// How long a code is good.
const LIFETIME: Duration = Duration::from_mins(1);
/// How long it is known that a code was used: as long as what it gave may be exchanged.
const KEEP: Duration = Duration::from_hours(24);
/// How long a verifier is (RFC 7636).
const VERIFIER_CHARS: std::ops::RangeInclusive<usize> = 43..=128;
/// How long the SHA-256 of one is, in base64.
pub(super) const CHALLENGE_CHARS: usize = 43;

/// What a code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// The program.
    pub(super) client: String,
    /// Who consented.
    pub(super) user: UserId,
    /// Where it was sent to.
    pub(super) redirect: String,
    /// The hash of the verifier.
    pub(super) challenge: String,
    /// To what.
    pub(super) scopes: KeyScopes,
    /// Where.
    pub(super) workspace: Option<WorkspaceId>,
    /// Until when it is good.
    pub(super) expires_at: Time,
}

/// A code that was used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Redeemed {
    /// What it gave; nothing where what was shown with it was wrong.
    pub(super) session: Option<SessionId>,
}

/// When a code ends that is made now.
pub(super) fn ends(app: &App) -> Time {
    later(app.clock.now(), LIFETIME)
}

/// Makes a code.
pub(super) async fn issue(app: &App, code: &Code) -> Result<String, Error> {
    let secret = app.rng.secret();
    let mut tx = app.db.write().await?;
    let old = Time(app.clock.now().0 - crate::clock::millis(KEEP));
    store::delete_codes_before(tx.conn(), old).await?;
    store::insert_code(tx.conn(), &hash(&secret), code).await?;
    tx.commit().await?;
    Ok(secret)
}

/// What a program shows with a code.
pub(super) struct Shown<'a> {
    pub(super) code: &'a str,
    pub(super) client: &'a str,
    pub(super) redirect: &'a str,
    pub(super) verifier: &'a str,
}

/// Exchanges a code for a session. However it comes out, the code is worth nothing afterwards; one that comes again was
/// seen by two, and what it gave ends.
pub(super) async fn redeem(
    app: &App,
    shown: &Shown<'_>,
    client_name: &str,
) -> Result<(SessionToken, Grant), Refusal> {
    let presented = hash(shown.code);
    let mut tx = app.db.write().await?;
    let Some(code) = store::redeem_code(tx.conn(), &presented).await? else {
        let used = store::find_redeemed(tx.conn(), &presented).await?;
        drop(tx);
        if let Some(Redeemed {
            session: Some(session),
        }) = used
        {
            tracing::warn!(session.id = %session, "a code was used again: what it gave was ended");
            sessions::sign_out(app, session).await?;
        }
        return Err(worthless());
    };
    let is_good = code.expires_at > app.clock.now()
        && code.client == shown.client
        && code.redirect == shown.redirect
        && verifies(shown.verifier, &code.challenge);
    let user = if is_good {
        accounts::store::find(tx.conn(), code.user).await?
    } else {
        None
    };
    let Some((user, _)) = user else {
        tx.commit().await?;
        return Err(worthless());
    };
    let grant = Grant {
        client: code.client,
        scopes: code.scopes,
        workspace: code.workspace,
    };
    let entrance = Entrance {
        user_agent: Some(client_name.to_owned()),
        kind: Kind::Grant,
        remember: true,
        grant: Some(grant.clone()),
        means: None,
    };
    let session = NewSession::of(app, user.id, entrance);
    sessions::store::insert(tx.conn(), &session).await?;
    store::update_code_session(tx.conn(), &presented, session.id).await?;
    let note = Note::of_server(Act::GrantGiven)
        .by(user.id)
        .about(session.id);
    let what = format!("{client_name}: {}", grant.scopes);
    audit_entries::note(app, &mut tx, note.saying(what)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, client = grant.client, "a program was let in");
    Ok((session.token(app, &user.name, &user.email)?, grant))
}

/// Which of the reasons it is, is not told to whoever may have stolen it.
fn worthless() -> Refusal {
    Refusal::new(
        "invalid_grant",
        "The code is not good: it was used, is too old, or was given to another program, address or verifier. Ask again.",
    )
}

/// Whether a verifier is the one whose hash was sent ahead.
fn verifies(verifier: &str, challenge: &str) -> bool {
    let is_verifier = VERIFIER_CHARS.contains(&verifier.len())
        && verifier
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let hashed = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    // Neither is a secret by now: the challenge came by way of the browser.
    is_verifier && hashed == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_the_one_of_the_rfcs_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(verifies(verifier, challenge));
        assert!(!verifies(challenge, challenge), "a plain challenge");
        assert!(!verifies(&verifier[1..], challenge));
        assert!(!verifies("", ""));
    }
}
