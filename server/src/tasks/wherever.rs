//! The flat paths of tasks: the project is named in the request, or it is the only one that the caller sees.

use super::listing::{self, ListQuery};
use super::request::NewTask;
use super::routes;
use super::view::TaskView;
use crate::access::{self, Access};
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Asked, Created, Page};
use crate::http::extract::{Query, SignedIn};
use crate::projects;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::codes::{Code, Rejected};
use shared::ids::ProjectId;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(
        list_tasks_of_any_project,
        create_task_in_any_project
    ))
}

/// The project of a request: by id, by key, or the only one.
async fn project(app: &App, who: &SignedIn, named: Option<&str>) -> Result<Access, Error> {
    if let Some(id) = named.and_then(|name| name.parse::<ProjectId>().ok()) {
        return access::to_project(app, who, id).await;
    }
    let user = who.user_id;
    let found =
        projects::store::list_live_ids(app.db.read_as(user).await?.conn(), user, named).await?;
    let mut seen = Vec::new();
    for id in found {
        match access::to_project(app, who, id).await {
            Ok(access) => seen.push(access),
            Err(Error::Refused(_)) => {}
            Err(failed) => return Err(failed),
        }
    }
    let several = seen.len() > 1;
    match seen.pop() {
        Some(only) if !several => Ok(only),
        None if named.is_some() => Err(Code::NotFound.into()),
        _ => {
            let text =
                "Name the project by its id, or by a key that only one of your projects has.";
            Err(Rejected::field("project", text).into())
        }
    }
}

/// Another project of the workspace, by id or key.
pub(super) async fn project_beside(
    app: &App,
    access: &Access,
    named: &str,
) -> Result<ProjectId, Error> {
    let found = if let Ok(id) = named.parse::<ProjectId>() {
        vec![id]
    } else {
        let mut read = app.db.read_as(access.user()).await?;
        projects::store::list_live_ids(read.conn(), access.user(), Some(named)).await?
    };
    for id in found {
        let is_here = access::to_project(app, access.actor(), id).await;
        match is_here {
            Ok(there) if there.workspace() == access.workspace() => return Ok(id),
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(failed) => return Err(failed),
        }
    }
    let text = "There is no such project in this workspace, or it is not yours to see.";
    Err(Rejected::new(Code::NotFound, text).into())
}

/// List the tasks of a project that the query names.
#[utoipa::path(
    get, path = "/tasks", tag = "Tasks", params(ListQuery),
    responses((status = 200, description = "A page of tasks", body = Page<TaskView>)),
)]
async fn list_tasks_of_any_project(
    State(app): State<App>,
    who: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<TaskView>>, Error> {
    let access = project(&app, &who, query.project.as_deref()).await?;
    Ok(Json(listing::page(&app, &access, &query).await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProjectQuery {
    /// The project's id or key, where the body does not name it.
    #[param(example = "WEB")]
    project: Option<String>,
}

/// Create a task in a project that the request names.
#[utoipa::path(
    post, path = "/tasks", tag = "Tasks", request_body = NewTask, params(ProjectQuery),
    responses((status = 201, description = "Created", body = TaskView)),
)]
async fn create_task_in_any_project(
    State(app): State<App>,
    who: SignedIn,
    Query(query): Query<ProjectQuery>,
    asked: Asked<NewTask>,
) -> Result<Created<TaskView>, Error> {
    let named = asked.body.project.as_deref().or(query.project.as_deref());
    let access = project(&app, &who, named).await?;
    routes::create(&app, &access, asked.body, asked.once.as_ref()).await
}
