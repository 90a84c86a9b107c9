//! Access tokens, between what a form says and what is stored.

use super::field;
use crate::access::{Actor, Visit};
use crate::app::App;
use crate::clock::later;
use crate::http::Error;
use crate::tokens::{self, ApiToken, DAY, DAYS_DEFAULT, DAYS_MAX, TokenSecret, Wanted};
use crate::{projects, workspaces};
use ::app::accounts::{Life, NewToken, Token, TokenWish};
use shared::codes::Rejected;
use shared::ids::{ProjectId, UserId, WorkspaceId};
use shared::limits::KeyScopes;
use shared::projects::Project;
use shared::values::{Name, Time};
use std::collections::{BTreeSet, HashMap};

/// A person's tokens, with the names of what they are limited to.
pub(super) async fn list(app: &App, user: UserId) -> Result<Vec<Token>, Error> {
    let tokens = tokens::list(app, user).await?;
    shown(app, tokens).await
}

/// Makes the token that a form asks for.
pub(super) async fn create(app: &App, user: UserId, wish: TokenWish) -> Result<NewToken, Error> {
    let wanted = wanted(app, user, wish).await?;
    made(app, tokens::create(app, user, wanted).await?).await
}

/// A token just made, with its secret.
pub(super) async fn made(
    app: &App,
    (made, secret): (ApiToken, TokenSecret),
) -> Result<NewToken, Error> {
    let mut shown = shown(app, vec![made]).await?;
    Ok(NewToken {
        token: shown.remove(0),
        secret: secret.as_str().to_owned(),
    })
}

/// What a form means.
pub(super) async fn wanted(app: &App, user: UserId, wish: TokenWish) -> Result<Wanted, Error> {
    let name = field("name", Name::parse(&wish.name))?;
    let workspace = wish.workspace.filter(|slug| !slug.trim().is_empty());
    let keys = wish.projects.unwrap_or_default();
    let keys: BTreeSet<String> = keys
        .split([',', ' '])
        .filter(|key| !key.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    let (workspace, projects) = match workspace {
        Some(slug) => {
            let visit = Visit::to_slug(app, Actor::unlimited(user), slug.trim()).await?;
            let projects = named(app, &visit, &keys).await?;
            (Some(visit.workspace), projects)
        }
        None if keys.is_empty() => (None, None),
        None => {
            let why = "Choose the workspace that the projects are in.";
            return Err(Rejected::field("projects", why).into());
        }
    };
    Ok(Wanted {
        name,
        expires_at: ends(app, wish.life),
        scopes: KeyScopes::of(wish.scopes),
        workspace,
        projects,
    })
}

/// When what is made now ends.
pub(super) fn ends(app: &App, life: Life) -> Option<Time> {
    let days = match life {
        Life::Default => DAYS_DEFAULT,
        Life::Days(days) => days.clamp(1, DAYS_MAX),
        Life::Endless => return None,
    };
    Some(later(app.clock.now(), DAY * days))
}

/// The projects with those keys; none where none are named.
async fn named(
    app: &App,
    visit: &Visit,
    keys: &BTreeSet<String>,
) -> Result<Option<BTreeSet<ProjectId>>, Error> {
    if keys.is_empty() {
        return Ok(None);
    }
    let all = projects_of(app, visit.workspace).await?;
    let find = |key: &String| {
        let found = all
            .iter()
            .find(|project| project.key.as_str() == key && visit.sees(project.id));
        found.map(|project| project.id).ok_or_else(|| {
            let why = format!("There is no project {key} in this workspace, or you do not see it.");
            Rejected::field("projects", why)
        })
    };
    let found: Result<BTreeSet<ProjectId>, Rejected> = keys.iter().map(find).collect();
    Ok(Some(found?))
}

async fn projects_of(app: &App, workspace: WorkspaceId) -> Result<Vec<Project>, Error> {
    let rows = projects::store::list(app.db.read_in(workspace).await?.conn(), workspace).await?;
    Ok(rows.into_iter().map(|stored| stored.row).collect())
}

/// Tokens as people see them.
pub(super) async fn shown(app: &App, tokens: Vec<ApiToken>) -> Result<Vec<Token>, Error> {
    let limited: BTreeSet<WorkspaceId> = tokens.iter().filter_map(|it| it.workspace).collect();
    let (mut names, mut keys) = (HashMap::new(), HashMap::new());
    for id in limited {
        let found =
            workspaces::store::find(app.db.read_in(id).await?.conn(), id, id.uuid()).await?;
        if let Some(workspace) = found {
            names.insert(id, workspace.row.name.to_string());
        }
        for project in projects_of(app, id).await? {
            keys.insert(project.id, project.key.to_string());
        }
    }
    let token = |token: ApiToken| {
        let projects = token.projects.unwrap_or_default();
        let key = |id: &ProjectId| keys.get(id).cloned();
        Token {
            id: token.id,
            name: token.name.to_string(),
            prefix: token.prefix,
            scopes: token.scopes,
            workspace: token.workspace.map(|id| {
                let gone = || "a workspace that is gone".to_owned();
                names.get(&id).cloned().unwrap_or_else(gone)
            }),
            projects: projects.iter().filter_map(key).collect(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            last_used_from: token.last_used_from,
        }
    };
    Ok(tokens.into_iter().map(token).collect())
}
