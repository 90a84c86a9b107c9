//! The REST API: what all its handlers share, the list of the domains' routes, and its description.
//!
//! Handlers live in their domains (`routes.rs`); they translate requests into commands and rows into resources, and hold
//! no rules. [`Asked`] reads a body, [`Paging`] a place in a list, and `document` adds to the description what is the
//! same everywhere.

mod answer;
mod ask;
mod decimal;
mod docs_page;
mod document;
mod moment;
mod page;
mod place;

pub use answer::{Created, Shown, etag};
pub use ask::{Asked, IfMatch, Key, parse};
pub use decimal::Decimal;
pub use moment::Moment;
pub use page::{Page, PageQuery, Paging, bad_cursor, cursor};
pub use place::{Position, place};

use crate::app::App;
use crate::{comments, labels, projects, sessions, statuses, tasks, workspaces};
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;
use bytes::Bytes;
use utoipa_axum::router::OpenApiRouter;

/// A field of a patch: absent stays, `null` clears. Read it with `shared::sync::nullable`.
pub type Nullable<T> = Option<Option<T>>;

/// Where the API begins.
const PREFIX: &str = "/api/v1";

fn described() -> OpenApiRouter<App> {
    let domains = OpenApiRouter::new()
        .merge(sessions::routes::routes())
        .merge(workspaces::routes::routes())
        .merge(projects::routes::routes())
        .merge(labels::routes::routes())
        .merge(statuses::routes::routes())
        .merge(tasks::routes::routes())
        .merge(comments::routes::routes());
    OpenApiRouter::with_openapi(document::frame()).nest(PREFIX, domains)
}

/// The API, its description, and a page to try it.
pub fn routes() -> Router<App> {
    let (routes, openapi) = described().split_for_parts();
    let json = Bytes::from(document::completed(&openapi).to_string());
    let describe = move || {
        let headers = [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "no-cache"),
        ];
        std::future::ready((headers, json.clone()))
    };
    routes
        .route("/api/openapi.json", get(describe))
        .merge(docs_page::routes())
}
