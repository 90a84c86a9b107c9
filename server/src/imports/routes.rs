//! The door for files of other tools: upload and look, then start, watch, and undo.

use super::jobs::State as Job;
use super::{Wish, store};
use crate::access::{self, Access, Visit};
use crate::app::App;
use crate::http::Error;
use crate::http::api::parse;
use crate::http::extract::{Path, Query, SignedIn};
use crate::http::middleware::limit_bodies;
use crate::{projects, workspaces};
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use shared::access::Action;
use shared::codes::{Code, Rejected};
use shared::ids::{ImportId, WorkspaceId};
use shared::imports::{BYTES_MAX, Import, Mutation, Preview};
use shared::values::{Name, ProjectKey, Slug};
use std::sync::Arc;

/// Where files come in. They may take longer than other requests.
pub(crate) const UPLOADS: &str = "/imports/trello/preview";

/// The door's routes that take small bodies.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/imports/{id}", get(get_import))
        .route("/imports/{id}/start", post(start_import))
        .route("/imports/{id}/undo", post(undo_import))
}

/// The door's routes that take files.
pub(crate) fn uploads() -> Router<App> {
    limit_bodies(
        Router::new().route(UPLOADS, post(preview_trello)),
        BYTES_MAX,
    )
}

#[derive(Deserialize)]
struct UploadQuery {
    workspace: WorkspaceId,
}

/// A file that was read, and what importing it would do.
#[derive(Serialize)]
struct Uploaded {
    id: ImportId,
    preview: Preview,
}

async fn preview_trello(
    State(app): State<App>,
    who: SignedIn,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<Json<Uploaded>, Error> {
    // Whoever may not import need not send anything.
    let visit = Visit::to(&app, &who, query.workspace).await?;
    visit.require(Action::RunImports)?;
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|text| text.to_str().ok()?.parse().ok());
    let room = app.imports.reserve(who.user_id, length, app.clock.now())?;
    let bytes = Bytes::from_request(request, &app).await?;
    let board = Arc::new(super::read(bytes).await?);
    let preview = super::preview(&app, query.workspace, board.clone(), Wish::default()).await?;
    let id = app
        .imports
        .keep(&app, (query.workspace, room), board, &preview);
    Ok(Json(Uploaded { id, preview }))
}

/// What the project is to be called; as the preview says where nothing is said.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    project_name: Option<Name>,
    project_key: Option<ProjectKey>,
}

async fn start_import(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ImportId>,
    body: Bytes,
) -> Result<(StatusCode, Json<Progress>), Error> {
    let start: Start = if body.is_empty() {
        Start::default()
    } else {
        parse(&body)?
    };
    let user = who.user_id;
    let job = app
        .imports
        .find(id, user, app.clock.now())
        .ok_or(Code::NotFound)?;
    // They may have lost the permission since.
    Visit::to(&app, &who, job.workspace)
        .await?
        .require(Action::RunImports)?;
    let wish = Wish {
        name: start.project_name,
        key: start.project_key,
    };
    app.imports.start(&app, id, user, wish).await?;
    Ok((StatusCode::ACCEPTED, Json(progress(&app, id, &who).await?)))
}

async fn get_import(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ImportId>,
) -> Result<Json<Progress>, Error> {
    Ok(Json(progress(&app, id, &who).await?))
}

async fn undo_import(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ImportId>,
) -> Result<Json<Progress>, Error> {
    let access = access::to_import(&app, &who, id).await?;
    let undo = Mutation::SetUndone { id, undone: true };
    app.sync
        .commit(access.workspace(), access.actor(), undo)
        .await?;
    Ok(Json(finished(&app, &access, id).await?))
}

/// Where an import stands.
#[derive(Serialize)]
struct Progress {
    id: ImportId,
    state: Stage,
    /// How many cards have been worked on. They are there all at once, when it is done.
    done: usize,
    /// How many cards there are.
    total: usize,
    /// The key of the project.
    project: ProjectKey,
    /// The workspace's address.
    slug: Slug,
    /// Whether it was taken back.
    undone: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Rejected>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Ready,
    Running,
    Done,
    Failed,
}

async fn progress(app: &App, id: ImportId, who: &SignedIn) -> Result<Progress, Error> {
    let Some(job) = app
        .imports
        .find(id, who.user_id, app.clock.now())
        .filter(|job| who.limits.admit(job.workspace))
    else {
        let access = access::to_import(app, who, id).await?;
        access
            .visit
            .require_in(Action::RunImports, access.project)?;
        return finished(app, &access, id).await;
    };
    // They may have lost the permission since.
    let visit = Visit::to(app, who, job.workspace).await?;
    visit.require(Action::RunImports)?;
    let Job {
        workspace,
        key,
        cards,
        running,
        failed,
    } = job;
    let state = match (&running, &failed) {
        (Some(_), _) => Stage::Running,
        (None, Some(_)) => Stage::Failed,
        (None, None) => Stage::Ready,
    };
    let (done, of) = running.unwrap_or_default();
    Ok(Progress {
        id,
        state,
        done: cards * done / of.max(1),
        total: cards,
        project: key,
        slug: slug(app, workspace).await?,
        undone: false,
        error: failed,
    })
}

/// Where an import stands that is in the log.
async fn finished(app: &App, access: &Access, id: ImportId) -> Result<Progress, Error> {
    let ws = access.workspace();
    let mut read = app.db.read_in(ws).await?;
    let import: Import = store::find(read.conn(), ws, id.uuid())
        .await?
        .ok_or(Code::NotFound)?
        .row;
    let project = projects::store::find(read.conn(), ws, import.project.uuid()).await?;
    drop(read);
    let cards = usize::try_from(import.task_count).unwrap_or(usize::MAX);
    Ok(Progress {
        id,
        state: Stage::Done,
        done: cards,
        total: cards,
        project: project.ok_or(Code::NotFound)?.row.key,
        slug: slug(app, ws).await?,
        undone: import.undone_at.is_some(),
        error: None,
    })
}

async fn slug(app: &App, ws: WorkspaceId) -> Result<Slug, Error> {
    let mut read = app.db.read_in(ws).await?;
    let found = workspaces::store::find(read.conn(), ws, ws.uuid()).await?;
    Ok(found.ok_or(Code::NotFound)?.row.slug)
}
