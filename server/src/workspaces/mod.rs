//! Workspaces on the server: founding one, and who is in which.

pub(crate) mod routes;
pub mod store;

use crate::app::App;
use crate::http::Error;
use ::app::workspaces::WorkspaceLink;
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

/// Addresses for a workspace of that name: the name itself, then numbered, then one by chance.
fn slugs_of(app: &App, name: &Name) -> impl Iterator<Item = Slug> {
    let base = Slug::from_name(name.as_str());
    let [a, b] = app.rng.bytes::<2>();
    let ends = (2..=NUMBERED_SLUGS).map(|n| n.to_string());
    let ends = ends.chain([format!("{a:02x}{b:02x}")]);
    let short: String = base.as_str().chars().take(Slug::CHARS_MAX - 5).collect();
    let numbered = ends
        .filter_map(move |end| Slug::parse(&format!("{}-{end}", short.trim_end_matches('-'))).ok());
    std::iter::once(base).chain(numbered)
}

/// The workspaces that somebody is in, by name.
pub async fn list_for_member(app: &App, user: UserId) -> Result<Vec<WorkspaceLink>, Error> {
    let mut read = app.db.read().await?;
    let found = store::list_for_member(read.conn(), user).await?;
    Ok(found
        .into_iter()
        .map(|(name, slug)| WorkspaceLink { name, slug })
        .collect())
}
