//! Rows handed over as one, as of one number. Whole boards are encoded and compressed once for all who ask.

use super::hub::Hub;
use super::{not_found, rows, store};
use crate::app::App;
use crate::db::Snapshot as DbSnapshot;
use crate::http::error::Error;
use crate::http::extract::SignedIn;
use crate::{
    attachments, checklist_items, comments, imports, labels, members, projects, statuses, tasks,
};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::Deserialize;
use shared::ids::{ProjectId, TaskId, UserId, WorkspaceId};
use shared::sync::{Cover, Row, Scope, Snapshot, Stored};
use shared::workspaces::Workspace;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// How many boards of a workspace are kept encoded.
const BOARDS_KEPT_MAX: usize = 16;
/// Brotli's quality where a person waits: a fifth of the size for little time.
const BROTLI_QUALITY: i32 = 5;
/// Says as of which number an answer is: a kept board stays true while nothing touches its scope.
const SEQ_HEADER: &str = "x-sync-seq";

/// An encoded board.
struct Board {
    as_of: u64,
    json: Bytes,
    brotli: Bytes,
}

/// The encoded boards of a workspace.
#[derive(Default)]
pub struct SnapshotCache(Mutex<HashMap<ProjectId, Arc<Board>>>);

impl SnapshotCache {
    fn get(&self, project: ProjectId, touched: u64) -> Option<Arc<Board>> {
        let boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        boards
            .get(&project)
            .filter(|board| board.as_of >= touched)
            .cloned()
    }

    fn put(&self, project: ProjectId, board: Arc<Board>) {
        let mut boards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if boards.len() >= BOARDS_KEPT_MAX && !boards.contains_key(&project) {
            let oldest = boards
                .iter()
                .min_by_key(|(_, board)| board.as_of)
                .map(|(id, _)| *id);
            oldest.map(|id| boards.remove(&id));
        }
        boards.insert(project, board);
    }
}

/// What is asked for.
#[derive(Deserialize)]
pub struct Request {
    workspace: WorkspaceId,
    /// `workspace`, `board:<project>` or `task:<task>`.
    cover: String,
}

fn parse_cover(text: &str) -> Option<Cover> {
    match text.split_once(':') {
        None if text == "workspace" => Some(Cover::Workspace),
        Some(("board", id)) => id.parse().ok().map(Cover::Board),
        Some(("task", id)) => id.parse().ok().map(Cover::Task),
        _ => None,
    }
}

/// `GET /sync/snapshot`.
pub async fn get_snapshot(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(request): Query<Request>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let cover = parse_cover(&request.cover).ok_or_else(not_found)?;
    let hub = app.sync.hub(request.workspace).await?;
    let user = signed_in.user_id;
    if let Cover::Board(project) = cover {
        return board(&app, &hub, user, project, accepts_brotli(&headers)).await;
    }
    let mut read = app.db.snapshot().await?;
    let head = store::find_head(read.conn(), hub.workspace)
        .await?
        .ok_or_else(not_found)?;
    let rows = match cover {
        Cover::Task(task) => task_rows(&mut read, hub.workspace, user, task).await?,
        _ => workspace_rows(&mut read, hub.workspace, user).await?,
    };
    let rows = rows.iter().map(|stored| (stored.v, &stored.row));
    let snapshot = Snapshot::of(hub.epoch, head.seq, vec![cover], rows);
    let json = serde_json::to_vec(&snapshot).map_err(anyhow::Error::from)?;
    Ok(respond(json.into(), head.seq, false))
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(',')
                .any(|coding| coding.trim().starts_with("br"))
        })
}

fn respond(body: Bytes, seq: u64, brotli: bool) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept-encoding, cookie"),
    );
    headers.insert(SEQ_HEADER, HeaderValue::from(seq));
    if brotli {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

async fn board(
    app: &App,
    hub: &Hub,
    user: UserId,
    project: ProjectId,
    brotli: bool,
) -> Result<Response, Error> {
    let scope = Scope::Project(project);
    let (_, access) = hub.now();
    if !access
        .granted(user)
        .iter()
        .any(|granted| granted.0 == scope)
    {
        return Err(not_found());
    }
    let (head, touched) = hub.touched(scope);
    let (board, seq) = match hub.snapshots.get(project, touched) {
        Some(board) => {
            let seq = board.as_of.max(head);
            (board, seq)
        }
        None => {
            let board = encode_board(app, hub, project).await?;
            hub.snapshots.put(project, board.clone());
            let seq = board.as_of;
            (board, seq)
        }
    };
    let body = if brotli { &board.brotli } else { &board.json };
    Ok(respond(body.clone(), seq, brotli))
}

async fn encode_board(app: &App, hub: &Hub, project: ProjectId) -> Result<Arc<Board>, Error> {
    let mut read = app.db.snapshot().await?;
    let head = store::find_head(read.conn(), hub.workspace)
        .await?
        .ok_or_else(not_found)?;
    let tasks = tasks::store::list_for_project(read.conn(), hub.workspace, project).await?;
    drop(read);
    let epoch = hub.epoch;
    let encode = move || -> anyhow::Result<Board> {
        let rows: Vec<Stored> = rows::envelopes(tasks).collect();
        let rows = rows.iter().map(|stored| (stored.v, &stored.row));
        let snapshot = Snapshot::of(epoch, head.seq, vec![Cover::Board(project)], rows);
        let json = serde_json::to_vec(&snapshot)?;
        let mut compressed = Vec::new();
        let params = brotli::enc::BrotliEncoderParams {
            quality: BROTLI_QUALITY,
            ..Default::default()
        };
        brotli::BrotliCompress(&mut json.as_slice(), &mut compressed, &params)?;
        Ok(Board {
            as_of: head.seq,
            json: json.into(),
            brotli: compressed.into(),
        })
    };
    let board = tokio::task::spawn_blocking(encode)
        .await
        .map_err(anyhow::Error::from)??;
    Ok(Arc::new(board))
}

/// The workspace, its members, and the frames of the projects that somebody sees.
pub async fn workspace_rows(
    read: &mut DbSnapshot,
    ws: WorkspaceId,
    user: UserId,
) -> Result<Vec<Stored>, Error> {
    let mut rows: Vec<Stored> = Vec::new();
    rows.extend(rows::find(read.conn(), ws, Workspace::key_of(ws)).await?);
    rows.extend(rows::envelopes(
        members::store::list(read.conn(), ws).await?,
    ));
    rows.extend(rows::envelopes(
        projects::store::list(read.conn(), ws).await?,
    ));
    let access = super::access::AccessIndex::of(&rows, Vec::new());
    let scopes: BTreeSet<Scope> = access.granted(user).into_iter().map(|g| g.0).collect();
    if scopes.is_empty() {
        return Err(not_found());
    }
    rows.extend(rows::envelopes(
        statuses::store::list(read.conn(), ws).await?,
    ));
    rows.extend(rows::envelopes(labels::store::list(read.conn(), ws).await?));
    rows.extend(rows::envelopes(
        imports::store::list(read.conn(), ws).await?,
    ));
    rows.retain(|stored| scopes.contains(&stored.row.scope()));
    Ok(rows)
}

/// What belongs to a task that somebody sees.
pub async fn task_rows(
    read: &mut DbSnapshot,
    ws: WorkspaceId,
    user: UserId,
    id: TaskId,
) -> Result<Vec<Stored>, Error> {
    let task = tasks::store::find(read.conn(), ws, id.uuid())
        .await?
        .ok_or_else(not_found)?
        .row;
    let member = members::store::find(read.conn(), ws, user.uuid()).await?;
    let project = projects::store::find(read.conn(), ws, task.project.uuid()).await?;
    let facts: Vec<Stored> = rows::envelopes(member.into_iter().collect())
        .chain(rows::envelopes(project.into_iter().collect()))
        .collect();
    let access = super::access::AccessIndex::of(&facts, Vec::new());
    if !access
        .granted(user)
        .iter()
        .any(|granted| granted.0 == task.scope())
    {
        return Err(not_found());
    }
    let description = tasks::store::description_find(read.conn(), ws, id.uuid()).await?;
    let mut rows: Vec<Stored> = rows::envelopes(description.into_iter().collect()).collect();
    rows.extend(rows::envelopes(
        checklist_items::store::list_for_task(read.conn(), ws, id).await?,
    ));
    rows.extend(rows::envelopes(
        comments::store::list_for_task(read.conn(), ws, id).await?,
    ));
    rows.extend(rows::envelopes(
        attachments::store::list_for_task(read.conn(), ws, id).await?,
    ));
    Ok(rows)
}
