//! Tasks over REST.

use super::listing::{self, ListQuery};
use super::request::{Known, Move, MoveToProject, NewTask, TaskPatch};
use super::view::{self, TaskView};
use super::{former, store, wherever};
use crate::access::{self, Access};
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Asked, Created, IfMatch, Key, Page, Shown};
use crate::http::extract::{Path, Query, SignedIn};
use crate::sync::{Group, Once};
use crate::{labels, statuses};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use shared::access::Action;
use shared::codes::{Code, Rejected};
use shared::ids::{LabelId, ProjectId, TaskId};
use shared::sync::Row as _;
use shared::tasks::{Mutation, Task};
use shared::values::LabelName;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_tasks, create_task))
        .routes(routes!(get_task_by_number))
        .routes(routes!(get_task, update_task, trash_task))
        .routes(routes!(put_task_into_trash, take_task_out_of_trash))
        .routes(routes!(restore_task))
        .routes(routes!(move_task))
        .routes(routes!(move_task_to_project))
        .merge(wherever::routes())
}

/// What a request needs to know of its project.
async fn known(app: &App, access: &Access, needs: (bool, bool)) -> Result<Known, Error> {
    let mut known = Known::default();
    let (ws, project) = (access.workspace(), access.project);
    let mut read = app.db.read_in(ws).await?;
    if needs.0 {
        let rows = statuses::store::list_for_project(read.conn(), ws, project).await?;
        let live = rows.into_iter().map(|stored| stored.row);
        known.statuses = live.filter(|status| status.archived_at.is_none()).collect();
    }
    if needs.1 {
        let rows = labels::store::list_for_project(read.conn(), ws, project).await?;
        known.labels = rows.into_iter().map(|stored| stored.row).collect();
    }
    Ok(known)
}

async fn task(app: &App, access: &Access, id: TaskId) -> Result<Task, Error> {
    let mut read = app.db.read_in(access.workspace()).await?;
    let found = store::find(read.conn(), access.workspace(), id.uuid()).await?;
    Ok(found.ok_or(Code::NotFound)?.row)
}

async fn shown(app: &App, access: &Access, id: TaskId) -> Result<Shown<TaskView>, Error> {
    let ws = access.workspace();
    view::find(&mut app.db.read_in(ws).await?, ws, id).await
}

async fn commit(app: &App, access: &Access, group: Group) -> Result<u64, Error> {
    app.sync
        .commit_all(access.workspace(), access.actor(), group)
        .await
}

/// Makes a task in a project and answers it.
pub(super) async fn create(
    app: &App,
    access: &Access,
    new: NewTask,
    once: Option<&Once>,
) -> Result<Created<TaskView>, Error> {
    let (ws, user) = (access.workspace(), access.user());
    let known = known(app, access, new.needs_known()).await?;
    let now = app.clock.now().0;
    let id = match once {
        Some(once) => once.id(ws, user, "task"),
        None => TaskId::new(now, app.rng.bytes()),
    };
    let label_id = |name: &LabelName| match once {
        Some(once) => once.id(ws, user, &format!("label {name}")),
        None => LabelId::new(now, app.rng.bytes()),
    };
    let commands = new.commands(id, access.project, &known, label_id)?;
    commit(app, access, Group::from(commands).once(once)).await?;
    let shown = shown(app, access, id).await?;
    Ok(Created {
        location: format!("/api/v1/tasks/{id}"),
        shown,
    })
}

/// List the tasks of a project.
#[utoipa::path(
    get, path = "/projects/{id}/tasks", tag = "Tasks",
    params(("id" = uuid::Uuid, Path, description = "The project's id"), ListQuery),
    responses((status = 200, description = "A page of tasks", body = Page<TaskView>)),
)]
async fn list_tasks(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<TaskView>>, Error> {
    require_no_project(query.project.as_ref())?;
    let access = access::to_project(&app, &who, id).await?;
    Ok(Json(listing::page(&app, &access, &query).await?))
}

/// Create a task in a project.
#[utoipa::path(
    post, path = "/projects/{id}/tasks", tag = "Tasks", request_body = NewTask,
    params(("id" = uuid::Uuid, Path, description = "The project's id")),
    responses((status = 201, description = "Created", body = TaskView)),
)]
async fn create_task(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    asked: Asked<NewTask>,
) -> Result<Created<TaskView>, Error> {
    require_no_project(asked.body.project.as_ref())?;
    let access = access::to_project(&app, &who, id).await?;
    create(&app, &access, asked.body, asked.once.as_ref()).await
}

fn require_no_project(project: Option<&String>) -> Result<(), Error> {
    if project.is_some() {
        let text = "The path names the project already. Leave the field out.";
        return Err(Rejected::field("project", text).into());
    }
    Ok(())
}

/// Get a task by its number in a project; also where it has left it since, if you see where it went.
#[utoipa::path(
    get, path = "/projects/{id}/tasks/{number}", tag = "Tasks",
    params(
        ("id" = uuid::Uuid, Path, description = "The project's id"),
        ("number" = u32, Path, description = "The number, 12 in WEB-12"),
    ),
    responses((status = 200, description = "The task", body = TaskView)),
)]
async fn get_task_by_number(
    State(app): State<App>,
    who: SignedIn,
    Path((id, number)): Path<(ProjectId, u32)>,
) -> Result<Shown<TaskView>, Error> {
    let access = access::to_project(&app, &who, id).await?;
    let ws = access.workspace();
    let mut read = app.db.read_in(ws).await?;
    if let Some(found) = store::find_by_number(read.conn(), ws, id, number).await? {
        return Ok(view::show(&mut read, ws, found).await?);
    }
    drop(read);
    let moved = former::task_at(&app, &access.visit, id, number).await?;
    let moved = moved.ok_or(Code::NotFound)?;
    Ok(view::show(&mut app.db.read_in(ws).await?, ws, moved).await?)
}

/// Get a task.
#[utoipa::path(
    get, path = "/tasks/{id}", tag = "Tasks",
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 200, description = "The task", body = TaskView)),
)]
async fn get_task(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
) -> Result<Shown<TaskView>, Error> {
    let access = access::to_task(&app, &who, id).await?;
    shown(&app, &access, id).await
}

/// Change a task: all fields of the request or none.
#[utoipa::path(
    patch, path = "/tasks/{id}", tag = "Tasks", request_body = TaskPatch,
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now", body = TaskView)),
)]
async fn update_task(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    IfMatch(version): IfMatch,
    asked: Asked<TaskPatch>,
) -> Result<Shown<TaskView>, Error> {
    let access = access::to_task(&app, &who, id).await?;
    let Asked { body: patch, once } = asked;
    let version = patch.version.or(version);
    let known = known(&app, &access, (patch.needs_statuses(), false)).await?;
    let commands = patch.commands(&task(&app, &access, id).await?, &known)?;
    let group = Group::from(commands)
        .expecting(Task::key_of(id), version)
        .once(once.as_ref());
    commit(&app, &access, group).await?;
    shown(&app, &access, id).await
}

async fn set_trashed(
    app: &App,
    who: &SignedIn,
    id: TaskId,
    trashed: bool,
    once: Option<&Once>,
) -> Result<Access, Error> {
    let access = access::to_task(app, who, id).await?;
    commit(
        app,
        &access,
        Group::of(Mutation::SetTrashed { id, trashed }).once(once),
    )
    .await?;
    Ok(access)
}

/// Put a task into the trash.
#[utoipa::path(
    delete, path = "/tasks/{id}", tag = "Tasks",
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 204, description = "It is in the trash")),
)]
async fn trash_task(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    Key(once): Key,
) -> Result<StatusCode, Error> {
    set_trashed(&app, &who, id, true, once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a task into the trash, by the name of that state.
#[utoipa::path(
    put, path = "/tasks/{id}/trash", tag = "Tasks",
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 204, description = "It is in the trash")),
)]
async fn put_task_into_trash(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    Key(once): Key,
) -> Result<StatusCode, Error> {
    set_trashed(&app, &who, id, true, once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a task out of the trash, by the name of that state.
#[utoipa::path(
    delete, path = "/tasks/{id}/trash", tag = "Tasks",
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 204, description = "It is back where it was")),
)]
async fn take_task_out_of_trash(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    Key(once): Key,
) -> Result<StatusCode, Error> {
    set_trashed(&app, &who, id, false, once.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a task out of the trash and get it.
#[utoipa::path(
    post, path = "/tasks/{id}/restore", tag = "Tasks",
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now", body = TaskView)),
)]
async fn restore_task(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    Key(once): Key,
) -> Result<Shown<TaskView>, Error> {
    let access = set_trashed(&app, &who, id, false, once.as_ref()).await?;
    shown(&app, &access, id).await
}

/// Move a task to a status, or within one.
#[utoipa::path(
    post, path = "/tasks/{id}/move", tag = "Tasks", request_body = Move,
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now", body = TaskView)),
)]
async fn move_task(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    IfMatch(version): IfMatch,
    asked: Asked<Move>,
) -> Result<Shown<TaskView>, Error> {
    let access = access::to_task(&app, &who, id).await?;
    let Asked { body, once } = asked;
    let version = body.version.or(version);
    let known = known(&app, &access, (body.needs_statuses(), false)).await?;
    let command = body.command(&task(&app, &access, id).await?, &known)?;
    let group = Group::of(command)
        .expecting(Task::key_of(id), version)
        .once(once.as_ref());
    commit(&app, &access, group).await?;
    shown(&app, &access, id).await
}

/// Move a task to another project, with its subtasks and everything of theirs.
///
/// Each gets a number of that project; the old address leads to the new one. Labels are kept where the project has one of
/// that name, assignees where they see it.
#[utoipa::path(
    post, path = "/tasks/{id}/move-to-project", tag = "Tasks", request_body = MoveToProject,
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 200, description = "The task as it is now", body = TaskView)),
)]
async fn move_task_to_project(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    IfMatch(version): IfMatch,
    asked: Asked<MoveToProject>,
) -> Result<Shown<TaskView>, Error> {
    let access = access::to_task(&app, &who, id).await?;
    access.visit.require_in(Action::EditTasks, access.project)?;
    let Asked { body, once } = asked;
    let version = body.version.or(version);
    let project = wherever::project_beside(&app, &access, &body.project).await?;
    let group = Group::of(body.command(id, project)?)
        .expecting(Task::key_of(id), version)
        .once(once.as_ref());
    commit(&app, &access, group).await?;
    shown(&app, &access, id).await
}
