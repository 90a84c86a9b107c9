//! Sessions: signed-in browsers and programs.
//!
//! A session is a long-lived secret, exchanged for the next at each use, and a short-lived access token
//! ([`access`]) that is what requests are judged by. Browsers hold both in cookies that scripts cannot read, and need not
//! know: `http::middleware` exchanges them when it is time. The database holds hashes, so a copy of it signs nobody in.
//!
//! **Whoever brings a secret that was exchanged before may have stolen it, or been stolen from: the session ends.** One
//! case is excused, in browsers alone: the answer with the next secret was lost on the way, or several tabs asked at once.
//! Then the next one was never used; it is replaced, and from then on counts as stolen.

pub mod access;
mod means;
pub mod revoked;
pub(crate) mod routes;
pub mod store;

pub use access::ACCESS_LIFETIME;
pub use means::Means;

use access::{Holder, Place};

use crate::accounts::identity::{self, SecretHash, Via, hash};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::clock::{later, millis};
use crate::db::WriteTx;
use crate::http::Error;
use crate::http::cookies::{self, SameSite};
use crate::signing_keys;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use shared::audit_entries::Act;
use shared::codes::Code;
use shared::ids::{SessionId, UserId, WorkspaceId};
use shared::limits::KeyScopes;
use shared::values::{Email, Name, Time};
use std::fmt;
use std::time::Duration;

const USER_AGENT_CHARS_MAX: usize = 200;
/// A session ends so long after it began, however often it is used.
const LIFETIME_MAX: Duration = Duration::from_hours(180 * 24);
/// Within this time after an exchange, the spent secret is one of another tab that asked at the same moment.
const TABS: Duration = Duration::from_mins(1);
/// How often it is seen whether the signing keys are old.
const TEND_EVERY: Duration = Duration::from_hours(1);

/// Who holds a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A browser, in cookies.
    Browser,
    /// A program that a person signed in to, which sends `Authorization: Bearer`.
    Api,
    /// A program that a person let in: see [`crate::grants`].
    Grant,
}

/// What a person let a program do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The program's id.
    pub client: String,
    /// What it may do.
    pub scopes: KeyScopes,
    /// The only workspace that there is for it.
    pub workspace: Option<WorkspaceId>,
}

impl Kind {
    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Browser => "browser",
            Kind::Api => "api",
            Kind::Grant => "grant",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Kind::Browser, Kind::Api, Kind::Grant]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// What a signed-in browser or program holds.
#[derive(Clone)]
pub struct SessionToken {
    /// Exchanged for the next; nothing where another tab has just got it.
    secret: Option<String>,
    access: String,
    remembered: bool,
    lifetime: Duration,
    holder: Holder,
}

impl SessionToken {
    /// The long-lived secret.
    pub fn as_str(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }

    /// The access token.
    pub fn access(&self) -> &str {
        &self.access
    }

    /// How long the secret is good for.
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// What it was granted for, if it is a grant's.
    pub const fn grant(&self) -> Option<&Grant> {
        self.holder.grant.as_ref()
    }

    /// Makes the access token one that is good in a workspace alone and says what the person is there, and one of a grant
    /// for less. Where the person is not in the workspace any more, it says nothing of a role.
    pub async fn aim(
        &mut self,
        app: &App,
        workspace: Option<WorkspaceId>,
        narrow: Option<KeyScopes>,
    ) -> Result<(), Error> {
        let granted = self.grant().map_or(KeyScopes::ALL, |grant| grant.scopes);
        let scopes = narrow.unwrap_or(granted);
        let place = match workspace {
            Some(workspace) => Place::of(app, self.holder.user, workspace, scopes).await,
            None => return self.mint(app, None, narrow),
        };
        match place {
            Ok(place) => self.mint(app, Some(place), narrow),
            Err(Error::Refused(_)) if self.holder.grant.is_some() => self.mint(app, None, narrow),
            Err(error) => Err(error),
        }
    }

    fn mint(
        &mut self,
        app: &App,
        place: Option<Place>,
        narrow: Option<KeyScopes>,
    ) -> Result<(), Error> {
        self.access = access::mint(app, &self.holder, place, narrow)?;
        Ok(())
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// How somebody comes in.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// The browser's or program's name for itself, shown in the list of sessions.
    pub user_agent: Option<String>,
    /// Who will hold the session.
    pub kind: Kind,
    /// Whether it lasts when the browser is closed.
    pub remember: bool,
    /// What a program was let in for.
    pub grant: Option<Grant>,
    /// How they show who they are, once that is known.
    pub means: Option<Means>,
}

impl Entrance {
    /// A browser that stays signed in.
    pub const fn browser(user_agent: Option<String>) -> Self {
        Self {
            user_agent,
            kind: Kind::Browser,
            remember: true,
            grant: None,
            means: None,
        }
    }
}

/// A session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who holds it, in their own words.
    pub user_agent: Option<String>,
    /// A browser, or a program.
    pub kind: Kind,
    /// What a program was let in for.
    pub grant: Option<Grant>,
    /// How its person came in; unknown of old sessions and of programs that were let in.
    pub means: Option<Means>,
    /// When it began.
    pub created_at: Time,
    /// When it was last exchanged: used, give or take [`ACCESS_LIFETIME`].
    pub seen_at: Time,
    /// When it ends by itself.
    pub expires_at: Time,
}

/// A session about to be stored.
pub(crate) struct NewSession {
    pub(crate) id: SessionId,
    secret: String,
    pub(crate) token_hash: SecretHash,
    pub(crate) user_id: UserId,
    pub(crate) created_at: Time,
    pub(crate) expires_at: Time,
    pub(crate) entrance: Entrance,
    /// What its browser calls itself.
    pub(crate) sealed_user_agent: Option<Vec<u8>>,
}

fn context(id: SessionId) -> String {
    format!("sessions:agent:{id}")
}

fn lifetime(app: &App, remembered: bool) -> Duration {
    let auth = &app.settings.now().auth;
    if remembered {
        auth.session_lifetime
    } else {
        auth.short_session_lifetime
    }
}

/// How long what a program is let do lasts: unused, and at the longest.
pub fn grant_lifetimes(app: &App) -> (Duration, Duration) {
    let unused = lifetime(app, true);
    (unused, LIFETIME_MAX.max(unused))
}

impl NewSession {
    /// A session of this user that begins now.
    pub(crate) fn of(app: &App, user_id: UserId, mut entrance: Entrance) -> Self {
        let now = app.clock.now();
        let secret = app.rng.secret();
        let cut = |text: String| -> String { text.chars().take(USER_AGENT_CHARS_MAX).collect() };
        let user_agent = entrance.user_agent.take().map(cut);
        let id = SessionId::new(now.0, app.rng.bytes());
        let seal = |text: String| app.vault.seal_text(&app.rng, &context(id), &text);
        Self {
            id,
            sealed_user_agent: user_agent.and_then(seal),
            token_hash: hash(&secret),
            secret,
            user_id,
            created_at: now,
            expires_at: later(now, lifetime(app, entrance.remember)),
            entrance,
        }
    }

    /// What its holder gets, once it is stored.
    pub(crate) fn token(
        self,
        app: &App,
        name: &Name,
        email: &Email,
    ) -> Result<SessionToken, Error> {
        let Entrance {
            kind,
            remember,
            grant,
            ..
        } = self.entrance;
        let holder = Holder {
            session: self.id,
            kind,
            user: self.user_id,
            name: name.clone(),
            email: email.clone(),
            grant,
        };
        Ok(SessionToken {
            secret: Some(self.secret),
            access: access::mint(app, &holder, None, None)?,
            remembered: remember,
            lifetime: lifetime(app, remember),
            holder,
        })
    }
}

/// A session as an exchange needs it.
pub(crate) struct Current {
    pub(crate) id: SessionId,
    pub(crate) user_id: UserId,
    pub(crate) name: Name,
    pub(crate) email: Email,
    pub(crate) token_hash: SecretHash,
    pub(crate) created_at: Time,
    pub(crate) expires_at: Time,
    pub(crate) remembered: bool,
    pub(crate) grant: Option<Grant>,
}

/// A secret that was exchanged before.
pub(crate) struct Spent {
    pub(crate) session: SessionId,
    pub(crate) at: Time,
    pub(crate) next_hash: Option<SecretHash>,
}

/// Exchanges a secret for the next and an access token; nothing, if it is worth nothing. A secret that was exchanged
/// before ends its session.
pub async fn exchange(app: &App, secret: &str, kind: Kind) -> Result<Option<SessionToken>, Error> {
    let (presented, now) = (hash(secret), app.clock.now());
    // What was made up must not keep those waiting who write.
    let mut read = app.db.read().await?;
    if store::find_by_hash(read.conn(), &presented, kind)
        .await?
        .is_none()
        && store::find_spent(read.conn(), &presented).await?.is_none()
    {
        return Ok(None);
    }
    drop(read);
    let mut tx = app.db.write().await?;
    let Some(found) = store::find_by_hash(tx.conn(), &presented, kind).await? else {
        return match store::find_spent(tx.conn(), &presented).await? {
            Some(spent) => again(app, tx, &presented, &spent, kind).await,
            None => Ok(None),
        };
    };
    if found.expires_at <= now {
        return Ok(None);
    }
    let Some(next) = renew(app, &mut tx, &found).await? else {
        // Somebody was faster, between our look and our write: then it is spent by now.
        drop(tx);
        return Box::pin(exchange(app, secret, kind)).await;
    };
    let spent = Spent {
        session: found.id,
        at: now,
        next_hash: Some(hash(&next)),
    };
    store::insert_spent(tx.conn(), &presented, &spent).await?;
    tx.commit().await?;
    Ok(Some(exchanged(app, &found, kind, Some(next))?))
}

/// Gives a session another secret.
async fn renew(app: &App, tx: &mut WriteTx, found: &Current) -> Result<Option<String>, Error> {
    let (now, next) = (app.clock.now(), app.rng.secret());
    let expires_at = later(now, lifetime(app, found.remembered));
    let last = later(found.created_at, LIFETIME_MAX);
    let expires_at = expires_at.min(last);
    let renewed = store::update_hash(tx.conn(), found, &hash(&next), now, expires_at).await?;
    Ok(renewed.then_some(next))
}

fn exchanged(
    app: &App,
    found: &Current,
    kind: Kind,
    secret: Option<String>,
) -> Result<SessionToken, Error> {
    let holder = Holder {
        session: found.id,
        kind,
        user: found.user_id,
        name: found.name.clone(),
        email: found.email.clone(),
        grant: found.grant.clone(),
    };
    Ok(SessionToken {
        secret,
        access: access::mint(app, &holder, None, None)?,
        remembered: found.remembered,
        lifetime: lifetime(app, found.remembered),
        holder,
    })
}

/// A spent secret was brought again.
async fn again(
    app: &App,
    mut tx: WriteTx,
    presented: &SecretHash,
    spent: &Spent,
    kind: Kind,
) -> Result<Option<SessionToken>, Error> {
    let now = app.clock.now();
    let Some(found) = store::find(tx.conn(), spent.session, kind).await? else {
        return Ok(None);
    };
    let next_is_unused = spent.next_hash == Some(found.token_hash);
    if kind == Kind::Browser && next_is_unused && found.expires_at > now {
        if now.0.saturating_sub(spent.at.0) <= millis(TABS) {
            return Ok(Some(exchanged(app, &found, kind, None)?));
        }
        let Some(next) = renew(app, &mut tx, &found).await? else {
            drop(tx);
            return Err(Code::Unavailable.into());
        };
        let replaced = Spent {
            session: found.id,
            at: now,
            next_hash: None,
        };
        store::insert_spent(tx.conn(), &found.token_hash, &replaced).await?;
        store::update_spent(tx.conn(), presented, now, &hash(&next)).await?;
        tx.commit().await?;
        return Ok(Some(exchanged(app, &found, kind, Some(next))?));
    }
    tracing::warn!(user.id = %found.user_id, session.id = %found.id,
        "a session's spent secret was used again: the session was ended");
    let note = Note::of_server(Act::SessionStolen).about(found.user_id);
    audit_entries::note(app, &mut tx, note).await?;
    end_in(app, tx, vec![found.id]).await?;
    Ok(None)
}

/// What a server does for sessions besides answering, until it stops.
pub fn run(app: &App) {
    app.every(
        revoked::LOOK_EVERY,
        "looking for sessions that were ended elsewhere",
        |app| Box::pin(async move { revoked::look(&app).await }),
    );
    app.every(TEND_EVERY, "tending the signing keys", |app| {
        Box::pin(async move {
            app.rates.tidy();
            signing_keys::tend(&app).await
        })
    });
}

/// Deletes sessions and tells everybody: requests are no longer answered, and open connections are closed.
async fn end_in(app: &App, mut tx: WriteTx, sessions: Vec<SessionId>) -> Result<(), Error> {
    let now = app.clock.now();
    store::delete_revocations_before(tx.conn(), now).await?;
    for id in &sessions {
        store::delete(tx.conn(), *id).await?;
        revoked::note(tx.conn(), Via::Session(*id), now).await?;
    }
    tx.commit().await?;
    for id in sessions {
        identity::end(app, Via::Session(id));
    }
    Ok(())
}

/// Ends a session and the connections that stand on it, at once.
pub async fn sign_out(app: &App, id: SessionId) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    let note = Note::of_server(Act::SignedOut).about(id);
    audit_entries::note(app, &mut tx, note).await?;
    end_in(app, tx, vec![id]).await
}

/// Ends the session that a browser has which signs in anew: its cookies are about to be overwritten, and there is nobody who
/// could end it by them any more.
pub async fn end_former(app: &App, headers: &HeaderMap) -> Result<(), Error> {
    if headers.contains_key(AUTHORIZATION) {
        return Ok(());
    }
    let former = identity::of_request(app, headers).await?;
    if let Some(Via::Session(id)) = former.map(|who| who.via) {
        sign_out(app, id).await?;
    }
    Ok(())
}

/// A person's sessions that have not ended, who was seen last first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<Session>, Error> {
    let now = app.clock.now();
    let found = store::list(app.db.read().await?.conn(), user, now).await?;
    let opened = |(session, sealed): (Session, Option<Vec<u8>>)| match sealed {
        Some(sealed) => Session {
            user_agent: app.vault.unseal_text(&context(session.id), &sealed),
            ..session
        },
        None => session,
    };
    Ok(found.into_iter().map(opened).collect())
}

/// Whose session of a kind a secret is of, if it still is one.
pub async fn find_user(app: &App, secret: &str, kind: Kind) -> Result<Option<UserId>, Error> {
    let mut read = app.db.read().await?;
    let found = store::find_by_hash(read.conn(), &hash(secret), kind).await?;
    Ok(found.map(|found| found.user_id))
}

/// When a browser's session began, if it still is one.
pub async fn began_at(app: &App, id: SessionId) -> Result<Option<Time>, Error> {
    let mut read = app.db.read().await?;
    let found = store::find(read.conn(), id, Kind::Browser).await?;
    Ok(found.map(|found| found.created_at))
}

/// What a refresh token was granted for, if it is one that was not exchanged yet.
pub async fn find_grant(app: &App, secret: &str) -> Result<Option<Grant>, Error> {
    let mut read = app.db.read().await?;
    let found = store::find_by_hash(read.conn(), &hash(secret), Kind::Grant).await?;
    Ok(found.and_then(|found| found.grant))
}

/// The session that a program has a refresh token of.
pub async fn find_granted(
    app: &App,
    secret: &str,
    client: &str,
) -> Result<Option<SessionId>, Error> {
    let mut read = app.db.read().await?;
    let found = store::find_by_hash(read.conn(), &hash(secret), Kind::Grant).await?;
    let is_theirs = |grant: Option<&Grant>| grant.is_some_and(|grant| grant.client == client);
    Ok(found
        .filter(|found| is_theirs(found.grant.as_ref()))
        .map(|found| found.id))
}

/// Ends whatever people have let a program do.
pub async fn end_of_client(app: &App, client: &str) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    let ids = store::list_ids_of_client(tx.conn(), client).await?;
    end_in(app, tx, ids).await
}

/// Ends one of a person's sessions. Somebody else's is not found.
pub async fn end(app: &App, user: UserId, id: SessionId) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    if !store::list_ids(tx.conn(), user).await?.contains(&id) {
        return Err(Code::NotFound.into());
    }
    let note = Note::of_server(Act::SessionEnded).by(user).about(id);
    audit_entries::note(app, &mut tx, note).await?;
    end_in(app, tx, vec![id]).await
}

/// Ends all of a person's sessions but this one; answers how many.
pub async fn end_others(app: &App, user: UserId, but: Option<SessionId>) -> Result<usize, Error> {
    let mut tx = app.db.write().await?;
    let mut ids = store::list_ids(tx.conn(), user).await?;
    ids.retain(|id| Some(*id) != but);
    let count = ids.len();
    if count > 0 {
        let note = Note::of_server(Act::OthersEnded).by(user);
        audit_entries::note(app, &mut tx, note.saying(format!("{count} sessions"))).await?;
    }
    end_in(app, tx, ids).await?;
    Ok(count)
}

/// The name of the cookie with the secret.
pub const COOKIE: &str = "teamflow_session";
/// The name of the cookie with the access token.
pub const ACCESS_COOKIE: &str = "teamflow_access";

/// The `Set-Cookie` header that keeps a browser signed in. One that is not to be remembered forgets it when it is closed.
pub fn cookie(app: &App, token: &SessionToken) -> String {
    let age = token.remembered.then_some(token.lifetime.as_secs());
    cookies::set(&app.public_url, COOKIE, token.as_str(), SameSite::Lax, age)
}

/// The `Set-Cookie` headers that sign a browser in.
pub fn cookies(app: &App, token: &SessionToken) -> Vec<String> {
    let (same_site, age) = (SameSite::Lax, Some(ACCESS_LIFETIME.as_secs()));
    let access = cookies::set(
        &app.public_url,
        ACCESS_COOKIE,
        token.access(),
        same_site,
        age,
    );
    let secret = token.secret.is_some().then(|| cookie(app, token));
    std::iter::once(access).chain(secret).collect()
}

/// The `Set-Cookie` header that takes the access token away: the next request brings a new one.
pub fn access_removal_cookie(app: &App) -> String {
    cookies::removal(&app.public_url, ACCESS_COOKIE)
}

/// The `Set-Cookie` headers that take both cookies away.
pub fn removal_cookies(app: &App) -> [String; 2] {
    [COOKIE, ACCESS_COOKIE].map(|name| cookies::removal(&app.public_url, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn a_secret_is_long_and_is_not_printed() {
        let secret = Rng::seeded(1).secret();
        assert_eq!(secret.len(), 43);
        let token = SessionToken {
            secret: Some(secret),
            access: String::new(),
            remembered: true,
            lifetime: Duration::ZERO,
            holder: Holder {
                session: SessionId::new(0, [0; 10]),
                kind: Kind::Browser,
                user: UserId::new(0, [0; 10]),
                name: Name::parse("Ada").unwrap(),
                email: Email::parse("ada@example.org").unwrap(),
                grant: None,
            },
        };
        assert_eq!(format!("{token:?}"), "SessionToken(..)");
    }
}
