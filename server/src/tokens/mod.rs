//! Personal access tokens: what programs send as `Authorization: Bearer tf_...`. Shown once; the database holds a hash.
//!
//! A token may what its person and its scopes both allow, in one workspace or in some of its projects where it is limited
//! to them: see [`shared::limits`]. What is the account's own it may never.

pub mod store;

use crate::access::{Actor, Visit};
use crate::accounts::identity::{self, Via, hash};
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::db::WriteTx;
use crate::http::Error;
use crate::keys;
use crate::rng::Rng;
use crate::sessions::revoked;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use shared::ids::{ProjectId, TokenId, UserId, WorkspaceId};
use shared::limits::{Held, Key, KeyScopes, Limits};
use shared::values::{Name, Time};
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

/// A person's tokens are listed whole, so there cannot be many.
pub const TOKENS_MAX: u64 = 100;

/// What every token begins with.
pub const PREFIX: &str = "tf_";
/// How much of a secret is kept to recognise it by.
const SHOWN_CHARS: usize = 10;
/// How long a token is good for where nobody says.
pub const DAYS_DEFAULT: u32 = 90;
/// The longest life of a token that ends.
pub const DAYS_MAX: u32 = 3_650;
/// To the most projects a token can be limited to.
const PROJECTS_MAX: usize = 50;
/// One day.
pub const DAY: Duration = Duration::from_hours(24);

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// The token's id.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is for.
    pub name: Name,
    /// When it was made.
    pub created_at: Time,
    /// From when on it is worth nothing.
    pub expires_at: Option<Time>,
    /// When it was last used, give or take a minute.
    pub last_used_at: Option<Time>,
    /// From where.
    pub last_used_from: Option<String>,
    /// The secret's first characters.
    pub prefix: String,
    /// What it may do.
    pub scopes: KeyScopes,
    /// The only workspace that there is for it.
    pub workspace: Option<WorkspaceId>,
    /// The only projects that there are for it.
    pub projects: Option<BTreeSet<ProjectId>>,
}

impl ApiToken {
    /// How far it holds back who acts by it.
    pub fn limits(&self) -> Limits {
        Limits::from(Held {
            key: Some(Key::Token(self.id)),
            scopes: self.scopes,
            workspace: self.workspace,
            projects: self.projects.clone().map(Vec::from_iter),
            account: false,
        })
    }
}

/// What is wanted of a token.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is for.
    pub name: Name,
    /// From when on it is worth nothing.
    pub expires_at: Option<Time>,
    /// What it may do.
    pub scopes: KeyScopes,
    /// The only workspace that there is to be for it.
    pub workspace: Option<WorkspaceId>,
    /// The only projects that there are to be for it, in that workspace.
    pub projects: Option<BTreeSet<ProjectId>>,
}

impl Wanted {
    /// A token that may all that its person may, and does not end.
    pub const fn full(name: Name) -> Self {
        Self {
            name,
            expires_at: None,
            scopes: KeyScopes::ALL,
            workspace: None,
            projects: None,
        }
    }
}

/// The text that a program sends.
pub struct TokenSecret(String);

impl TokenSecret {
    /// The prefix lets scanners for leaked secrets recognise one.
    fn new(rng: &Rng) -> Self {
        Self(format!("{PREFIX}{}", rng.secret()))
    }

    /// The text, to be shown once.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(..)")
    }
}

/// What is bound to a token that says from where it was used.
pub(crate) fn context(id: TokenId) -> String {
    format!("api_tokens:used_from:{id}")
}

/// Refuses limits to what the person does not see themselves, and what the workspace's admins do not allow.
async fn check(app: &App, user: UserId, wanted: &Wanted) -> Result<(), Error> {
    let Some(workspace) = wanted.workspace else {
        return if wanted.projects.is_some() {
            let why = "Choose the workspace that the projects are in.";
            Err(Rejected::field("workspace", why).into())
        } else {
            Ok(())
        };
    };
    let visit = Visit::to(app, Actor::unlimited(user), workspace).await?;
    keys::require_makeable(app, &visit, wanted.expires_at).await?;
    let Some(projects) = &wanted.projects else {
        return Ok(());
    };
    if projects.is_empty() || projects.len() > PROJECTS_MAX {
        let why = format!("A token is limited to 1 to {PROJECTS_MAX} projects, or to none.");
        return Err(Rejected::field("projects", why).into());
    }
    if !projects.iter().all(|project| visit.sees(*project)) {
        let why = "There is no such project in this workspace, or you do not see it.";
        return Err(Rejected::field("projects", why).into());
    }
    Ok(())
}

/// Makes a token for a person. The secret cannot be had again.
pub async fn create(
    app: &App,
    user_id: UserId,
    wanted: Wanted,
) -> Result<(ApiToken, TokenSecret), Error> {
    check(app, user_id, &wanted).await?;
    let now = app.clock.now();
    let secret = TokenSecret::new(&app.rng);
    let token = ApiToken {
        id: TokenId::new(now.0, app.rng.bytes()),
        user_id,
        name: wanted.name,
        created_at: now,
        expires_at: wanted.expires_at,
        last_used_at: None,
        last_used_from: None,
        prefix: secret.as_str().chars().take(SHOWN_CHARS).collect(),
        scopes: wanted.scopes,
        workspace: wanted.workspace,
        projects: wanted.projects,
    };
    let mut tx = app.db.write().await?;
    if store::count(tx.conn(), user_id).await? >= TOKENS_MAX {
        return Err(Rejected::new(
            Code::NotAllowed,
            format!("You have {TOKENS_MAX} access tokens. Delete one that is not used any more."),
        )
        .into());
    }
    store::insert(tx.conn(), &token, &hash(secret.as_str())).await?;
    let note = Note::of_server(Act::TokenCreated).by(user_id);
    audit_entries::note(app, &mut tx, note.about(token.id)).await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// A person's tokens, the newest first.
pub async fn list(app: &App, user: UserId) -> Result<Vec<ApiToken>, Error> {
    let found = store::list(app.db.read().await?.conn(), user).await?;
    let opened = |(token, sealed): (ApiToken, Option<Vec<u8>>)| match sealed {
        Some(sealed) => ApiToken {
            last_used_from: app.vault.unseal_text(&context(token.id), &sealed),
            ..token
        },
        None => token,
    };
    Ok(found.into_iter().map(opened).collect())
}

/// Deletes a person's token and ends the connections that stand on it, at once. Somebody else's is not found.
pub async fn delete(app: &App, user: UserId, id: TokenId) -> Result<(), Error> {
    let (mut tx, via) = (app.db.write().await?, Via::Token(id));
    if !store::delete(tx.conn(), user, id).await? {
        return Err(Code::NotFound.into());
    }
    revoked::note(tx.conn(), via, app.clock.now()).await?;
    let note = Note::of_server(Act::TokenDeleted).by(user);
    audit_entries::note(app, &mut tx, note.about(id)).await?;
    tx.commit().await?;
    identity::end(app, via);
    Ok(())
}

/// Deletes all of somebody's tokens; what is to be [ended](identity::end) once that is committed.
pub(crate) async fn end_all(app: &App, tx: &mut WriteTx, user: UserId) -> Result<Vec<Via>, Error> {
    let ids = store::delete_all(tx.conn(), user).await?;
    let ended: Vec<Via> = ids.into_iter().map(Via::Token).collect();
    for via in &ended {
        revoked::note(tx.conn(), *via, app.clock.now()).await?;
    }
    Ok(ended)
}
