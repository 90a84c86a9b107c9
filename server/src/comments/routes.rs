//! Comments over REST.

use super::store;
use crate::access::{self, Access};
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Asked, Created, IfMatch, Key, Moment, Page, PageQuery, Shown};
use crate::http::extract::{Path, Query, SignedIn};
use crate::members;
use crate::sync::Group;
use crate::sync::columns::Stored;
use crate::tasks::view::Person;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::codes::Code;
use shared::comments::{Comment, Mutation};
use shared::ids::{CommentId, TaskId, UserId};
use shared::members::Member;
use shared::sync::Row as _;
use shared::values::CommentText;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_comments, create_comment))
        .routes(routes!(get_comment, update_comment, delete_comment))
}

/// What somebody said about a task.
#[derive(Serialize, ToSchema)]
#[schema(as = Comment)]
struct CommentView {
    #[schema(value_type = uuid::Uuid)]
    id: CommentId,
    #[schema(value_type = uuid::Uuid)]
    task_id: TaskId,
    author: Person,
    /// In Markdown.
    #[schema(example = "Ready for **review**.")]
    text: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Moment>,
    /// Goes up with every change of the comment.
    version: u64,
}

impl CommentView {
    fn of(Stored { v: version, row }: Stored<Comment>, name: Option<&Member>) -> Self {
        Self {
            id: row.id,
            task_id: row.task,
            author: Person::of(row.author, name),
            text: row.text.into(),
            created_at: row.created_at.into(),
            edited_at: row.edited_at.map(Moment),
            version,
        }
    }
}

/// A comment to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "Ready for **review**." }))]
struct NewComment {
    /// In Markdown.
    #[schema(value_type = String, min_length = 1, max_length = 20_000)]
    text: CommentText,
}

/// A comment to write anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "Reviewed." }))]
struct CommentPatch {
    /// In Markdown.
    #[schema(value_type = String, min_length = 1, max_length = 20_000)]
    text: CommentText,
    /// The version that the change is based on: refused with `version_conflict` when there is a newer one.
    version: Option<u64>,
}

async fn find(app: &App, access: &Access, id: CommentId) -> Result<Shown<CommentView>, Error> {
    let ws = access.workspace();
    let mut read = app.db.read_in(ws).await?;
    let found = store::find(read.conn(), ws, id.uuid())
        .await?
        .ok_or(Code::NotFound)?;
    let author: UserId = found.row.author;
    let author = members::store::find(read.conn(), ws, author.uuid()).await?;
    let version = found.v;
    let body = CommentView::of(found, author.as_ref().map(|stored| &stored.row));
    Ok(Shown { version, body })
}

/// List the comments on a task.
#[utoipa::path(
    get, path = "/tasks/{id}/comments", tag = "Comments",
    params(("id" = uuid::Uuid, Path, description = "The task's id"), PageQuery),
    responses((status = 200, description = "The oldest first", body = Page<CommentView>)),
)]
async fn list_comments(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<TaskId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<CommentView>>, Error> {
    let paging = query.paging()?;
    let access = access::to_task(&app, &who, id).await?;
    let ws = access.workspace();
    let mut read = app.db.read_in(ws).await?;
    let rows = store::list_for_task(read.conn(), ws, id).await?;
    let people = members::store::list(read.conn(), ws).await?;
    let key = |stored: &Stored<Comment>| {
        // Moments before 1970 sort first too.
        format!(
            "{:020} {}",
            i128::from(stored.row.created_at.0) + (1 << 63),
            stored.row.id
        )
    };
    let view = |stored: Stored<Comment>| {
        let author = people
            .iter()
            .find(|member| member.row.id == stored.row.author);
        CommentView::of(stored, author.map(|stored| &stored.row))
    };
    Ok(Json(paging.cut(rows, key, view)))
}

/// Comment on a task.
#[utoipa::path(
    post, path = "/tasks/{id}/comments", tag = "Comments", request_body = NewComment,
    params(("id" = uuid::Uuid, Path, description = "The task's id")),
    responses((status = 201, description = "Created", body = CommentView)),
)]
async fn create_comment(
    State(app): State<App>,
    who: SignedIn,
    Path(task): Path<TaskId>,
    asked: Asked<NewComment>,
) -> Result<Created<CommentView>, Error> {
    let access = access::to_task(&app, &who, task).await?;
    let (ws, user) = (access.workspace(), access.user());
    let id = match &asked.once {
        Some(once) => once.id(ws, user, "comment"),
        None => CommentId::new(app.clock.now().0, app.rng.bytes()),
    };
    let create = Mutation::Create {
        id,
        task,
        text: asked.body.text,
    };
    app.sync
        .commit_all(
            ws,
            access.actor(),
            Group::of(create).once(asked.once.as_ref()),
        )
        .await?;
    let shown = find(&app, &access, id).await?;
    Ok(Created {
        location: format!("/api/v1/comments/{id}"),
        shown,
    })
}

/// Get a comment.
#[utoipa::path(
    get, path = "/comments/{id}", tag = "Comments",
    params(("id" = uuid::Uuid, Path, description = "The comment's id")),
    responses((status = 200, description = "The comment", body = CommentView)),
)]
async fn get_comment(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<CommentId>,
) -> Result<Shown<CommentView>, Error> {
    let access = access::to_comment(&app, &who, id).await?;
    find(&app, &access, id).await
}

/// Write a comment of yours anew.
#[utoipa::path(
    patch, path = "/comments/{id}", tag = "Comments", request_body = CommentPatch,
    params(("id" = uuid::Uuid, Path, description = "The comment's id")),
    responses((status = 200, description = "The comment as it is now", body = CommentView)),
)]
async fn update_comment(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<CommentId>,
    IfMatch(version): IfMatch,
    asked: Asked<CommentPatch>,
) -> Result<Shown<CommentView>, Error> {
    let access = access::to_comment(&app, &who, id).await?;
    let CommentPatch {
        text,
        version: based_on,
    } = asked.body;
    let group = Group::of(Mutation::Edit { id, text })
        .expecting(Comment::key_of(id), based_on.or(version))
        .once(asked.once.as_ref());
    app.sync
        .commit_all(access.workspace(), access.actor(), group)
        .await?;
    find(&app, &access, id).await
}

/// Delete a comment.
#[utoipa::path(
    delete, path = "/comments/{id}", tag = "Comments",
    params(("id" = uuid::Uuid, Path, description = "The comment's id")),
    responses((status = 204, description = "It is gone")),
)]
async fn delete_comment(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<CommentId>,
    Key(once): Key,
) -> Result<StatusCode, Error> {
    let access = access::to_comment(&app, &who, id).await?;
    let group = Group::of(Mutation::Delete { id }).once(once.as_ref());
    app.sync
        .commit_all(access.workspace(), access.actor(), group)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
