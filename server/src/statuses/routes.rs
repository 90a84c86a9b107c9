//! Statuses over REST.

use super::request::{NewStatus, StatusPatch};
use super::store;
use super::view::StatusView;
use crate::access::{self, Access};
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Asked, Created, IfMatch, Page, Paging, Shown};
use crate::http::extract::{Path, Query, SignedIn};
use crate::sync::Group;
use crate::sync::columns::Stored;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::codes::Code;
use shared::ids::{ProjectId, StatusId};
use shared::statuses::Status;
use shared::sync::Row as _;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_statuses, create_status))
        .routes(routes!(get_status, update_status))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Archived statuses instead of the others.
    archived: Option<bool>,
    /// How many items, 25 when absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
}

async fn find(app: &App, access: &Access, id: StatusId) -> Result<Shown<StatusView>, Error> {
    let mut read = app.db.read_in(access.workspace()).await?;
    let found = store::find(read.conn(), access.workspace(), id.uuid()).await?;
    Ok(StatusView::from(found.ok_or(Code::NotFound)?).shown())
}

/// List the statuses of a project.
#[utoipa::path(
    get, path = "/projects/{id}/statuses", tag = "Statuses",
    params(("id" = uuid::Uuid, Path, description = "The project's id"), ListQuery),
    responses((status = 200, description = "From left to right", body = Page<StatusView>)),
)]
async fn list_statuses(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<StatusView>>, Error> {
    let paging = Paging::of(query.limit, query.cursor.as_deref())?;
    let access = access::to_project(&app, &who, id).await?;
    let mut read = app.db.read_in(access.workspace()).await?;
    let mut rows = store::list_for_project(read.conn(), access.workspace(), id).await?;
    let archived = query.archived.unwrap_or(false);
    rows.retain(|stored| stored.row.archived_at.is_some() == archived);
    let key = |stored: &Stored<Status>| format!("{} {}", stored.row.rank.as_str(), stored.row.id);
    Ok(Json(paging.cut(rows, key, StatusView::from)))
}

/// Add a status to a project.
#[utoipa::path(
    post, path = "/projects/{id}/statuses", tag = "Statuses", request_body = NewStatus,
    params(("id" = uuid::Uuid, Path, description = "The project's id")),
    responses((status = 201, description = "Created", body = StatusView)),
)]
async fn create_status(
    State(app): State<App>,
    who: SignedIn,
    Path(project): Path<ProjectId>,
    asked: Asked<NewStatus>,
) -> Result<Created<StatusView>, Error> {
    let access = access::to_project(&app, &who, project).await?;
    let (ws, user) = (access.workspace(), access.user());
    let id = match &asked.once {
        Some(once) => once.id(ws, user, "status"),
        None => StatusId::new(app.clock.now().0, app.rng.bytes()),
    };
    let group = Group::of(asked.body.create(id, project)?).once(asked.once.as_ref());
    app.sync.commit_all(ws, access.actor(), group).await?;
    let shown = find(&app, &access, id).await?;
    Ok(Created {
        location: format!("/api/v1/statuses/{id}"),
        shown,
    })
}

/// Get a status.
#[utoipa::path(
    get, path = "/statuses/{id}", tag = "Statuses",
    params(("id" = uuid::Uuid, Path, description = "The status's id")),
    responses((status = 200, description = "The status", body = StatusView)),
)]
async fn get_status(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<StatusId>,
) -> Result<Shown<StatusView>, Error> {
    let access = access::to_status(&app, &who, id).await?;
    find(&app, &access, id).await
}

/// Change or move a status.
#[utoipa::path(
    patch, path = "/statuses/{id}", tag = "Statuses", request_body = StatusPatch,
    params(("id" = uuid::Uuid, Path, description = "The status's id")),
    responses((status = 200, description = "The status as it is now", body = StatusView)),
)]
async fn update_status(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<StatusId>,
    IfMatch(version): IfMatch,
    asked: Asked<StatusPatch>,
) -> Result<Shown<StatusView>, Error> {
    let access = access::to_status(&app, &who, id).await?;
    let version = asked.body.version.or(version);
    let group = Group::from(asked.body.commands(id)?)
        .expecting(Status::key_of(id), version)
        .once(asked.once.as_ref());
    app.sync
        .commit_all(access.workspace(), access.actor(), group)
        .await?;
    find(&app, &access, id).await
}
