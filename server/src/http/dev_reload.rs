//! `/__dev/reload`: pages hold this stream while developing, and reload when it comes back after a restart.

use crate::app::App;
use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures::stream::{self, Stream, StreamExt as _};
use std::convert::Infallible;

/// Nothing unless `TEAMFLOW_DEV_RELOAD` is set.
pub(super) fn routes(app: &App) -> Router<App> {
    let router = Router::new();
    if app.config.site.dev_reload {
        router.route("/__dev/reload", get(reload))
    } else {
        router
    }
}

async fn reload(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let started = stream::once(async { Ok(Event::default().event("started").data("")) });
    // Ends when the server stops, which would else wait for it.
    let stop = app.shutdown.clone().cancelled_owned();
    Sse::new(started.chain(stream::pending()).take_until(stop)).keep_alive(KeepAlive::default())
}
