//! Rows handed over as one, as of one number.

use super::encoded::{Encoded, Form, respond};
use super::hub::Hub;
use super::{not_found, rows, store};
use crate::access::{Actor, require_second_step};
use crate::app::App;
use crate::db::Snapshot as DbSnapshot;
use crate::http::error::Error;
use crate::http::extract::SignedIn;
use crate::keys::require_taken;
use crate::{
    attachments, checklist_items, comments, imports, labels, members, projects, statuses, tasks,
    teams,
};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde::Deserialize;
use shared::codes::Code;
use shared::ids::{Epoch, ProjectId, TaskId, WorkspaceId};
use shared::sync::access_index::AccessIndex;
use shared::sync::digest::{Content, CoverDigest, SHAPE, hash_of};
use shared::sync::{Cover, Row, Scope, Snapshot, Stored};
use shared::workspaces::Workspace;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Says as of which number an answer is: a kept board stays true while nothing touches its scope.
const SEQ_HEADER: &str = "x-sync-seq";

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
    let who = Actor::from(&signed_in);
    if !who.limits.admit(request.workspace) {
        return Err(not_found());
    }
    let hub = app.sync.hub(request.workspace).await?;
    let index = hub.now().1;
    if index.role(who.user).is_none() {
        return Err(not_found());
    }
    require_second_step(&app, &index, who.user).await?;
    require_taken(&app, &index, hub.workspace, (who.user, &who.limits)).await?;
    if let Cover::Board(project) = cover {
        return board(&app, &hub, &who, project, &headers).await;
    }
    let (seq, rows) = rows_of(&app, &hub, &who, cover).await?;
    let rows = rows.iter().map(|stored| (stored.v, &stored.row));
    let snapshot = Snapshot::of(hub.epoch, seq, vec![cover], rows);
    let json = serde_json::to_vec(&snapshot).map_err(anyhow::Error::from)?;
    Ok(numbered(respond(json.into()), seq))
}

/// What a replica's rows come to.
#[derive(Deserialize)]
pub struct Theirs {
    /// What rows consist of there.
    shape: Option<u64>,
    epoch: Option<Epoch>,
    seq: Option<u64>,
    rows: Option<u64>,
    sum: Option<u64>,
}

impl Theirs {
    fn of(&self, cover: Cover) -> Option<CoverDigest> {
        let digest = Content {
            rows: self.rows?,
            sum: self.sum?,
        };
        Some(CoverDigest {
            epoch: self.epoch?,
            seq: self.seq?,
            cover,
            digest,
        })
    }
}

/// `GET /sync/digest`: what rows come to. Whoever says what theirs do is compared here, too.
pub async fn get_digest(
    State(app): State<App>,
    signed_in: SignedIn,
    Query(request): Query<Request>,
    Query(theirs): Query<Theirs>,
) -> Result<Json<CoverDigest>, Error> {
    let cover = parse_cover(&request.cover).ok_or_else(not_found)?;
    let who = Actor::from(&signed_in);
    if !who.limits.admit(request.workspace) {
        return Err(not_found());
    }
    if theirs.shape.is_some_and(|shape| shape != SHAPE) {
        // The same row comes to something else there.
        return Err(Code::UpgradeRequired.into());
    }
    let hub = app.sync.hub(request.workspace).await?;
    let index = hub.now().1;
    if index.role(who.user).is_none() {
        return Err(not_found());
    }
    require_second_step(&app, &index, who.user).await?;
    require_taken(&app, &index, hub.workspace, (who.user, &who.limits)).await?;
    let theirs = theirs.of(cover);
    let differs = |ours: &CoverDigest| theirs.is_some_and(|theirs| theirs.differs(ours));
    let mut ours = content(&app, &hub, &who, cover).await?;
    if let Cover::Board(project) = cover
        && differs(&ours)
    {
        // What was changed beside the log shows where all is read again.
        hub.contents.forget(project);
        ours = content(&app, &hub, &who, cover).await?;
    }
    if differs(&ours) {
        app.sync.note_divergence();
        tracing::warn!(
            workspace.id = %hub.workspace, user.id = %who.user, seq = ours.seq, ?cover,
            "rows of a replica are not those of the server: it fetches them anew"
        );
    }
    Ok(Json(ours))
}

/// What rows that somebody sees come to.
async fn content(app: &App, hub: &Hub, who: &Actor, cover: Cover) -> Result<CoverDigest, Error> {
    let (seq, digest) = match cover {
        Cover::Board(project) => board_content(app, hub, who, project).await?,
        Cover::Workspace | Cover::Task(_) => {
            let (seq, rows) = rows_of(app, hub, who, cover).await?;
            let hashes = rows.iter().map(|stored| hash_of(stored.v, &stored.row));
            (seq, Content::of(hashes))
        }
    };
    Ok(CoverDigest {
        epoch: hub.epoch,
        seq,
        cover,
        digest,
    })
}

async fn board_content(
    app: &App,
    hub: &Hub,
    who: &Actor,
    project: ProjectId,
) -> Result<(u64, Content), Error> {
    let sees = || who.limits.show(project) && hub.now().1.sees_project(who.user, project);
    if !sees() {
        return Err(not_found());
    }
    let found = hub
        .contents
        .of_board(&app.db, hub.workspace, project)
        .await?;
    let (seq, content) = found.ok_or_else(not_found)?;
    // By rules that are as new as the rows.
    hub.catch_up(seq).await?;
    if !sees() {
        return Err(not_found());
    }
    Ok((seq, content))
}

/// The rows of the workspace or of a task that somebody sees, and as of which number.
async fn rows_of(
    app: &App,
    hub: &Hub,
    who: &Actor,
    cover: Cover,
) -> Result<(u64, Vec<Stored>), Error> {
    let mut read = app.db.snapshot_in(hub.workspace).await?;
    let head = store::find_head(read.conn(), hub.workspace)
        .await?
        .ok_or_else(not_found)?;
    let rows = match cover {
        Cover::Task(task) => task_rows(&mut read, hub.workspace, who, task).await?,
        _ => workspace_rows(&mut read, hub.workspace, who).await?,
    };
    Ok((head.seq, rows))
}

fn numbered(mut response: Response, seq: u64) -> Response {
    response
        .headers_mut()
        .insert(SEQ_HEADER, HeaderValue::from(seq));
    response
}

async fn board(
    app: &App,
    hub: &Hub,
    who: &Actor,
    project: ProjectId,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let require_seen = || match hub.now() {
        (_, access) if who.limits.show(project) && access.sees_project(who.user, project) => Ok(()),
        _ => Err(not_found()),
    };
    require_seen()?;
    let (head, touched) = hub.touched(Scope::Project(project));
    let key = (Form::Rows, project);
    let encode = encode_board(app, hub, project);
    let board = hub.boards.get_or_encode(key, touched, encode).await?;
    if board.as_of > head {
        // Another node was further: what it let nobody see any more is in the rows, and its rules are to be known here.
        hub.catch_up(board.as_of).await?;
        require_seen()?;
    }
    Ok(numbered(board.respond(headers), board.as_of.max(head)))
}

async fn encode_board(app: &App, hub: &Hub, project: ProjectId) -> Result<Arc<Encoded>, Error> {
    let mut read = app.db.snapshot_in(hub.workspace).await?;
    let head = store::find_head(read.conn(), hub.workspace)
        .await?
        .ok_or_else(not_found)?;
    let tasks = tasks::store::list_for_project(read.conn(), hub.workspace, project).await?;
    drop(read);
    let epoch = hub.epoch;
    Encoded::of(head.seq, move || {
        let rows: Vec<Stored> = rows::envelopes(tasks).collect();
        let rows = rows.iter().map(|stored| (stored.v, &stored.row));
        let snapshot = Snapshot::of(epoch, head.seq, vec![Cover::Board(project)], rows);
        Ok(serde_json::to_vec(&snapshot)?)
    })
    .await
}

/// The workspace, its members, and the frames of the projects that somebody sees.
pub async fn workspace_rows(
    read: &mut DbSnapshot,
    ws: WorkspaceId,
    who: &Actor,
) -> Result<Vec<Stored>, Error> {
    let mut rows: Vec<Stored> = Vec::new();
    rows.extend(rows::find(read.conn(), ws, Workspace::key_of(ws)).await?);
    rows.extend(rows::envelopes(
        members::store::list(read.conn(), ws).await?,
    ));
    rows.extend(rows::envelopes(
        projects::store::list(read.conn(), ws).await?,
    ));
    let access = AccessIndex::of(&rows, Vec::new());
    let granted = access.granted(who.user).into_iter().map(|g| g.0);
    let scopes: BTreeSet<Scope> = granted.filter(|scope| who.limits.cover(*scope)).collect();
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
    rows.extend(rows::envelopes(teams::store::list(read.conn(), ws).await?));
    rows.retain(|stored| scopes.contains(&stored.row.scope()));
    Ok(rows)
}

/// What belongs to a task that somebody sees.
pub async fn task_rows(
    read: &mut DbSnapshot,
    ws: WorkspaceId,
    who: &Actor,
    id: TaskId,
) -> Result<Vec<Stored>, Error> {
    let task = tasks::store::find(read.conn(), ws, id.uuid())
        .await?
        .ok_or_else(not_found)?
        .row;
    let workspace = rows::find(read.conn(), ws, Workspace::key_of(ws)).await?;
    let member = members::store::find(read.conn(), ws, who.user.uuid()).await?;
    let project = projects::store::find(read.conn(), ws, task.project.uuid()).await?;
    let facts: Vec<Stored> = rows::envelopes(member.into_iter().collect())
        .chain(rows::envelopes(project.into_iter().collect()))
        .chain(workspace)
        .collect();
    let access = AccessIndex::of(&facts, Vec::new());
    let mut granted = access.granted(who.user).into_iter();
    if !who.limits.cover(task.scope()) || !granted.any(|granted| granted.0 == task.scope()) {
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
