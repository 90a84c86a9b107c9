//! Workspaces on the server: founding one, who is in which, and how they end.

pub mod purge;
pub(crate) mod routes;
pub mod store;

use crate::access::Actor;
use crate::app::App;
use crate::http::Error;
use crate::profiles;
use ::app::workspaces::WorkspaceLink;
use shared::access::Role;
use shared::codes::{Code, Rejected};
use shared::ids::{UserId, WorkspaceId};
use shared::sync::Command;
use shared::values::{Name, Slug};
use shared::workspaces::Mutation;

/// How many addresses are tried that are made from a name, before one is made by chance.
const NUMBERED_SLUGS: u32 = 9;

/// Founds a workspace; answers its address. Without one, it is made from the name.
pub async fn found(
    app: &App,
    owner: UserId,
    owner_name: &Name,
    name: &Name,
    slug: Option<Slug>,
) -> Result<Slug, Error> {
    found_with(app, owner, owner_name, name, slug, |_| Vec::new()).await
}

/// Founds a workspace and begins it with more commands, all or nothing.
pub async fn found_with(
    app: &App,
    owner: UserId,
    owner_name: &Name,
    name: &Name,
    slug: Option<Slug>,
    more: impl Fn(WorkspaceId) -> Vec<Command>,
) -> Result<Slug, Error> {
    let asked = slug.is_some();
    for slug in slug
        .into_iter()
        .chain(slugs_of(app, name).take(if asked { 0 } else { usize::MAX }))
    {
        let id = WorkspaceId::new(app.clock.now().0, app.rng.bytes());
        let create = Mutation::Create {
            id,
            name: name.clone(),
            slug: slug.clone(),
            owner_name: owner_name.clone(),
        };
        let commands = std::iter::once(create.into()).chain(more(id)).collect();
        match app.sync.found(id, owner, commands).await {
            Ok(_) => {
                tracing::info!(workspace.id = %id, "a workspace was founded");
                profiles::joined(app, owner).await;
                return Ok(slug);
            }
            Err(Error::Refused(rejected)) if rejected.code == Code::SlugTaken && !asked => {}
            Err(Error::Refused(rejected)) if rejected.code == Code::SlugTaken => {
                return Err(Rejected {
                    field: Some("slug".into()),
                    ..rejected
                }
                .into());
            }
            Err(error) => return Err(error),
        }
    }
    Err(Code::SlugTaken.into())
}

/// Addresses for a workspace of that name: the name itself, then numbered, then one by chance; none that is reserved.
fn slugs_of(app: &App, name: &Name) -> impl Iterator<Item = Slug> {
    let base = Slug::from_name(name.as_str());
    let [a, b] = app.rng.bytes::<2>();
    let ends = (2..=NUMBERED_SLUGS).map(|n| n.to_string());
    let ends = ends.chain([format!("{a:02x}{b:02x}")]);
    let short: String = base.as_str().chars().take(Slug::CHARS_MAX - 5).collect();
    let numbered = ends
        .filter_map(move |end| Slug::parse(&format!("{}-{end}", short.trim_end_matches('-'))).ok());
    std::iter::once(base)
        .chain(numbered)
        .filter(|slug| !slug.is_reserved())
}

/// The workspaces that somebody is in, by name; those that are deleted are shown to who may restore them.
pub async fn list_for_member(app: &App, user: UserId) -> Result<Vec<WorkspaceLink>, Error> {
    let mut read = app.db.read_as(user).await?;
    let found = store::list_memberships(read.conn(), user).await?;
    drop(read);
    let mut links: Vec<WorkspaceLink> = found
        .into_iter()
        .map(|(stored, role)| WorkspaceLink {
            id: stored.row.id,
            restorable_until: stored.row.restorable_until(),
            name: stored.row.name.into(),
            slug: stored.row.slug.into(),
            role,
        })
        .filter(|link| link.restorable_until.is_none() || link.role == Role::Owner)
        .collect();
    links.sort_by_cached_key(|link| (link.name.to_lowercase(), link.slug.clone()));
    Ok(links)
}

/// Gives a workspace another address; the one it had leads to it for good.
pub async fn readdress(
    app: &App,
    workspace: WorkspaceId,
    actor: impl Into<Actor>,
    slug: Slug,
) -> Result<(), Error> {
    let readdress = Mutation::Readdress {
        id: workspace,
        slug,
    };
    match app.sync.commit(workspace, actor, readdress).await {
        Err(Error::Refused(rejected)) if rejected.code == Code::SlugTaken => Err(Rejected {
            field: Some("slug".into()),
            ..rejected
        }
        .into()),
        other => other.map(drop),
    }
}

/// A workspace's address.
pub async fn slug_of(app: &App, workspace: WorkspaceId) -> Result<Option<Slug>, Error> {
    let mut read = app.db.read_in(workspace).await?;
    let found = store::find(read.conn(), workspace, workspace.uuid()).await?;
    Ok(found.map(|stored| stored.row.slug))
}

/// The address that a workspace of somebody's has now, if it had this one before.
pub async fn moved(app: &App, slug: &str, user: UserId) -> Result<Option<String>, Error> {
    Ok(store::find_moved(app.db.read_as(user).await?.conn(), slug, user).await?)
}
