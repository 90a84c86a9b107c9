//! Snapshots, over HTTP.

use super::feed;
use leptos::prelude::window;
use shared::ids::WorkspaceId;
use shared::sync::{Cover, Event, Snapshot};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;

/// Fetches a snapshot and feeds what came of it.
pub(super) fn snapshot(workspace: WorkspaceId, cover: Cover) {
    spawn_local(async move {
        let address = format!(
            "/sync/snapshot?workspace={workspace}&cover={}",
            name_of(cover)
        );
        feed(fetched(&address, cover).await);
    });
}

async fn fetched(address: &str, cover: Cover) -> Event {
    match get(address).await {
        Ok((200, text)) => match serde_json::from_str::<Snapshot>(&text) {
            Ok(snapshot) => Event::Fetched(snapshot),
            Err(error) => {
                leptos::logging::warn!("a snapshot was not understood: {error}");
                Event::FetchFailed(cover)
            }
        },
        Ok((401, _)) => Event::SignedOut,
        Ok((403 | 404, _)) => Event::FetchRefused(cover),
        Ok(_) | Err(_) => Event::FetchFailed(cover),
    }
}

async fn get(address: &str) -> Result<(u16, String), JsValue> {
    let response: Response = JsFuture::from(window().fetch_with_str(address))
        .await?
        .dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}

fn name_of(cover: Cover) -> String {
    match cover {
        Cover::Workspace => "workspace".to_owned(),
        Cover::Board(project) => format!("board:{project}"),
        Cover::Task(task) => format!("task:{task}"),
    }
}
