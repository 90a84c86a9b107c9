//! Fetching an export.

use super::{Export, path, store};
use crate::access::Visit;
use crate::app::App;
use crate::audit_entries::{self, Note};
use crate::http::Error;
use crate::http::extract::{Path, SignedIn};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures::stream;
use shared::access::Action;
use shared::audit_entries::Act;
use shared::codes::{Code, Rejected};
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;

const PIECE: usize = 64 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/exports/{id}", get(fetch))
}

async fn fetch(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Error> {
    let now = app.clock.now();
    let found = store::find(app.db.read_as(who.user_id).await?.conn(), id).await?;
    let is_good = |export: &Export| {
        export.expires_at > now && export.finished_at.is_some() && export.problem.is_none()
    };
    let found = found.filter(is_good);
    let export = found.ok_or(Code::NotFound)?;
    let visit = Visit::to(&app, &who, export.workspace).await?;
    visit.require(Action::ExportWorkspace)?;
    let Ok(file) = tokio::fs::File::open(path(&app, id)).await else {
        let why = "The file is not on this server. Export again.";
        return Err(Rejected::new(Code::NotFound, why).into());
    };
    let note = Note::in_workspace(export.workspace, Act::ExportFetched).by(who.user_id);
    audit_entries::note_alone(&app, note).await?;
    let pieces = stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    let headers = [
        (CONTENT_TYPE, "application/x-tar".to_owned()),
        (CONTENT_LENGTH, export.bytes.to_string()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"teamflow-export.tar\"".to_owned(),
        ),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
