//! Workspaces over REST.

use super::store;
use crate::access::Visit;
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Moment, Page, PageQuery};
use crate::http::extract::{Path, Query, SignedIn};
use crate::members;
use crate::sync::columns::Stored;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::access::Role;
use shared::ids::{UserId, WorkspaceId};
use shared::members::Member;
use shared::workspaces::Workspace;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_workspaces))
        .routes(routes!(list_members))
}

/// A tenant, as one of its members sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
struct WorkspaceView {
    #[schema(value_type = uuid::Uuid)]
    id: WorkspaceId,
    #[schema(example = "Northlight")]
    name: String,
    /// Its address.
    #[schema(example = "northlight")]
    slug: String,
    /// What the caller is in it: owner, admin, manager, member, guest or viewer.
    #[schema(value_type = String, example = "member")]
    role: Role,
    #[schema(value_type = String, format = DateTime)]
    created_at: Moment,
}

/// Somebody in a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
struct MemberView {
    #[schema(value_type = uuid::Uuid)]
    id: UserId,
    #[schema(example = "John Doe")]
    name: String,
    #[schema(value_type = String, example = "member")]
    role: Role,
    /// Whether they may do anything.
    active: bool,
    /// Whether they stand for somebody of another tool and have no account.
    placeholder: bool,
    /// Whether it is a program with keys of its own.
    bot: bool,
    #[schema(value_type = String, format = DateTime)]
    joined_at: Moment,
}

fn shown((stored, role): (Stored<Workspace>, Role)) -> WorkspaceView {
    WorkspaceView {
        id: stored.row.id,
        name: stored.row.name.into(),
        slug: stored.row.slug.into(),
        role,
        created_at: stored.row.created_at.into(),
    }
}

/// List the workspaces that you are in.
#[utoipa::path(
    get, path = "/workspaces", tag = "Workspaces", params(PageQuery),
    responses((status = 200, description = "By address", body = Page<WorkspaceView>)),
)]
async fn list_workspaces(
    State(app): State<App>,
    who: SignedIn,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<WorkspaceView>>, Error> {
    let paging = query.paging()?;
    let mut rows =
        store::list_memberships(app.db.read_as(who.user_id).await?.conn(), who.user_id).await?;
    rows.retain(|(stored, _)| stored.row.deleted_at.is_none() && who.limits.admit(stored.row.id));
    Ok(Json(paging.cut(
        rows,
        |(stored, _)| stored.row.slug.to_string(),
        shown,
    )))
}

fn member(stored: Stored<Member>) -> MemberView {
    let Member {
        id,
        name,
        role,
        active,
        placeholder,
        bot,
        joined_at,
        ..
    } = stored.row;
    MemberView {
        id,
        name: name.into(),
        role,
        active,
        placeholder,
        bot,
        joined_at: joined_at.into(),
    }
}

/// List the people in a workspace.
#[utoipa::path(
    get, path = "/workspaces/{slug}/members", tag = "Workspaces",
    params(("slug" = String, Path, description = "The workspace's address"), PageQuery),
    responses((status = 200, description = "Who came first, first", body = Page<MemberView>)),
)]
async fn list_members(
    State(app): State<App>,
    who: SignedIn,
    Path(slug): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MemberView>>, Error> {
    let paging = query.paging()?;
    let visit = Visit::to_slug(&app, &who, &slug).await?;
    let rows = members::store::list(
        app.db.read_in(visit.workspace).await?.conn(),
        visit.workspace,
    )
    .await?;
    Ok(Json(paging.cut(
        rows,
        |stored| stored.row.id.to_string(),
        member,
    )))
}
