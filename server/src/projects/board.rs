//! A whole board at once. It is encoded once for all who ask, until something on it changes.

use super::view::ProjectView;
use crate::access;
use crate::app::App;
use crate::http::Error;
use crate::http::api::etag;
use crate::http::extract::{Path, SignedIn};
use crate::labels::routes::LabelView;
use crate::statuses::view::StatusView;
use crate::sync::columns::Stored;
use crate::sync::encoded::{Encoded, Form};
use crate::sync::store as log;
use crate::tasks::view::{Names, TaskView};
use crate::{labels, statuses, tasks};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use shared::codes::Code;
use shared::ids::{ProjectId, WorkspaceId};
use shared::sync::Scope;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_board))
}

/// A project with everything on its board.
#[derive(Serialize, ToSchema)]
#[schema(as = Board)]
struct BoardView {
    project: ProjectView,
    /// The columns, archived ones too, from left to right.
    statuses: Vec<StatusView>,
    labels: Vec<LabelView>,
    /// The tasks that are neither archived nor in the trash, by number.
    tasks: Vec<TaskView>,
    /// The number of the workspace's latest change that it shows.
    version: u64,
}

/// Get a whole board: its statuses, labels, and all tasks on it.
#[utoipa::path(
    get, path = "/projects/{id}/board", tag = "Projects",
    params(
        ("id" = uuid::Uuid, Path, description = "The project's id"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the board that you have"),
    ),
    responses(
        (status = 200, description = "The board", body = BoardView),
        (status = 304, description = "You have it already"),
    ),
)]
async fn get_board(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let access = access::to_project(&app, &who, id).await?;
    let hub = &access.visit.hub;
    // The project's rows, and the names of people.
    let (_, project) = hub.touched(Scope::Project(id));
    let (_, workspace) = hub.touched(Scope::Workspace);
    let encode = encode(&app, access.workspace(), id);
    let board = hub
        .boards
        .get_or_encode((Form::Resources, id), project.max(workspace), encode)
        .await?;
    let tag = etag(board.as_of);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok());
    // The compression between us and the client may have weakened it.
    if known.is_some_and(|known| known.trim_start_matches("W/") == tag[0].1) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok((tag, board.respond(&headers)).into_response())
}

async fn encode(app: &App, ws: WorkspaceId, id: ProjectId) -> Result<Arc<Encoded>, Error> {
    let mut read = app.db.snapshot_in(ws).await?;
    let head = log::find_head(read.conn(), ws)
        .await?
        .ok_or(Code::NotFound)?;
    let (names, project) = Names::of_project(&mut read, ws, id)
        .await?
        .ok_or(Code::NotFound)?;
    let statuses = statuses::store::list_for_project(read.conn(), ws, id).await?;
    let labels = labels::store::list_for_project(read.conn(), ws, id).await?;
    let tasks = tasks::store::list_for_project(read.conn(), ws, id).await?;
    drop(read);
    Encoded::of(head.seq, move || {
        let live = tasks.into_iter().filter(|Stored { row, .. }| row.is_live());
        let board = BoardView {
            project: ProjectView::of(ws, project),
            statuses: statuses.into_iter().map(StatusView::from).collect(),
            labels: labels.into_iter().map(|stored| stored.row.into()).collect(),
            tasks: live.map(|task| TaskView::of(task, &names)).collect(),
            version: head.seq,
        };
        Ok(serde_json::to_vec(&board)?)
    })
    .await
}
