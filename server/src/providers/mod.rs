//! Signing in through providers of OpenID Connect: Google, a company's own, any that the settings name.
//!
//! A browser goes to the provider with a state, a nonce and a PKCE challenge, and comes back with a code, which is
//! exchanged for the provider's signed word on who is there (`client`). Who that is here is decided by `sign_in`: by a
//! link (issuer and subject) that was made before; else by the address, **but only where the provider says that it is
//! verified and it was confirmed here, too**; else it is somebody new, whom the server's sign-up policy may let in.

mod client;
mod routes;
pub(crate) mod store;

pub(crate) use routes::routes;

use self::client::{Client, Keys, Vouched as FromProvider};
use crate::accounts::sign_up::{self, Applicant};
use crate::accounts::{self, User};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::config;
use crate::db::{self, Lock};
use crate::http::Error;
use crate::http::outgoing::Outgoing;
use crate::invitations;
use crate::mails::{self, Mail};
use crate::second_steps;
use crate::sessions::{Entrance, Means, SessionToken};
use ::app::routes::href;
use serde::{Deserialize, Serialize};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::{Email, Name, Time};

/// The providers of these settings.
pub struct Providers(Vec<Client>);

impl Providers {
    /// Nobody is asked anything before somebody wants to sign in.
    pub fn open(settings: &[config::Provider], outgoing: &Outgoing) -> anyhow::Result<Self> {
        let clients = settings.iter().cloned();
        let clients = clients.map(|settings| Client::new(settings, outgoing));
        Ok(Self(clients.collect::<Result<_, _>>()?))
    }

    fn get(&self, id: &str) -> Result<&Client, Error> {
        let found = self.0.iter().find(|client| client.settings.id == id);
        found.ok_or_else(|| {
            let text = "This server knows no such provider. Choose one of those on the page.";
            Rejected::new(Code::NotFound, text).into()
        })
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &config::Provider> {
        self.0.iter().map(|client| &client.settings)
    }
}

/// The address to come back to from a provider.
fn back_address(app: &App, id: &str) -> String {
    format!("{}/auth/providers/{id}/callback", app.public_url.origin())
}

/// An account that somebody comes into by a provider's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who vouches.
    pub issuer: String,
    /// Whom they call so.
    pub subject: String,
    /// Who that is here.
    pub user: UserId,
    /// The address that they had at the provider when they came last.
    pub email: Option<String>,
    /// Since when.
    pub created_at: Time,
    /// When they last came by it.
    pub used_at: Time,
}

/// A provider's word by which a new account comes to be.
pub(crate) struct Vouched {
    issuer: String,
    subject: String,
    email: Email,
}

impl Vouched {
    /// The link to the account that was made.
    pub(crate) fn link(self, user: UserId, now: Time) -> Link {
        Link {
            issuer: self.issuer,
            subject: self.subject,
            user,
            email: Some(self.email.to_string()),
            created_at: now,
            used_at: now,
        }
    }
}

/// What must fit when a browser comes back from a provider.
#[derive(Serialize, Deserialize)]
struct Flow {
    provider: String,
    keys: Keys,
    /// Where to go on, on this site.
    next: Option<String>,
    /// Whose account is to be linked; nobody's where somebody signs in.
    link: Option<UserId>,
}

/// Begins signing in or linking: what to remember, and where the browser goes.
async fn begin(
    app: &App,
    id: &str,
    next: Option<String>,
    link: Option<UserId>,
) -> Result<(Flow, String), Error> {
    let client = app.providers.get(id)?;
    let secret = || app.rng.secret();
    let keys = Keys {
        state: secret(),
        nonce: secret(),
        verifier: secret(),
    };
    let address = client.address(app, &keys).await?;
    let flow = Flow {
        provider: id.to_owned(),
        keys,
        next,
        link,
    };
    Ok((flow, address))
}

/// What comes of a provider's word.
enum Entered {
    /// A session.
    In(SessionToken),
    /// Somebody who has a second step here, too.
    HalfWay(User),
}

/// Lets somebody in whom a provider vouches for.
async fn sign_in(
    app: &App,
    provider: &config::Provider,
    from: FromProvider,
    next: Option<&str>,
    entrance: Entrance,
) -> Result<Entered, Error> {
    if let Some(user) = linked(app, &from).await? {
        return enter(app, user, entrance).await;
    }
    let email = from
        .email
        .as_deref()
        .and_then(|email| Email::parse(email).ok());
    // Nothing is told of who has an account to somebody who may have made the address up.
    let email = email
        .filter(|_| from.is_verified)
        .ok_or_else(|| not_vouched(provider))?;
    let vouched = Vouched {
        issuer: from.issuer,
        subject: from.subject,
        email: email.clone(),
    };
    if let Some(user) = accounts::find_by_email(app, &email).await? {
        if user.email_confirmed_at.is_none() {
            return Err(not_confirmed(provider, &email));
        }
        insert(app, provider, &user, vouched.link(user.id, app.clock.now())).await?;
        return enter(app, user, entrance).await;
    }
    let invitation = next.and_then(href::secret_of_invitation);
    let invited = invitations::invited(app, invitation, &email).await?;
    let applicant = Applicant {
        name: name_of(from.name.as_deref(), &email),
        email,
        password_hash: None,
        is_confirmed: true,
        is_invited: invited.is_invited(),
        vouched: Some(vouched),
        link: None,
    };
    let (_, session) = sign_up::create(app, applicant, entrance).await?;
    Ok(Entered::In(session))
}

async fn enter(app: &App, user: User, entrance: Entrance) -> Result<Entered, Error> {
    if app.config.auth.two_step_after_providers && second_steps::is_on(app, user.id).await? {
        return Ok(Entered::HalfWay(user));
    }
    let (_, session) = accounts::sign_in_vouched(app, user, entrance, Means::Provider).await?;
    Ok(Entered::In(session))
}

/// Whose account is linked to whom a provider vouches for.
async fn linked(app: &App, from: &FromProvider) -> Result<Option<User>, Error> {
    let mut tx = app.db.write().await?;
    let Some(link) = store::find(tx.conn(), &from.issuer, &from.subject).await? else {
        return Ok(None);
    };
    let link = Link {
        email: from.email.clone(),
        used_at: app.clock.now(),
        ..link
    };
    store::update_used(tx.conn(), &link).await?;
    tx.commit().await?;
    accounts::find(app, link.user).await
}

/// Links an account to whom a provider vouches for, for who is signed in to it.
async fn link(
    app: &App,
    provider: &config::Provider,
    from: FromProvider,
    user: UserId,
) -> Result<(), Error> {
    let user = accounts::find(app, user)
        .await?
        .ok_or(Code::Unauthenticated)?;
    let now = app.clock.now();
    let link = Link {
        issuer: from.issuer,
        subject: from.subject,
        user: user.id,
        email: from.email,
        created_at: now,
        used_at: now,
    };
    insert(app, provider, &user, link).await
}

async fn insert(
    app: &App,
    provider: &config::Provider,
    user: &User,
    link: Link,
) -> Result<(), Error> {
    let name = &provider.name;
    let mut tx = app.db.write().await?;
    match store::find(tx.conn(), &link.issuer, &link.subject).await? {
        Some(found) if found.user == user.id => return Ok(()),
        Some(_) => {
            let text = format!(
                "This {name} account is linked to another account here. Unlink it there first."
            );
            return Err(Rejected::new(Code::AlreadyExists, text).into());
        }
        None => {}
    }
    store::insert(tx.conn(), &link).await.map_err(|error| {
        if db::is_unique_violation(&error) {
            let text = format!("Another {name} account is linked already. Unlink it first.");
            return Error::Refused(Rejected::new(Code::AlreadyExists, text));
        }
        error.into()
    })?;
    let note = Note::of_server(Act::ProviderLinked).by(user.id);
    audit_entries::note(app, &mut tx, note.saying(provider.id.as_str())).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, provider = provider.id, "a provider was linked");
    let text = format!(
        "Hello {},\n\nfrom now on you can sign in to TeamFlow with {name}. If you did not want that, sign in, unlink it on \
         your account's page, and choose another password:\n\n{}{}\n",
        user.name,
        app.public_url.origin(),
        href::ACCOUNT
    );
    let mail = Mail {
        to: user.email.clone(),
        subject: format!("{name} was linked to your account"),
        text,
    };
    mails::post(app, mail);
    Ok(())
}

/// An account's links.
pub async fn list(app: &App, user: UserId) -> Result<Vec<Link>, Error> {
    Ok(store::list(app.db.read().await?.conn(), user).await?)
}

/// Unlinks a provider, unless nobody could come in any more.
pub async fn unlink(app: &App, user: UserId, issuer: &str) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    // Two who take away one way each must not take away both.
    db::lock(tx.conn(), Lock::WaysIn).await?;
    if !store::delete(tx.conn(), user, issuer).await? {
        return Err(Code::NotFound.into());
    }
    accounts::require_way_in(&mut tx, user).await?;
    let note = Note::of_server(Act::ProviderUnlinked).by(user);
    audit_entries::note(app, &mut tx, note.saying(issuer)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user, issuer, "a provider was unlinked");
    Ok(())
}

/// What somebody is called here: what the provider says, as far as it can be a name.
fn name_of(name: Option<&str>, email: &Email) -> Name {
    let of_address = email.as_str().split('@').next().unwrap_or_default();
    let names = [name.unwrap_or_default(), of_address];
    let cut = |text: &str| text.chars().take(80).collect::<String>();
    let mut names = names.iter().filter_map(|text| Name::parse(&cut(text)).ok());
    names
        .next()
        .unwrap_or_else(|| Name::parse("New person").expect("a name of two words"))
}

fn not_vouched(provider: &config::Provider) -> Error {
    let name = &provider.name;
    let text = format!(
        "{name} does not say that your e-mail address there is verified. Verify it there, or sign in here another way and \
         link {name} on your account's page."
    );
    Rejected::new(Code::SignInFailed, text).into()
}

fn not_confirmed(provider: &config::Provider, email: &Email) -> Error {
    let name = &provider.name;
    let text = format!(
        "There is an account for {email} here whose address was never confirmed. Sign in to it with its password, then \
         link {name} on your account's page."
    );
    Rejected::new(Code::SignInFailed, text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_called_what_can_be_a_name() {
        let email = Email::parse("ada@example.org").unwrap();
        let called = |name| name_of(name, &email).to_string();
        assert_eq!(called(Some("Ada Lovelace")), "Ada Lovelace");
        assert_eq!(called(Some("  ")), "ada");
        assert_eq!(called(None), "ada");
        assert_eq!(called(Some(&"x".repeat(300))).len(), 80);
    }
}
