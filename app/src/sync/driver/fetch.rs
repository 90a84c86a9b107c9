//! Snapshots, over HTTP.

use super::feed;
use crate::dom::http::{self, Answer};
use shared::ids::WorkspaceId;
use shared::sync::{Cover, Event, Snapshot};
use wasm_bindgen_futures::spawn_local;

/// Fetches a snapshot and feeds what came of it.
pub(super) fn snapshot(workspace: WorkspaceId, cover: Cover) {
    spawn_local(async move {
        let name = name_of(cover);
        let address = format!("/sync/snapshot?workspace={workspace}&cover={name}");
        feed(event_of(http::get(&address).await, cover));
    });
}

/// Asks what the rows of a board come to on the server. Without an answer it is asked another time.
pub(super) fn check(workspace: WorkspaceId, cover: Cover) {
    spawn_local(async move {
        let name = name_of(cover);
        let address = format!("/sync/digest?workspace={workspace}&cover={name}");
        if let Some(answer) = http::get(&address).await
            && answer.status == 200
            && let Ok(checked) = serde_json::from_str(&answer.text)
        {
            feed(Event::Checked(checked));
        }
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

fn name_of(cover: Cover) -> String {
    match cover {
        Cover::Workspace => "workspace".to_owned(),
        Cover::Board(project) => format!("board:{project}"),
        Cover::Task(task) => format!("task:{task}"),
    }
}
