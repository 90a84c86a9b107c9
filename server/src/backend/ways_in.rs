//! How people come in: what the pages tell of it.

use super::field;
use crate::accounts::sign_up::{self, is_offered};
use crate::accounts::{self, User};
use crate::app::App;
use crate::http::Error;
use crate::passkeys;
use crate::providers::{self, Link};
use ::app::accounts::{Account, Entrances, Provider, ProviderLink};
use ::app::routes::{href, is_local};
use leptos_axum::redirect;
use shared::codes::{Code, Rejected};
use shared::values::Email;

/// How strangers come in.
pub(super) fn entrances(app: &App) -> Entrances {
    Entrances {
        providers: app.providers.all().map(provider).collect(),
        has_passkeys: passkeys::obstacle(&app.public_url).is_none(),
        has_sign_up: is_offered(&app.settings.now().auth),
        confirms_first: app.mailer.is_there(),
    }
}

/// Refuses to make an account at once where the answer would tell who has one.
pub(super) async fn require_at_once(
    app: &App,
    email: &str,
    invitation: Option<&str>,
) -> Result<(), Error> {
    let email = field("email", Email::parse(email))?;
    if sign_up::is_at_once(app, &email, invitation).await? {
        return Ok(());
    }
    let text = "Addresses are confirmed first here. Load the page anew, and type yours.";
    Err(Rejected::new(Code::NotAllowed, text).into())
}

/// Sends an address a link that makes an account; answers which page says so.
pub(super) async fn ask_sign_up(
    app: &App,
    email: &str,
    next: Option<String>,
) -> Result<String, Error> {
    if !app.mailer.is_there() {
        let text = "This server sends no mail. Load the page anew.";
        return Err(Rejected::new(Code::Unavailable, text).into());
    }
    let next = next.filter(|next| is_local(next));
    let page = href::sign_up_sent(next.as_deref());
    sign_up::ask(app, field("email", Email::parse(email))?, next).await?;
    Ok(page)
}

/// How somebody comes in, and could.
pub(super) async fn account(app: &App, user: &User) -> Result<Account, Error> {
    let links = providers::list(app, user.id).await?;
    let is_linked = |issuer: &str| links.iter().any(|link| link.issuer == issuer);
    let others = app.providers.all().filter(|it| !is_linked(&it.issuer));
    Ok(Account {
        is_confirmed: user.email_confirmed_at.is_some(),
        has_mail: app.mailer.is_there(),
        has_password: accounts::has_password(app, user.id).await?,
        providers: others.map(provider).collect(),
        links: links.into_iter().map(|link| shown(app, link)).collect(),
    })
}

fn provider(settings: &crate::config::Provider) -> Provider {
    Provider {
        id: settings.id.clone(),
        name: settings.name.clone(),
    }
}

/// A provider that is not in the settings any more is told by its address.
fn shown(app: &App, link: Link) -> ProviderLink {
    let known = app.providers.all().find(|it| it.issuer == link.issuer);
    ProviderLink {
        name: known.map_or_else(|| link.issuer.clone(), |it| it.name.clone()),
        issuer: link.issuer,
        email: link.email,
        used_at: link.used_at,
    }
}

/// Leads to where the person came from, if that is on this site.
pub(super) fn go_on(next: Option<String>) {
    redirect(
        next.as_deref()
            .filter(|next| is_local(next))
            .unwrap_or(href::ROOT),
    );
}
