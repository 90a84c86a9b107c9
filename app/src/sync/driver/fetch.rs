//! Snapshots, over HTTP.

use super::feed;
use crate::dom::http::{self, Answer};
use shared::ids::WorkspaceId;
use shared::sync::{Cover, Event, Snapshot};
use wasm_bindgen_futures::spawn_local;

/// Fetches a snapshot and feeds what came of it.
pub(super) fn snapshot(workspace: WorkspaceId, cover: Cover) {
    spawn_local(async move {
        let answer = http::get(&address("snapshot", workspace, cover)).await;
        feed(event_of(answer, cover));
    });
}

fn event_of(answer: Answer, cover: Cover) -> Event {
    let Some(answer) = answer else {
        return Event::FetchFailed(cover);
    };
    match answer.status {
        200 => match serde_json::from_str::<Snapshot>(&answer.text) {
            // The server keeps what it wrote down while nothing touches it: the header tells how long it has been true.
            Ok(snapshot) => Event::Fetched(Snapshot {
                seq: answer.as_of.unwrap_or(0).max(snapshot.seq),
                ..snapshot
            }),
            Err(error) => {
                leptos::logging::warn!("a snapshot was not understood: {error}");
                Event::FetchFailed(cover)
            }
        },
        401 => Event::SignedOut,
        403 | 404 => Event::FetchRefused(cover),
        _ => Event::FetchFailed(cover),
    }
}

/// Where something about a cover is asked for.
pub(super) fn address(what: &str, workspace: WorkspaceId, cover: Cover) -> String {
    let cover = match cover {
        Cover::Workspace => "workspace".to_owned(),
        Cover::Board(project) => format!("board:{project}"),
        Cover::Task(task) => format!("task:{task}"),
    };
    format!("/sync/{what}?workspace={workspace}&cover={cover}")
}
