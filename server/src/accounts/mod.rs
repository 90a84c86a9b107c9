//! Accounts: the people who can sign in. They are the server's own and not synced; what a workspace knows of a person is
//! a `members` row.
//!
//! Start at [`sign_up()`] and [`sign_in`]; [`identity`] answers who a request comes from.

pub mod administrators;
pub mod identity;
pub mod links;
pub mod lockout;
pub mod password;
pub(crate) mod sign_up;
pub mod store;
mod worst_passwords;

pub use sign_up::{LINK_LIFETIME, NewAccount, sign_up};

use self::identity::{SecretHash, SignedIn, Via};
use self::password::Verdict;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::clock::later;
use crate::db::WriteTx;
use crate::http::Error;
use crate::passkeys;
use crate::providers;
use crate::second_steps;
use crate::sessions::{self, Entrance, Means, SessionToken};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{SessionId, UserId};
use shared::values::{Email, Name, Time};
use std::time::Duration;

/// For so long after coming in somebody without a password need not show again that it is them.
const JUST_NOW: Duration = Duration::from_mins(10);

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The same id as in their `members` rows.
    pub id: UserId,
    /// What they sign in with; unique.
    pub email: Email,
    /// What others see.
    pub name: Name,
    /// When the account was created.
    pub created_at: Time,
    /// When they showed that the address is theirs.
    pub email_confirmed_at: Option<Time>,
    /// Whether they may look after the whole server: see [`administrators`].
    pub is_site_admin: bool,
}

/// What it takes to sign in.
pub struct Credentials {
    /// As typed.
    pub email: String,
    /// As typed.
    pub password: String,
    /// The code of the second step, where there is one.
    pub code: Option<String>,
    /// How they come in.
    pub entrance: Entrance,
}

/// Signs in. Whether the address or the password was wrong is not told, neither by the answer nor by its time.
pub async fn sign_in(app: &App, credentials: Credentials) -> Result<(User, SessionToken), Error> {
    let Credentials {
        email,
        password,
        code,
        entrance,
    } = credentials;
    let address = lockout::address(&email);
    let attempt = lockout::attempt(app, &address).await;
    let found = match Email::parse(&email) {
        Ok(email) => store::find_with_hash(app.db.read().await?.conn(), &email).await?,
        Err(_) => None,
    };
    let (user, hash) = found.unzip();
    let tried = user.as_ref().map(|user| user.id);
    if let Err(error) = attempt {
        failed(app, Act::LockedOut, tried, None);
        return Err(error);
    }
    let verdict = app
        .passwords
        .verify(password.clone(), hash.flatten())
        .await?;
    if verdict == Verdict::Wrong {
        failed(app, Act::SignInFailed, tried, Some("password"));
        return Err(Code::SignInFailed.into());
    }
    // A hash that was verified belongs to somebody.
    let user = user.ok_or(Code::SignInFailed)?;
    let mut means = Means::Password;
    if second_steps::is_on(app, user.id).await? {
        means = Means::Code;
        let code = code.ok_or(Code::CodeRequired)?;
        if !second_steps::check(app, user.id, &user.email, &code).await? {
            failed(app, Act::SignInFailed, tried, Some("second step"));
            return Err(second_steps::wrong());
        }
    }
    let better = match verdict {
        Verdict::RightButOld => Some(app.passwords.hash(&app.rng, password).await?),
        _ => None,
    };
    enter(app, user, &address, better, entrance.by(means)).await
}

/// Counts for the audit log that somebody did not come in, with whose address they tried. An address that nobody has is
/// not noted: it may be somebody's password, typed into the wrong field.
pub(crate) fn failed(app: &App, act: Act, tried: Option<UserId>, what: Option<&str>) {
    let mut note = Note::of_server(act);
    if let Some(tried) = tried {
        note = note.about(tried);
    }
    if let Some(what) = what {
        note = note.saying(what);
    }
    audit_entries::tally(app, note);
}

/// The second step of somebody who has just shown the password.
pub async fn sign_in_with_code(
    app: &App,
    email: &Email,
    code: &str,
    entrance: Entrance,
) -> Result<(User, SessionToken), Error> {
    let address = lockout::address(email.as_str());
    lockout::attempt(app, &address).await?;
    let user = find_by_email(app, email).await?.ok_or(Code::SignInFailed)?;
    if !second_steps::check(app, user.id, email, code).await? {
        failed(app, Act::SignInFailed, Some(user.id), Some("second step"));
        return Err(second_steps::wrong());
    }
    enter(app, user, &address, None, entrance.by(Means::Code)).await
}

/// Signs in somebody who has shown who they are by other means than the password. Whoever guesses at that meanwhile does not
/// keep them out.
pub(crate) async fn sign_in_vouched(
    app: &App,
    user: User,
    entrance: Entrance,
    means: Means,
) -> Result<(User, SessionToken), Error> {
    let address = lockout::address(user.email.as_str());
    enter(app, user, &address, None, entrance.by(means)).await
}

/// Refuses whoever does not know an account's password, and counts it.
pub async fn require_password(app: &App, id: UserId, password: String) -> Result<(), Error> {
    let found = store::find(app.db.read().await?.conn(), id).await?;
    let (user, hash) = found.ok_or(Code::Unauthenticated)?;
    let address = lockout::address(user.email.as_str());
    lockout::attempt(app, &address).await?;
    let is_set = hash.is_some();
    if app.passwords.verify(password, hash).await? == Verdict::Wrong {
        return Err(not_yours(app, id, "password", is_set));
    }
    let mut tx = app.db.write().await?;
    store::delete_attempts(tx.conn(), &address).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses who cannot show once more that it is them, before something that whoever sits down at an unlocked screen must not
/// do: by the password, or where the account has none, by having come in just now.
pub async fn require_self(app: &App, who: &SignedIn, password: String) -> Result<(), Error> {
    if has_password(app, who.user_id).await? {
        return require_password(app, who.user_id, password).await;
    }
    let began_at = match who.via {
        Via::Session(id) => sessions::began_at(app, id).await?,
        Via::Token(_) => None,
    };
    if began_at.is_some_and(|at| later(at, JUST_NOW) > app.clock.now()) {
        return Ok(());
    }
    let text = "Your account has no password to ask you for. Sign out and in again, and do this within ten minutes.";
    Err(Rejected::new(Code::NotAllowed, text).into())
}

/// Refuses a wrong password of somebody who is signed in. Whoever guesses in a session that is not theirs shows in the
/// audit log like whoever guesses at the door.
fn not_yours(app: &App, id: UserId, field: &str, is_set: bool) -> Error {
    let text = if is_set {
        failed(app, Act::SignInFailed, Some(id), Some("password"));
        "This is not your password."
    } else {
        "Your account has no password yet. Choose one on your account's page."
    };
    Rejected::field(field, text).into()
}

/// Begins a session of somebody who has shown who they are.
async fn enter(
    app: &App,
    user: User,
    address: &SecretHash,
    better: Option<String>,
    entrance: Entrance,
) -> Result<(User, SessionToken), Error> {
    let means = entrance.means;
    let session = sessions::NewSession::of(app, user.id, entrance);
    let mut tx = app.db.write().await?;
    store::delete_attempts(tx.conn(), address).await?;
    if let Some(hash) = better {
        store::update_password(tx.conn(), user.id, &hash).await?;
    }
    sessions::store::delete_expired(tx.conn(), user.id, app.clock.now()).await?;
    sessions::store::insert(tx.conn(), &session).await?;
    let mut note = Note::of_server(Act::SignedIn).by(user.id);
    if let Some(means) = means {
        note = note.saying(means.as_str());
    }
    audit_entries::note(app, &mut tx, note.about(session.id)).await?;
    tx.commit().await?;
    let token = session.token(app, &user.name, &user.email)?;
    Ok((user, token))
}

/// Gives an account another password, and ends all its sessions but this one. Who does not know the old one is refused, and
/// has to wait like whoever guesses when signing in.
pub async fn change_password(
    app: &App,
    id: UserId,
    current: String,
    password: String,
    this: Option<SessionId>,
) -> Result<(), Error> {
    let found = store::find(app.db.read().await?.conn(), id).await?;
    let (user, hash) = found.ok_or(Code::Unauthenticated)?;
    let address = lockout::address(user.email.as_str());
    lockout::attempt(app, &address).await?;
    let is_set = hash.is_some();
    if app.passwords.verify(current, hash).await? == Verdict::Wrong {
        return Err(not_yours(app, id, "current", is_set));
    }
    password::check(&password, &user.email, &user.name)?;
    let hash = app.passwords.hash(&app.rng, password).await?;
    let mut tx = app.db.write().await?;
    store::delete_attempts(tx.conn(), &address).await?;
    store::update_password(tx.conn(), id, &hash).await?;
    audit_entries::note(app, &mut tx, Note::of_server(Act::PasswordChanged).by(id)).await?;
    tx.commit().await?;
    sessions::end_others(app, id, this).await?;
    tracing::info!(user.id = %id, "a password was changed");
    Ok(())
}

/// Gives an account another name. What a workspace calls the person is theirs to change there.
pub async fn rename(app: &App, id: UserId, name: &Name) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    store::update_name(tx.conn(), id, name).await?;
    audit_entries::note(app, &mut tx, Note::of_server(Act::AccountRenamed).by(id)).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses whoever may not look after the whole server. No program may, whoever let it in.
pub async fn require_site_admin(app: &App, who: &SignedIn) -> Result<(), Error> {
    let id = who.user_id;
    let note = Note::of_server(Act::Refused).by(id).saying("server");
    if !who.limits.is_none() {
        audit_entries::tally(app, note);
        return Err(Code::InsufficientScope.into());
    }
    if find(app, id).await?.is_some_and(|user| user.is_site_admin) {
        return Ok(());
    }
    audit_entries::tally(app, note);
    let why = "Only an administrator of this server may do this.";
    Err(Rejected::new(Code::NotAllowed, why).into())
}

/// How many accounts there are: none on a new server.
pub async fn count(app: &App) -> Result<u64, Error> {
    Ok(store::count(app.db.read().await?.conn()).await?)
}

/// Whether an account has a password: who came by a provider's word has none until they choose one.
pub async fn has_password(app: &App, id: UserId) -> Result<bool, Error> {
    let found = store::find(app.db.read().await?.conn(), id).await?;
    Ok(found.is_some_and(|(_, hash)| hash.is_some()))
}

/// Refuses to take away the last way in.
pub(crate) async fn require_way_in(tx: &mut WriteTx, id: UserId) -> Result<(), Error> {
    let found = store::find(tx.conn(), id).await?;
    let has_password = found.is_some_and(|(_, hash)| hash.is_some());
    if has_password
        || providers::store::count(tx.conn(), id).await? > 0
        || passkeys::store::count(tx.conn(), id).await? > 0
    {
        return Ok(());
    }
    let text =
        "This is the only way in that is left. Choose a password first, or link something else.";
    Err(Rejected::new(Code::NotAllowed, text).into())
}

/// The account with that address.
pub async fn find_by_email(app: &App, email: &Email) -> Result<Option<User>, Error> {
    let found = store::find_with_hash(app.db.read().await?.conn(), email).await?;
    Ok(found.map(|(user, _)| user))
}

/// The account with that id.
pub async fn find(app: &App, id: UserId) -> Result<Option<User>, Error> {
    let found = store::find(app.db.read().await?.conn(), id).await?;
    Ok(found.map(|(user, _)| user))
}
