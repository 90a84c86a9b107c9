//! Making accounts: who may have one, and how it comes to be.
//!
//! **[`may_sign_up`] alone says who may**, whichever way they come: with a password, by a provider's word, invited or not.

use super::{User, links, password, store};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::config::{self, SignUp};
use crate::db::{self, Lock};
use crate::http::Error;
use crate::invitations;
use crate::providers::{self, Vouched};
use crate::sessions::{self, Entrance, SessionToken};
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::UserId;
use shared::values::{Email, Name};

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
    let is_invited = match &invitation {
        Some(secret) => invitations::invites(app, secret, &email).await?,
        None => false,
    };
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
    };
    create(app, applicant, entrance).await
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
    let session = sessions::NewSession::of(app, user.id, entrance);
    let mut tx = app.db.write().await?;
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
