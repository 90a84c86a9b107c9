//! What of the log goes: what is personal in it, with somebody who is erased, and the whole chain of a workspace that is gone
//! for good.

use super::{ALL, Audit, BATCH, Chain, Note, Origin, store};
use crate::app::App;
use crate::db::{Db, WriteTx, many};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use shared::audit_entries::Act;
use shared::ids::UserId;
use shared::values::Email;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Forgets where somebody came from and what was said of them. That it was them stays, by their id.
pub async fn forget(tx: &mut WriteTx, person: UserId, email: &Email) -> anyhow::Result<u64> {
    let mut gone = store::forget(tx.conn(), person.uuid()).await?;
    let mut after = (Uuid::nil(), 0);
    loop {
        let found = store::list_saying(tx.conn(), email.as_str(), after, BATCH).await?;
        let Some((chain, seq, _)) = found.last() else {
            return Ok(gone);
        };
        after = (*chain, *seq);
        for (chain, seq, detail) in &found {
            if names(detail, email.as_str()) {
                store::forget_one(tx.conn(), *chain, *seq).await?;
                gone += 1;
            }
        }
    }
}

/// Whether a text names an address, and not only a longer one that it is a part of.
fn names(text: &str, address: &str) -> bool {
    let (text, address) = (text.to_lowercase(), address.to_lowercase());
    let is_part = |letter: char| letter.is_alphanumeric() || "_+%-@".contains(letter);
    text.match_indices(&address).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let mut behind = text[at + found.len()..].chars();
        let goes_on = match behind.next() {
            // At the end of a sentence it ends the address, too.
            Some('.') => behind.next().is_some_and(is_part),
            next => next.is_some_and(is_part),
        };
        !goes_on && !before.is_some_and(|letter| letter == '.' || is_part(letter))
    })
}

/// Leaves out of notes that were kept for a while what is personal to somebody whose account went in the meantime, be it by
/// another node.
pub(super) async fn leave_out(
    tx: &mut WriteTx,
    notes: &mut [(Note, Origin)],
) -> anyhow::Result<()> {
    let people: BTreeSet<Uuid> = notes.iter().flat_map(|(note, _)| persons(note)).collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    let mut known = BTreeSet::new();
    for run in many::runs(&people) {
        known.extend(store::list_accounts(tx.conn(), run).await?);
    }
    for (note, origin) in notes {
        if persons(note).any(|person| !known.contains(&person)) {
            note.detail = None;
            *origin = Origin::default();
        }
    }
    Ok(())
}

/// Whom a note is about, as far as it says.
fn persons(note: &Note) -> impl Iterator<Item = Uuid> + use<> {
    let is_about_a_person = matches!(note.act, Act::SignInFailed | Act::LockedOut);
    let subject = note.subject.filter(|_| is_about_a_person);
    note.actor.map(UserId::uuid).into_iter().chain(subject)
}

/// Deletes the chains of workspaces that are gone for good; answers how many. The server's own chain keeps a line for each:
/// that it went, and how its log ended, so that a copy that somebody kept can still be held against it.
pub async fn purge(app: &App) -> anyhow::Result<usize> {
    app.audit.flush(&app.db).await?;
    let mut read = app.db.read_at(ALL).await?;
    let orphans = store::list_orphans(read.conn(), Chain::Server.uuid()).await?;
    drop(read);
    for chain in &orphans {
        end(&app.audit, &app.db, *chain).await?;
    }
    Ok(orphans.len())
}

/// Deletes a chain, run by run. Until its end it holds, so that nobody takes one that is going for one that was changed.
async fn end(audit: &Audit, db: &Db, chain: Uuid) -> anyhow::Result<()> {
    loop {
        let mut tx = db.write_at(ALL).await?;
        // In the order in which all lock them.
        audit.lock(&mut tx, Chain::Server.uuid()).await?;
        let Some(mut head) = store::lock_head(tx.conn(), chain).await? else {
            return Ok(());
        };
        let floor = head.seq.min(head.floor + BATCH);
        let hash = store::find_hash(tx.conn(), chain, floor).await?;
        store::delete_through(tx.conn(), chain, floor).await?;
        if floor == head.seq {
            store::delete_head(tx.conn(), chain).await?;
            let hash = BASE64_URL_SAFE_NO_PAD.encode(&head.hash);
            let detail = format!("its log ended with entry {} and the hash {hash}", head.seq);
            let note = Note::of_server(Act::WorkspacePurged).about(chain);
            let note = (note.saying(detail), Origin::default());
            audit.write(&mut tx, &[note]).await?;
            return Ok(tx.commit().await?);
        }
        head.floor = floor;
        head.floor_hash = hash.unwrap_or_default();
        audit.unlock(&mut tx, chain, head).await?;
        tx.commit().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_address_is_named_whole_or_not_at_all() {
        let ann = "ann@ex.org";
        for text in [
            "ann@ex.org",
            "member, Ann@Ex.org",
            "<ann@ex.org>",
            "Sent to ann@ex.org.",
            "joann@ex.org and ann@ex.org, too",
        ] {
            assert!(names(text, ann), "{text}");
        }
        for text in [
            "joann@ex.org",
            "jo.ann@ex.org",
            "jo-ann@ex.org",
            "jo+ann@ex.org",
            "ann@ex.organic",
            "ann@ex.org.uk",
            "ann@ex.org-x.net",
            "öann@ex.org",
            "",
        ] {
            assert!(!names(text, ann), "{text}");
        }
    }
}
