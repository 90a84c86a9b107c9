//! Making accounts: who may have one, and how it comes to be.
//!
//! Where mail is sent, an address is confirmed before there is an account: [`ask`] sends a link to it, and who opens that
//! chooses a name and a password ([`finish`]). Whether the address has an account already is told by that mail alone.
//!
//! **[`may_sign_up`] alone says who may**, whichever way they come: with a password, by a provider's word, invited or not.

use super::identity::{SecretHash, hash};
use super::links::SENT_EVERY;
use super::{User, links, password, store};
use crate::app::App;
use crate::audit_entries::{self, Note, Origin};
use crate::clock::{later, millis};
use crate::config::{self, SignUp};
use crate::db::{self, Lock};
use crate::http::Error;
use crate::invitations::{self, Invited};
use crate::mails::{self, Mail};
use crate::providers::{self, Vouched};
use crate::sessions::{self, Entrance, Means, SessionToken};
use ::app::routes::href;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::{Email, Name, Time};
use std::time::Duration;

/// How long a link is good that makes an account.
pub const LINK_LIFETIME: Duration = Duration::from_hours(24);

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

/// Somebody who would like an account.
pub(crate) struct Applicant {
    pub(crate) name: Name,
    pub(crate) email: Email,
    /// Nothing for who comes in another way.
    pub(crate) password_hash: Option<String>,
    /// Whether it was shown that the address is theirs.
    pub(crate) is_confirmed: bool,
    /// Whether they hold an invitation for it.
    pub(crate) is_invited: bool,
    /// The provider's word by which they come in.
    pub(crate) vouched: Option<Vouched>,
    /// The mailed link by which they come in; it is used up.
    pub(crate) link: Option<SecretHash>,
}

/// Whether somebody with this address may have an account, with so many there already.
pub(crate) fn may_sign_up(
    auth: &config::Auth,
    accounts: u64,
    email: &Email,
    is_confirmed: bool,
    is_invited: bool,
) -> Result<(), Rejected> {
    let is_first = accounts == 0;
    let refuse = |why: &str| Err(Rejected::new(Code::NotAllowed, why));
    match auth.sign_up {
        SignUp::First | SignUp::Invited | SignUp::Domains if is_first => Ok(()),
        SignUp::Invited | SignUp::Domains if is_invited => Ok(()),
        SignUp::Domains if !is_of(email, &auth.sign_up_domains) => refuse(
            "New accounts need an address of certain domains here, or an invitation. Use your work address, or ask \
             somebody in your team to invite you.",
        ),
        SignUp::Domains if !is_confirmed => refuse(
            "This server sends no mail, so it cannot see that the address is yours. Ask somebody in your team to invite \
             you.",
        ),
        SignUp::Open | SignUp::Domains => Ok(()),
        SignUp::Invited => refuse(
            "New accounts need an invitation here. Open the link of yours, or ask somebody for one.",
        ),
        SignUp::First | SignUp::Closed => {
            refuse("New accounts cannot be created here. Ask the administrator of this server.")
        }
    }
}

/// Whether somebody without an invitation has a chance.
pub(crate) fn is_offered(auth: &config::Auth) -> bool {
    matches!(auth.sign_up, SignUp::Open | SignUp::Domains)
}

fn is_of(email: &Email, domains: &[String]) -> bool {
    let domain = email.as_str().rsplit_once('@').map(|(_, domain)| domain);
    domain.is_some_and(|domain| domains.iter().any(|allowed| allowed == domain))
}

/// Creates an account with a password and signs it in, at once: where no mail could show first that the address is theirs.
pub async fn sign_up(app: &App, new: NewAccount) -> Result<(User, SessionToken), Error> {
    let NewAccount {
        name,
        email,
        password,
        entrance,
        invitation,
    } = new;
    password::check(&password, &email, &name)?;
    let invited = invitations::invited(app, invitation.as_deref(), &email).await?;
    let is_invited = invited.is_invited();
    // Who may not is told before a hash is made for them.
    let others = super::count(app).await?;
    may_sign_up(&app.settings.now().auth, others, &email, false, is_invited)?;
    let applicant = Applicant {
        password_hash: Some(app.passwords.hash(&app.rng, password).await?),
        name,
        email,
        is_confirmed: false,
        is_invited,
        vouched: None,
        link: None,
    };
    create(app, applicant, entrance).await
}

/// Whether somebody makes an account at once although mail is sent: where there is nobody yet, and where an invitation names
/// the address, so that the answer says nothing of any other.
pub(crate) async fn is_at_once(
    app: &App,
    email: &Email,
    invitation: Option<&str>,
) -> Result<bool, Error> {
    if !app.mailer.is_there() {
        return Ok(true);
    }
    let invited = invitations::invited(app, invitation, email).await?;
    Ok(invited == Invited::ByName)
}

/// Sends an address a link that makes an account; where it has one, a mail that says so. The answer is the same, and so is
/// the work before it.
pub(crate) async fn ask(app: &App, email: Email, next: Option<String>) -> Result<(), Error> {
    let invitation = next.as_deref().and_then(href::secret_of_invitation);
    let invited = invitations::invited(app, invitation, &email).await?;
    let is_invited = invited.is_invited();
    let others = super::count(app).await?;
    // Nobody gets by this what they would be refused later.
    may_sign_up(&app.settings.now().auth, others, &email, true, is_invited)?;
    let inner = app.clone();
    let send = async move {
        if let Err(error) = send_link(&inner, email, next).await {
            drop(error.into_rejected());
        }
    };
    mails::behind(app, Origin::current().scope(send));
    Ok(())
}

/// The link is written down whether or not it is sent, so that one address costs as much as another, and nobody is flooded.
async fn send_link(app: &App, email: Email, next: Option<String>) -> Result<(), Error> {
    let now = app.clock.now();
    let secret = app.rng.secret();
    let mut tx = app.db.write().await?;
    store::delete_sign_ups_before(tx.conn(), now).await?;
    let since = Time(now.0 - millis(SENT_EVERY));
    if store::count_sign_ups_since(tx.conn(), &email, since).await? > 0 {
        return Ok(());
    }
    let expires_at = later(now, LINK_LIFETIME);
    store::insert_sign_up(tx.conn(), &hash(&secret), &email, now, expires_at).await?;
    tx.commit().await?;
    let is_taken = super::find_by_email(app, &email).await?.is_some();
    let origin = app.public_url.origin();
    let (subject, text) = if is_taken {
        let (sign_in, forgot) = (href::SIGN_IN, href::FORGOT_PASSWORD);
        let text = format!(
            "Hello,\n\nsomebody, probably you, wanted to create an account with TeamFlow for this address. It has one \
             already. Sign in:\n\n{origin}{sign_in}\n\nor choose another password:\n\n{origin}{forgot}\n\nIf it was not \
             you, do nothing.\n"
        );
        ("You have an account already", text)
    } else {
        let link = href::finish_sign_up(&secret, next.as_deref());
        let text = format!(
            "Hello,\n\nsomebody, probably you, wants to create an account with TeamFlow for this address. Go on here \
             within a day:\n\n{origin}{link}\n\nIf it was not you, do nothing: there is no account.\n"
        );
        ("Finish your account", text)
    };
    let subject = subject.to_owned();
    mails::post(
        app,
        Mail {
            to: email,
            subject,
            text,
        },
    );
    Ok(())
}

/// What somebody chooses who has opened their link.
pub(crate) struct Chosen {
    pub(crate) name: Name,
    pub(crate) password: String,
    /// Where they go on to: to an invitation, maybe.
    pub(crate) next: Option<String>,
    pub(crate) entrance: Entrance,
}

/// Makes the account of who has the link that was sent to an address, and signs it in.
pub(crate) async fn finish(app: &App, secret: &str, chosen: Chosen) -> Result<SessionToken, Error> {
    let (link, now) = (hash(secret), app.clock.now());
    let found = store::find_sign_up(app.db.read().await?.conn(), &link, now).await?;
    let email = found.ok_or_else(links::stale)?;
    // What is refused here does not use the link up.
    password::check(&chosen.password, &email, &chosen.name)?;
    let invitation = chosen.next.as_deref().and_then(href::secret_of_invitation);
    let invited = invitations::invited(app, invitation, &email).await?;
    let is_invited = invited.is_invited();
    let applicant = Applicant {
        name: chosen.name,
        email,
        password_hash: Some(app.passwords.hash(&app.rng, chosen.password).await?),
        is_confirmed: true,
        is_invited,
        vouched: None,
        link: Some(link),
    };
    Ok(create(app, applicant, chosen.entrance).await?.1)
}

/// Creates an account and signs it in.
pub(crate) async fn create(
    app: &App,
    applicant: Applicant,
    entrance: Entrance,
) -> Result<(User, SessionToken), Error> {
    let Applicant {
        name,
        email,
        password_hash,
        is_confirmed,
        is_invited,
        vouched,
        link,
    } = applicant;
    let now = app.clock.now();
    let mut user = User {
        id: UserId::new(now.0, app.rng.bytes()),
        email,
        name,
        created_at: now,
        email_confirmed_at: is_confirmed.then_some(now),
        is_site_admin: false,
    };
    let means = if vouched.is_some() {
        Means::Provider
    } else {
        Means::Password
    };
    let session = sessions::NewSession::of(app, user.id, entrance.by(means));
    let mut tx = app.db.write().await?;
    // Of two who use it at once, one does.
    if let Some(link) = link
        && !store::delete_sign_up(tx.conn(), &link).await?
    {
        return Err(links::stale());
    }
    store::delete_sign_ups(tx.conn(), &user.email).await?;
    // Two who come first at once must not both become the first.
    db::lock(tx.conn(), Lock::FirstAccount).await?;
    let others = store::count(tx.conn()).await?;
    may_sign_up(
        &app.settings.now().auth,
        others,
        &user.email,
        is_confirmed,
        is_invited,
    )?;
    user.is_site_admin = others == 0;
    store::insert(tx.conn(), &user, password_hash.as_deref())
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
    if let Some(vouched) = vouched {
        let link = vouched.link(user.id, now);
        providers::store::insert(tx.conn(), &link).await?;
    }
    sessions::store::insert(tx.conn(), &session).await?;
    let note = Note::of_server(Act::AccountCreated).by(user.id);
    audit_entries::note(app, &mut tx, note.about(user.id)).await?;
    tx.commit().await?;
    tracing::info!(user.id = %user.id, site_admin = user.is_site_admin, "an account was created");
    let token = session.token(app, &user.name, &user.email)?;
    if !is_confirmed {
        links::send_confirmation(app, &user).await?;
    }
    Ok((user, token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn auth(policy: &str) -> config::Auth {
        let vars = [
            ("TEAMFLOW_SIGN_UP", policy),
            ("TEAMFLOW_SIGN_UP_DOMAINS", "example.org"),
        ];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::read(&vars.into(), None).unwrap().auth
    }

    #[test]
    fn who_may_sign_up_under_each_policy() {
        let inside = Email::parse("ada@example.org").unwrap();
        let outside = Email::parse("eve@sub.example.org").unwrap();
        let allowed = |policy: &str| {
            let auth = auth(policy);
            let mut allowed = Vec::new();
            for (who, accounts, email, confirmed, invited) in [
                ("first", 0, &outside, false, false),
                ("inside", 1, &inside, true, false),
                ("inside, unconfirmed", 1, &inside, false, false),
                ("outside", 1, &outside, true, false),
                ("outside, invited", 1, &outside, false, true),
            ] {
                if may_sign_up(&auth, accounts, email, confirmed, invited).is_ok() {
                    allowed.push(who);
                }
            }
            allowed
        };
        assert_eq!(allowed("open").len(), 5);
        assert_eq!(allowed("invited"), ["first", "outside, invited"]);
        assert_eq!(allowed("domains"), ["first", "inside", "outside, invited"]);
        assert_eq!(allowed("first"), ["first"]);
        assert_eq!(allowed("closed"), [""; 0]);
    }
}
