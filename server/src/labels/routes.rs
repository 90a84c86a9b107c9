//! Labels over REST.

use super::store;
use crate::access;
use crate::app::App;
use crate::http::Error;
use crate::http::api::{Page, PageQuery};
use crate::http::extract::{Path, Query, SignedIn};
use crate::sync::columns::Stored;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::ids::{LabelId, ProjectId};
use shared::labels::Label;
use shared::values::Color;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_labels))
}

/// A label of a project.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Label)]
pub(crate) struct LabelView {
    #[schema(value_type = uuid::Uuid)]
    pub(crate) id: LabelId,
    #[schema(example = "backend")]
    name: String,
    #[schema(value_type = String, example = "violet")]
    color: Color,
}

impl From<Label> for LabelView {
    fn from(label: Label) -> Self {
        Self {
            id: label.id,
            name: label.name.into(),
            color: label.color,
        }
    }
}

/// List the labels of a project.
#[utoipa::path(
    get, path = "/projects/{id}/labels", tag = "Projects",
    params(("id" = uuid::Uuid, Path, description = "The project's id"), PageQuery),
    responses((status = 200, description = "By name", body = Page<LabelView>)),
)]
async fn list_labels(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ProjectId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<LabelView>>, Error> {
    let paging = query.paging()?;
    let access = access::to_project(&app, &who, id).await?;
    let mut read = app.db.read_in(access.workspace()).await?;
    let rows = store::list_for_project(read.conn(), access.workspace(), id).await?;
    let key = |stored: &Stored<Label>| {
        format!(
            "{} {}",
            stored.row.name.as_str().to_lowercase(),
            stored.row.id
        )
    };
    Ok(Json(paging.cut(rows, key, |stored| stored.row.into())))
}
