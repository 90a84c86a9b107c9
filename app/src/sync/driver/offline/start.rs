//! Where a page begins that no server made, and where everything of a person ends.

use super::known::Known;
use super::outbox::Outbox;
use super::row_store::{self, RowStore};
use super::{clock, install};
use crate::backend::Failure;
use crate::dom::{local, page_load};
use crate::routes::{Page, href};
use crate::start::Start;
use crate::sync::{KeptRows, Rows};
use leptos::prelude::window;
use shared::codes::{Code, Rejected};
use shared::ids::{UserId, WorkspaceId};

const OFFLINE_TEXT: &str = "You are offline, and this page is not kept on this device. Signing in, and pages that you have \
    not opened here before, need the server. Try again when you are back online.";

/// Draws the page that is asked for from what is kept. What is not kept is the server's to make.
pub(super) async fn open(draw: fn(Start)) {
    let path = page_load::path();
    let known = Known::read();
    let page = Page::parse(&path);
    if let (Page::Root, Some(known)) = (&page, &known) {
        return page_load::to(&first_place(known));
    }
    if let (Some(known), Page::Workspace { slug, .. }) = (known, &page)
        && let Some(workspace) = known.workspaces.get(slug)
        && let Some(kept) = read_rows(known.user, *workspace).await
    {
        return draw(Start {
            person: Some(known.person),
            kept: Some(kept),
            ..Start::default()
        });
    }
    // Where there was no mark, the service worker has asked the server already, and it did not answer.
    if let Some(slug) = workspace_of(&path)
        && install::unmark(&slug).await
        && window().navigator().on_line()
    {
        return page_load::again();
    }
    draw(Start {
        failure: Some(Failure(Rejected::new(Code::Unavailable, OFFLINE_TEXT))),
        ..Start::default()
    });
}

/// The workspace that a path is in, also where there is no such page.
fn workspace_of(path: &str) -> Option<String> {
    let begin: Vec<_> = path.splitn(4, '/').take(3).collect();
    match Page::parse(&begin.join("/")) {
        Page::Workspace { slug, .. } => Some(slug),
        _ => None,
    }
}

/// The board that was looked at last, if it is of a workspace that this person was in.
fn first_place(known: &Known) -> String {
    let board = local::read(local::LAST_BOARD).filter(|board| {
        let page = Page::parse(board);
        matches!(page, Page::Workspace { slug, .. } if known.workspaces.contains_key(&slug))
    });
    board.unwrap_or_else(|| href::workspace(&known.last))
}

/// Leaves the page to the server, because the rows that are kept here cannot be read.
pub(super) async fn without_rows(rows: Rows) {
    if let Page::Workspace { slug, .. } = Page::parse(&page_load::path()) {
        let _was_marked = install::unmark(&slug).await;
    }
    if let Err(error) = row_store::delete(rows.me(), rows.workspace()).await {
        leptos::logging::warn!("rows were not deleted: {error}");
    }
    page_load::again();
}

async fn read_rows(me: UserId, workspace: WorkspaceId) -> Option<KeptRows> {
    let store = RowStore::open(me, workspace).await.ok()?;
    let (header, chunks) = store.read().await.ok()??;
    Some(KeptRows {
        workspace,
        me,
        header,
        chunks,
        today: clock::today()?.days(),
    })
}

/// Deletes the rows of whoever was here. What they have not sent stays, for when they are back.
pub(super) async fn forget() {
    let Some(known) = Known::read() else { return };
    for (slug, workspace) in known.workspaces {
        let _was_marked = install::unmark(&slug).await;
        if let Err(error) = row_store::delete(known.user, workspace).await {
            leptos::logging::warn!("rows were not deleted: {error}");
        }
        let acked = match Outbox::open(known.user, workspace).await {
            Ok(outbox) => outbox.forget_acked().await,
            Err(error) => Err(error),
        };
        if let Err(error) = acked {
            leptos::logging::warn!("changes that took effect were not forgotten: {error}");
        }
    }
    // Last: a page that is left in the middle of this leaves the rest to the next one.
    Known::forget();
}
