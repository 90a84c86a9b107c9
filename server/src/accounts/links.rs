//! Links that reach somebody by mail, and so show that an address is theirs: to choose another password, and to confirm the
//! address. Each is good once and for a short time; the database holds hashes.

use super::identity::{self, SecretHash, hash};
use super::{User, lockout, password, store};
use crate::app::App;
use crate::audit_entries::{self, Note, Origin};
use crate::clock::{later, millis};
use crate::http::Error;
use crate::mails::{self, Mail};
use crate::passkeys;
use crate::providers;
use crate::second_steps;
use crate::sessions;
use crate::tokens;
use ::app::routes::href;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::{Email, Time};
use std::time::Duration;

/// How long a link is good that lets somebody choose another password.
pub const RESET_LIFETIME: Duration = Duration::from_hours(1);
/// How long a link is good that confirms an address.
pub const CONFIRM_LIFETIME: Duration = Duration::from_hours(3 * 24);
/// How often somebody is sent a link of a kind.
pub const SENT_EVERY: Duration = Duration::from_mins(1);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choosing another password.
    Reset,
    /// Confirming the address.
    Confirm,
}

impl Purpose {
    /// Its name in the database.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Purpose::Reset => "reset",
            Purpose::Confirm => "confirm",
        }
    }

    const fn lifetime(self) -> Duration {
        match self {
            Purpose::Reset => RESET_LIFETIME,
            Purpose::Confirm => CONFIRM_LIFETIME,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Purpose::Reset => href::RESET_PASSWORD,
            Purpose::Confirm => href::CONFIRM_EMAIL,
        }
    }
}

/// A link as it is stored.
pub(super) struct Link {
    pub(super) hash: SecretHash,
    pub(super) user: UserId,
    pub(super) purpose: Purpose,
    /// The address that it was sent to.
    pub(super) email: Email,
    pub(super) created_at: Time,
    pub(super) expires_at: Time,
}

/// Makes a link for somebody, who gets it on another way than by this answer; nothing where they got one just now.
pub async fn make(app: &App, user: &User, purpose: Purpose) -> Result<Option<String>, Error> {
    let now = app.clock.now();
    let secret = app.rng.secret();
    let link = Link {
        hash: hash(&secret),
        user: user.id,
        purpose,
        email: user.email.clone(),
        created_at: now,
        expires_at: later(now, purpose.lifetime()),
    };
    let mut tx = app.db.write().await?;
    let since = Time(now.0 - millis(SENT_EVERY));
    if store::count_links_since(tx.conn(), user.id, purpose, since).await? > 0 {
        return Ok(None);
    }
    store::delete_links_before(tx.conn(), now).await?;
    store::insert_link(tx.conn(), &link).await?;
    if purpose == Purpose::Reset {
        let note = Note::of_server(Act::ResetSent).about(user.id);
        audit_entries::note(app, &mut tx, note).await?;
    }
    tx.commit().await?;
    let origin = app.public_url.origin();
    Ok(Some(format!("{origin}{}?token={secret}", purpose.path())))
}

/// Sends whoever has an address a link to choose another password. Whether anybody has it is not told, neither by the
/// answer nor by its time.
pub fn forgot(app: &App, email: &str) {
    let (inner, email) = (app.clone(), Email::parse(email));
    let send = async move {
        let Ok(email) = email else { return };
        if let Err(error) = send_reset(&inner, &email).await {
            drop(error.into_rejected());
        }
    };
    mails::behind(app, Origin::current().scope(send));
}

async fn send_reset(app: &App, email: &Email) -> Result<(), Error> {
    let Some(user) = super::find_by_email(app, email).await? else {
        return Ok(());
    };
    let Some(link) = make(app, &user, Purpose::Reset).await? else {
        return Ok(());
    };
    let text = format!(
        "Hello {},\n\nsomebody, probably you, has asked to choose another password for TeamFlow. Do it here within an \
         hour:\n\n{link}\n\nIf it was not you, do nothing: your password stays as it is.\n",
        user.name
    );
    mails::post(
        app,
        Mail {
            to: user.email,
            subject: "Choose another password".to_owned(),
            text,
        },
    );
    Ok(())
}

/// Sends somebody a link that confirms their address, if mail goes anywhere.
pub async fn send_confirmation(app: &App, user: &User) -> Result<(), Error> {
    if !app.mailer.is_there() {
        return Ok(());
    }
    let Some(link) = make(app, user, Purpose::Confirm).await? else {
        return Ok(());
    };
    let text = format!(
        "Hello {},\n\nplease confirm that this is your address, within three days:\n\n{link}\n\nIf you have no account \
         with TeamFlow, somebody has mistyped theirs: do nothing.\n",
        user.name
    );
    mails::post(
        app,
        Mail {
            to: user.email.clone(),
            subject: "Confirm your address".to_owned(),
            text,
        },
    );
    Ok(())
}

pub(super) fn stale() -> Error {
    let text = "This link is not good any more: it was used, or is too old. Ask for another.";
    Rejected::new(Code::NotFound, text).into()
}

/// Gives whoever has the link another password, and ends all their sessions. The address is theirs then, too; where it was
/// nobody's for certain before, so are only what they do from now on: links to providers, keys, passkeys and the second step go.
pub async fn reset(app: &App, secret: &str, password: String) -> Result<(), Error> {
    let (hash, now) = (hash(secret), app.clock.now());
    let mut read = app.db.read().await?;
    let link = store::find_link(read.conn(), &hash, Purpose::Reset, now).await?;
    let link = link.ok_or_else(stale)?;
    let found = store::find(read.conn(), link.user).await?;
    drop(read);
    let (user, _) = found.ok_or_else(stale)?;
    password::check(&password, &user.email, &user.name)?;
    let password_hash = app.passwords.hash(&app.rng, password).await?;
    let mut tx = app.db.write().await?;
    // Of two who use it at once, one does.
    if !store::delete_link(tx.conn(), &hash).await? {
        return Err(stale());
    }
    store::delete_links(tx.conn(), user.id).await?;
    store::update_password(tx.conn(), user.id, &password_hash).await?;
    let mut ended = Vec::new();
    if link.email == user.email {
        if user.email_confirmed_at.is_none() {
            // Until now anybody may have made this account in the name of who has the address: their ways in go.
            providers::store::delete_all(tx.conn(), user.id).await?;
            ended = tokens::end_all(app, &mut tx, user.id).await?;
            passkeys::store::delete_all(tx.conn(), user.id).await?;
            second_steps::store::delete(tx.conn(), user.id).await?;
        }
        store::update_confirmed(tx.conn(), user.id, now).await?;
    }
    let address = lockout::address(user.email.as_str());
    store::delete_attempts(tx.conn(), &address).await?;
    let note = Note::of_server(Act::PasswordReset).by(user.id);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    sessions::end_others(app, user.id, None).await?;
    for via in ended {
        identity::end(app, via);
    }
    tracing::info!(user.id = %user.id, "a password was chosen anew by a link");
    Ok(())
}

/// Notes that an address belongs to who has the link.
pub async fn confirm(app: &App, secret: &str) -> Result<(), Error> {
    let (hash, now) = (hash(secret), app.clock.now());
    let mut tx = app.db.write().await?;
    let link = store::find_link(tx.conn(), &hash, Purpose::Confirm, now).await?;
    let link = link.ok_or_else(stale)?;
    let found = store::find(tx.conn(), link.user).await?;
    let (user, _) = found.ok_or_else(stale)?;
    if !store::delete_link(tx.conn(), &hash).await? || link.email != user.email {
        return Err(stale());
    }
    store::update_confirmed(tx.conn(), user.id, now).await?;
    let note = Note::of_server(Act::EmailConfirmed).by(user.id);
    audit_entries::note(app, &mut tx, note).await?;
    tx.commit().await?;
    Ok(())
}
