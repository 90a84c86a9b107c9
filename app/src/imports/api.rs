//! What the server answers about an upload and its import.
//!
//! - `POST /imports/trello/preview?workspace=<id>` with the file as body: [`Uploaded`], nothing changed
//! - `POST /imports/<id>/start`: the import begins
//! - `GET /imports/<id>`: [`Progress`]

use crate::dom::http;
use serde::{Deserialize, Serialize};
use shared::codes::{Code, Rejected};
use shared::ids::{ImportId, WorkspaceId};
use shared::imports::Preview;
use shared::values::ProjectKey;

/// A file that was read, and what importing it would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Uploaded {
    /// The import that it would be.
    pub id: ImportId,
    /// What it would do.
    pub preview: Preview,
}

/// How far an import has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where it stands.
    pub state: State,
    /// How many cards are here.
    pub done: usize,
    /// How many there will be.
    pub total: usize,
    /// The key of the project that it makes.
    pub project: ProjectKey,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Rejected>,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Uploaded, not begun.
    Ready,
    /// Under way.
    Running,
    /// Everything is here.
    Done,
    /// Nothing was changed.
    Failed,
}

/// The shape of every error of the server.
#[derive(Deserialize)]
struct Envelope {
    error: Rejected,
}

pub(super) async fn upload(
    workspace: WorkspaceId,
    file: &http::File,
) -> Result<Uploaded, Rejected> {
    let address = format!("/imports/trello/preview?workspace={workspace}");
    read(http::post(&address, Some(file)).await)
}

pub(super) async fn start(id: ImportId) -> Result<(), Rejected> {
    let answer = http::post(&format!("/imports/{id}/start"), None).await;
    match answer {
        Some(http::Response {
            status: 200..300, ..
        }) => Ok(()),
        answer => Err(refusal(answer)),
    }
}

pub(super) async fn progress(id: ImportId) -> Result<Progress, Rejected> {
    read(http::get(&format!("/imports/{id}")).await)
}

fn read<T: serde::de::DeserializeOwned>(answer: http::Answer) -> Result<T, Rejected> {
    match answer {
        Some(http::Response {
            status: 200..300,
            text,
            ..
        }) => serde_json::from_str(&text).map_err(|_| Code::UpgradeRequired.into()),
        answer => Err(refusal(answer)),
    }
}

fn refusal(answer: http::Answer) -> Rejected {
    let Some(http::Response { text, .. }) = answer else {
        let text = "The server could not be reached. Check the connection and try again.";
        return Rejected::new(Code::Unavailable, text);
    };
    serde_json::from_str::<Envelope>(&text)
        .map_or_else(|_| Code::Internal.into(), |envelope| envelope.error)
}
