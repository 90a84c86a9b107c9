//! Whether the process lives (`/health`), and whether it should be sent requests (`/ready`).

use super::Error;
use crate::app::App;
use crate::db;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use shared::codes::{Code, Rejected};
use std::time::Duration;

/// A database that takes longer is no place to send requests to.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn ready(State(app): State<App>) -> Result<Json<Value>, Error> {
    if app.draining.is_cancelled() || app.shutdown.is_cancelled() {
        return Err(Code::Unavailable.into());
    }
    match tokio::time::timeout(DATABASE_TIMEOUT, db::ping(&app.db)).await {
        Ok(Ok(())) => Ok(Json(json!({ "status": "ready" }))),
        result => {
            let error = match result {
                Ok(Err(error)) => format!("{error:#}"),
                _ => format!("no answer within {DATABASE_TIMEOUT:?}"),
            };
            tracing::warn!(error, "the database does not answer");
            Err(Rejected::new(Code::Unavailable, "The database does not answer.").into())
        }
    }
}
