//! Accounts: the people who can sign in. They are the server's own and not synced; what a workspace knows of a person is
//! a `members` row.
//!
//! Start at [`sign_up`] and [`sign_in`]; [`identity`] answers who a request comes from.

pub mod identity;
pub mod links;
pub mod lockout;
pub mod password;
pub mod store;
mod worst_passwords;

use self::identity::SecretHash;
use self::password::Verdict;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::config::SignUp;
use crate::db::{self, Lock};
use crate::http::Error;
use crate::invitations;
use crate::second_steps;
use crate::sessions::{self, Entrance, SessionToken};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{SessionId, UserId};
use shared::values::{Email, Name, Time};

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
    /// Whether they may look after the whole server. The first account may.
    pub is_site_admin: bool,
}

/// What it takes to create an account.
pub struct NewAccount {
    /// What others will see.
    pub name: Name,
    /// What to sign in with.
    pub email: Email,
    /// As typed.
    pub password: String,
    /// How they come in.
    pub entrance: Entrance,
    /// The secret of an invitation, if that is why.
    pub invitation: Option<String>,
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

/// Creates an account and signs it in.
pub async fn sign_up(app: &App, new: NewAccount) -> Result<(User, SessionToken), Error> {
    let NewAccount {
        name,
        email,
        password,
        entrance,
        invitation,
    } = new;
    password::check(&password, &email, &name)?;
    let is_invited = match &invitation {
        Some(secret) => invitations::invites(app, secret, &email).await?,
        None => false,
    };
    require_open(app, count(app).await?, is_invited)?;
    let password_hash = app.passwords.hash(&app.rng, password).await?;
    let now = app.clock.now();
    let mut user = User {
        id: UserId::new(now.0, app.rng.bytes()),
        email,
        name,
        created_at: now,
        email_confirmed_at: None,
        is_site_admin: false,
    };
    let session = sessions::NewSession::of(app, user.id, entrance);
    let mut tx = app.db.write().await?;
    // Two who come first at once must not both become the first.
    db::lock(tx.conn(), Lock::FirstAccount).await?;
    let others = store::count(tx.conn()).await?;
    require_open(app, others, is_invited)?;
    user.is_site_admin = others == 0;
    store::insert(tx.conn(), &user, &password_hash)
        .await
        .map_err(|error| {
            if db::is_unique_violation(&error) {
                let taken = Rejected::from(Code::EmailTaken);
                return Error::Refused(Rejected {
                    field: Some("email".into()),
                    ..taken
                });
            }
            error.into()
        })?;
    sessions::store::insert(tx.conn(), &session).await?;
    let note = Note::of_server(Act::AccountCreated).by(user.id);
    audit_entries::note(app, &mut tx, note.about(user.id)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, site_admin = user.is_site_admin, "an account was created");
    let token = session.token(app, &user.name, &user.email)?;
    links::send_confirmation(app, &user).await?;
    Ok((user, token))
}

/// Whether an account can be created, with so many there already.
fn require_open(app: &App, accounts: u64, is_invited: bool) -> Result<(), Error> {
    match app.config.auth.sign_up {
        SignUp::Open => Ok(()),
        SignUp::First if accounts == 0 => Ok(()),
        SignUp::Invited if accounts == 0 || is_invited => Ok(()),
        SignUp::Invited => Err(Rejected::new(
            Code::NotAllowed,
            "New accounts need an invitation here. Open the link of yours, or ask somebody for one.",
        )
        .into()),
        SignUp::First | SignUp::Closed => Err(Rejected::new(
            Code::NotAllowed,
            "New accounts cannot be created here. Ask the administrator of this server.",
        )
        .into()),
    }
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
    let verdict = app.passwords.verify(password.clone(), hash).await?;
    if verdict == Verdict::Wrong {
        failed(app, Act::SignInFailed, tried, Some("password"));
        return Err(Code::SignInFailed.into());
    }
    // A hash that was verified belongs to somebody.
    let user = user.ok_or(Code::SignInFailed)?;
    if second_steps::is_on(app, user.id).await? {
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
    enter(app, user, &address, better, entrance).await
}

/// Counts for the audit log that somebody did not come in, with whose address they tried. An address that nobody has is
/// not noted: it may be somebody's password, typed into the wrong field.
fn failed(app: &App, act: Act, tried: Option<UserId>, what: Option<&str>) {
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
    enter(app, user, &address, None, entrance).await
}

/// Refuses whoever does not know an account's password, and counts it.
pub async fn require_password(app: &App, id: UserId, password: String) -> Result<(), Error> {
    let found = store::find(app.db.read().await?.conn(), id).await?;
    let (user, hash) = found.ok_or(Code::Unauthenticated)?;
    let address = lockout::address(user.email.as_str());
    lockout::attempt(app, &address).await?;
    if app.passwords.verify(password, Some(hash)).await? == Verdict::Wrong {
        return Err(Rejected::field("password", "This is not your password.").into());
    }
    let mut tx = app.db.write().await?;
    store::delete_attempts(tx.conn(), &address).await?;
    tx.commit().await?;
    Ok(())
}

/// Begins a session of somebody who has shown who they are.
async fn enter(
    app: &App,
    user: User,
    address: &SecretHash,
    better: Option<String>,
    entrance: Entrance,
) -> Result<(User, SessionToken), Error> {
    let session = sessions::NewSession::of(app, user.id, entrance);
    let mut tx = app.db.write().await?;
    store::delete_attempts(tx.conn(), address).await?;
    if let Some(hash) = better {
        store::update_password(tx.conn(), user.id, &hash).await?;
    }
    sessions::store::delete_expired(tx.conn(), user.id, app.clock.now()).await?;
    sessions::store::insert(tx.conn(), &session).await?;
    let note = Note::of_server(Act::SignedIn).by(user.id);
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
    if app.passwords.verify(current, Some(hash)).await? == Verdict::Wrong {
        return Err(Rejected::field("current", "This is not your password.").into());
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

/// Refuses whoever may not look after the whole server.
pub async fn require_site_admin(app: &App, id: UserId) -> Result<(), Error> {
    if find(app, id).await?.is_some_and(|user| user.is_site_admin) {
        return Ok(());
    }
    let note = Note::of_server(Act::Refused).by(id);
    audit_entries::tally(app, note.saying("server"));
    let why = "Only the administrator of this server may do this.";
    Err(Rejected::new(Code::NotAllowed, why).into())
}

/// How many accounts there are: none on a new server.
pub async fn count(app: &App) -> Result<u64, Error> {
    Ok(store::count(app.db.read().await?.conn()).await?)
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
