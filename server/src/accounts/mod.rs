//! Accounts: the people who can sign in. They are the server's own and not synced; what a workspace knows of a person is
//! a `members` row.
//!
//! Start at [`sign_up`] and [`sign_in`]; [`identity`] answers who a request comes from.

pub mod identity;
pub mod password;
pub mod store;
mod worst_passwords;

use crate::app::App;
use crate::config::SignUp;
use crate::db::{self, Lock};
use crate::http::Error;
use crate::sessions::{self, Entrance, SessionToken};
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
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
}

/// What it takes to sign in.
pub struct Credentials {
    /// As typed.
    pub email: String,
    /// As typed.
    pub password: String,
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
    } = new;
    password::check(&password, &email)?;
    require_open(app, count(app).await?)?;
    let password_hash = app.passwords.hash(&app.rng, password).await?;
    let now = app.clock.now();
    let mut user = User {
        id: UserId::new(now.0, app.rng.bytes()),
        email,
        name,
        created_at: now,
        is_site_admin: false,
    };
    let session = sessions::NewSession::of(app, user.id, entrance);
    let mut tx = app.db.write().await?;
    // Two who come first at once must not both become the first.
    db::lock(tx.conn(), Lock::FirstAccount).await?;
    let others = store::count(tx.conn()).await?;
    require_open(app, others)?;
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
    tx.commit().await?;
    tracing::info!(user.id = %user.id, site_admin = user.is_site_admin, "an account was created");
    let token = session.token(app, &user.name, &user.email)?;
    Ok((user, token))
}

/// Whether accounts can be created, with so many there already.
fn require_open(app: &App, accounts: u64) -> Result<(), Error> {
    match app.config.auth.sign_up {
        SignUp::Open => Ok(()),
        SignUp::First if accounts == 0 => Ok(()),
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
        entrance,
    } = credentials;
    let found = match Email::parse(&email) {
        Ok(email) => store::find_with_hash(app.db.read().await?.conn(), &email).await?,
        Err(_) => None,
    };
    let (user, hash) = found.unzip();
    if !app.passwords.verify(password, hash).await? {
        return Err(Code::SignInFailed.into());
    }
    // A hash that was verified belongs to somebody.
    let user = user.ok_or(Code::SignInFailed)?;
    let session = sessions::NewSession::of(app, user.id, entrance);
    let mut tx = app.db.write().await?;
    sessions::store::delete_expired(tx.conn(), user.id, app.clock.now()).await?;
    sessions::store::insert(tx.conn(), &session).await?;
    tx.commit().await?;
    let token = session.token(app, &user.name, &user.email)?;
    Ok((user, token))
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
    Ok(store::find(app.db.read().await?.conn(), id).await?)
}
