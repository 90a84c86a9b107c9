//! Projects over REST.

use super::board;
use super::request::{NewProject, ProjectPatch};
use super::store;
use super::view::ProjectView;
use crate::access::{self, Access, Visit};
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Asked, Created, IfMatch, Key, Page, Paging, Shown};
use crate::http::extract::{Path, Query, SignedIn};
use crate::sync::Group;
use crate::sync::columns::Stored;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use shared::codes::Code;
use shared::ids::{ProjectId, StatusId, WorkspaceId};
use shared::imports::Target;
use shared::projects::{Mutation, Project, default_statuses};
use shared::sync::Row as _;
use shared::values::Color;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_projects, create_project))
        .routes(routes!(get_project, update_project, trash_project))
        .routes(routes!(restore_project))
        .merge(board::routes())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Archived projects instead of the others.
    archived: Option<bool>,
    /// Projects in the trash instead of the others.
    trashed: Option<bool>,
    /// How many items, 25 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

impl ListQuery {
    fn matches(&self, project: &Project) -> bool {
        let trashed = self.trashed.unwrap_or(false);
        let archived = self.archived.or((!trashed).then_some(false));
        project.trashed_at.is_some() == trashed
            && archived.is_none_or(|archived| project.archived_at.is_some() == archived)
    }
}

async fn find(app: &App, ws: WorkspaceId, id: ProjectId) -> Result<ProjectView, Error> {
    let found = store::find(app.db.read_in(ws).await?.conn(), ws, id.uuid()).await?;
    Ok(ProjectView::of(ws, found.ok_or(Code::NotFound)?))
}

async fn commit(app: &App, access: &Access, group: Group) -> Result<u64, Error> {
    app.sync
        .commit_all(access.workspace(), access.actor(), group)
        .await
}

/// List the projects of a workspace that you see.
#[utoipa::path(
    get, path = "/workspaces/{slug}/projects", tag = "Projects",
    params(("slug" = String, Path, description = "The workspace's address"), ListQuery),
    responses((status = 200, description = "By key", body = Page<ProjectView>)),
)]
async fn list_projects(
    State(app): State<App>,
    who: SignedIn,
    Path(slug): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<ProjectView>>, Error> {
    let paging = Paging::of(query.limit, query.cursor.as_deref())?;
    let visit = Visit::to_slug(&app, &who, &slug).await?;
    let mut rows = store::list(
        app.db.read_in(visit.workspace).await?.conn(),
        visit.workspace,
    )
    .await?;
    rows.retain(|stored| visit.sees(stored.row.id) && query.matches(&stored.row));
    let key = |stored: &Stored<Project>| stored.row.key.to_string();
    Ok(Json(paging.cut(rows, key, |stored| {
        ProjectView::of(visit.workspace, stored)
    })))
}

/// Create a project. You are its first member, and it has the usual statuses.
#[utoipa::path(
    post, path = "/workspaces/{slug}/projects", tag = "Projects", request_body = NewProject,
    params(("slug" = String, Path, description = "The workspace's address")),
    responses((status = 201, description = "Created", body = ProjectView)),
)]
async fn create_project(
    State(app): State<App>,
    who: SignedIn,
    Path(slug): Path<String>,
    asked: Asked<NewProject>,
) -> Result<Created<ProjectView>, Error> {
    let visit = Visit::to_slug(&app, &who, &slug).await?;
    let (ws, user) = (visit.workspace, visit.user);
    let Asked { body: new, once } = asked;
    let taken = store::list(app.db.read_in(ws).await?.conn(), ws).await?;
    let taken: Vec<_> = taken.into_iter().map(|stored| stored.row.key).collect();
    let key = new
        .key
        .unwrap_or_else(|| Target::suggested(new.name.clone(), &taken).key);
    let now = app.clock.now().0;
    let id = match &once {
        Some(once) => once.id(ws, user, "project"),
        None => ProjectId::new(now, app.rng.bytes()),
    };
    let create = Mutation::Create {
        id,
        key,
        color: new
            .color
            .unwrap_or_else(|| Color::of(new.name.as_str().as_bytes())),
        name: new.name,
        visibility: new.visibility.unwrap_or_default(),
        statuses: default_statuses(|| StatusId::new(now, app.rng.bytes())),
    };
    app.sync
        .commit_all(ws, visit.actor(), Group::of(create).once(once.as_ref()))
        .await?;
    let shown = find(&app, ws, id).await?.shown();
    Ok(Created {
        location: format!("/api/v1/projects/{id}"),
        shown,
    })
}

/// Get a project.
#[utoipa::path(
    get, path = "/projects/{id}", tag = "Projects",
    params(("id" = uuid::Uuid, Path, description = "The project's id")),
    responses((status = 200, description = "The project", body = ProjectView)),
)]
async fn get_project(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
) -> Result<Shown<ProjectView>, Error> {
    let access = access::to_project(&app, &who, id).await?;
    Ok(find(&app, access.workspace(), id).await?.shown())
}

/// Change a project.
#[utoipa::path(
    patch, path = "/projects/{id}", tag = "Projects", request_body = ProjectPatch,
    params(("id" = uuid::Uuid, Path, description = "The project's id")),
    responses((status = 200, description = "The project as it is now", body = ProjectView)),
)]
async fn update_project(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    IfMatch(version): IfMatch,
    asked: Asked<ProjectPatch>,
) -> Result<Shown<ProjectView>, Error> {
    let access = access::to_project(&app, &who, id).await?;
    let version = asked.body.version.or(version);
    let group = Group::from(asked.body.commands(id))
        .expecting(Project::key_of(id), version)
        .once(asked.once.as_ref());
    commit(&app, &access, group).await?;
    Ok(find(&app, access.workspace(), id).await?.shown())
}

/// Put a project into the trash.
#[utoipa::path(
    delete, path = "/projects/{id}", tag = "Projects",
    params(("id" = uuid::Uuid, Path, description = "The project's id")),
    responses((status = 204, description = "It is in the trash")),
)]
async fn trash_project(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    Key(once): Key,
) -> Result<StatusCode, Error> {
    let access = access::to_project(&app, &who, id).await?;
    let trash = Mutation::SetTrashed { id, trashed: true };
    commit(&app, &access, Group::of(trash).once(once.as_ref())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a project out of the trash.
#[utoipa::path(
    post, path = "/projects/{id}/restore", tag = "Projects",
    params(("id" = uuid::Uuid, Path, description = "The project's id")),
    responses((status = 200, description = "The project as it is now", body = ProjectView)),
)]
async fn restore_project(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    Key(once): Key,
) -> Result<Shown<ProjectView>, Error> {
    let access = access::to_project(&app, &who, id).await?;
    let restore = Mutation::SetTrashed { id, trashed: false };
    commit(&app, &access, Group::of(restore).once(once.as_ref())).await?;
    Ok(find(&app, access.workspace(), id).await?.shown())
}
