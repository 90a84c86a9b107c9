//! How people come in: what the pages tell of it.

use crate::accounts::sign_up::is_offered;
use crate::accounts::{self, User};
use crate::app::App;
use crate::http::Error;
use crate::providers::{self, Link};
use ::app::accounts::{Account, Entrances, Provider, ProviderLink};

/// How strangers come in.
pub(super) fn entrances(app: &App) -> Entrances {
    Entrances {
        providers: app.providers.all().map(provider).collect(),
        has_sign_up: is_offered(&app.settings.now().auth),
    }
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
