//! Pictures over HTTP: a plain form sends one, and an address that is made of its hash shows it.

use super::{pictures, store};
use crate::app::App;
use crate::http::Error;
use crate::http::extract::{Path, SignedIn};
use crate::http::middleware::limit_bodies;
use ::app::routes::href;
use axum::Router;
use axum::extract::{Multipart, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use shared::codes::Code;
use shared::values::PictureHash;

/// Where a form sends a picture.
pub(crate) const UPLOADS: &str = "/settings/avatar";
/// A file and what a form has around it.
const BODY_BYTES_MAX: usize = pictures::BYTES_MAX + 64 * 1024;

/// The routes that take small bodies.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/avatars/{hash}", get(get_avatar))
}

/// The route that takes files.
pub(crate) fn uploads() -> Router<App> {
    limit_bodies(
        Router::new().route(UPLOADS, post(upload_avatar)),
        BODY_BYTES_MAX,
    )
}

/// Takes the picture of a plain form, and leads back to it: what was wrong is told there.
async fn upload_avatar(
    State(app): State<App>,
    who: SignedIn,
    form: Multipart,
) -> Result<Redirect, Error> {
    let file = file_in(form).await;
    match super::set_picture(&app, who.user_id, file).await? {
        Ok(()) => Ok(Redirect::to(&href::profile_done("picture"))),
        Err(problem) => Ok(Redirect::to(&href::profile_refused(problem.as_str()))),
    }
}

/// The file that a form brings; none where it brings none that can be read.
pub(super) async fn file_in(mut form: Multipart) -> Vec<u8> {
    let mut file = Vec::new();
    // What breaks off, or is larger than allowed, breaks here.
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() == Some("picture") {
            file = field.bytes().await.map(Vec::from).unwrap_or_default();
        }
    }
    file
}

/// A picture. Its address is made of what is in it, so it never changes.
async fn get_avatar(
    State(app): State<App>,
    _who: SignedIn,
    Path(hash): Path<String>,
) -> Result<Response, Error> {
    let hash = PictureHash::parse(&hash).map_err(|_| Code::NotFound)?;
    let mut read = app.db.read().await?;
    let found = store::find_picture(read.conn(), &hash).await?;
    let (content_type, bytes) = found.ok_or(Code::NotFound)?;
    let headers = [
        (CONTENT_TYPE, content_type.as_str()),
        (CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (CONTENT_DISPOSITION, "inline"),
    ];
    Ok((headers, bytes).into_response())
}
