//! Whether the rows that this page holds are those of the server.

use super::Offline;
use crate::dom::http;
use crate::sync::driver::{feed, fetch};
use shared::sync::digest::{CoverDigest, SHAPE};
use shared::sync::{Cover, Event};
use wasm_bindgen_futures::spawn_local;

impl Offline {
    /// Compares, where both are of the same moment. What rows come to here is told along, so that the server's log says
    /// where they differ. Without an answer it is compared another time.
    pub(super) fn check(&self, cover: Cover) {
        let mut hashed = self.hashed.borrow_mut();
        let ours = self.rows.with_client(|client| {
            hashed.retain(|cover| client.replica().has(cover));
            client.content(cover, &mut hashed)
        });
        drop(hashed);
        let Some(ours) = ours else { return };
        let door = fetch::address("digest", self.rows.workspace(), cover);
        spawn_local(async move {
            let (CoverDigest { epoch, seq, .. }, content) = (ours, ours.digest);
            let (rows, sum) = (content.rows, content.sum);
            let address =
                format!("{door}&shape={SHAPE}&epoch={epoch}&seq={seq}&rows={rows}&sum={sum}");
            if let Some(answer) = http::get(&address).await
                && answer.status == 200
                && let Ok(theirs) = serde_json::from_str::<CoverDigest>(&answer.text)
                && ours.differs(&theirs)
            {
                leptos::logging::warn!(
                    "{cover:?} was not as the server has it: it is fetched anew"
                );
                feed(Event::Diverged(cover));
            }
        });
    }
}
