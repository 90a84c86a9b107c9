//! From a card to a task with everything in it.

use super::board::{Attachment, Board, Card, Checklist};
use super::history::Said;
use super::people::People;
use super::plan::{Columns, Draft, Place};
use crate::ids::LabelId;
use crate::imports::plan::ROWS_MAX;
use crate::imports::report::{Ledger, number_of};
use crate::imports::{ImportedAttachment, ImportedComment, ImportedItem, ImportedTask};
use crate::tasks::{ASSIGNEES_MAX, LABELS_MAX, Priority};
use crate::values::{CommentText, Date, Link, Time, Title, is_safe_url};
use std::collections::BTreeMap;

/// What cards refer to, and what refers to them.
pub(super) struct Lookup<'a> {
    pub(super) columns: Columns,
    pub(super) people: People,
    labels: BTreeMap<String, LabelId>,
    /// By card, in order.
    checklists: Vec<Vec<&'a Checklist>>,
    /// By card, oldest first.
    comments: Vec<Vec<&'a Said>>,
}

impl<'a> Lookup<'a> {
    pub(super) fn of(
        board: &'a Board,
        columns: Columns,
        labels: BTreeMap<String, LabelId>,
        people: People,
    ) -> Self {
        let cards = board.cards_by_id();
        let mut checklists = vec![Vec::new(); board.cards.len()];
        for checklist in board.checklists.iter() {
            if let Some(card) = cards.get(&*checklist.id_card) {
                checklists[*card].push(checklist);
            }
        }
        for lists in &mut checklists {
            lists.sort_by(|a, b| a.pos.total_cmp(&b.pos));
        }
        let mut comments = vec![Vec::new(); board.cards.len()];
        // The file has the newest first.
        for said in board.actions.comments.iter().rev() {
            if let Some(card) = cards.get(&*said.card) {
                comments[*card].push(said);
            }
        }
        for said in &mut comments {
            said.sort_by_key(|said| said_at(said));
        }
        Self {
            columns,
            people,
            labels,
            checklists,
            comments,
        }
    }
}

/// The task of a card.
pub(super) fn task(
    draft: &mut Draft<'_, '_>,
    lookup: &Lookup<'_>,
    at: usize,
    number: u32,
    place: Place,
) -> ImportedTask {
    let card = &draft.board.cards[at];
    let column = &lookup.columns.statuses[place.column];
    let now = draft.ids.now();
    let touched_at = Time::parse_iso(&card.date_last_activity);
    let created_at = made_at(&card.id).or(touched_at).unwrap_or(now).min(now);
    let first = |times: &[&str]| {
        let known = times.iter().find_map(|time| Time::parse_iso(time));
        known.or(touched_at).unwrap_or(created_at).min(now)
    };
    let completed_at = if card.due_complete {
        Some(first(&[&card.date_completed, &card.due]))
    } else {
        let over = column.category.is_closed();
        over.then(|| first(&[&card.date_completed]))
    };
    let title = draft.texts.fit(&card.name, "titles of cards");
    if title.is_none() {
        let text = "Cards without a title are called \"Untitled\".";
        draft.ledger.note_more("untitled_cards", text);
    }
    let mut task = ImportedTask {
        id: draft.ids.fresh(),
        number,
        status: column.id,
        rank: place.rank,
        title: title.unwrap_or_else(untitled),
        description: draft.texts.fit(&card.desc, "descriptions"),
        priority: Priority::None,
        points: None,
        estimate: None,
        start_on: day(draft, &card.start),
        due_on: day(draft, &card.due),
        assignees: assignees(draft, lookup, card),
        labels: labels(draft, lookup, card),
        items: items(draft, &lookup.checklists[at]),
        comments: comments(draft, lookup, &lookup.comments[at], created_at),
        attachments: attachments(draft, card, created_at),
        completed_at,
        archived_at: card.closed.then(|| first(&[&card.date_closed])),
        created_at,
    };
    shorten(draft, &mut task);
    task
}

/// A task comes with one command, which takes so many rows and no more. What people said is kept first.
fn shorten(draft: &mut Draft<'_, '_>, task: &mut ImportedTask) {
    let mut room = ROWS_MAX - 2;
    let mut drop = |what: &str, len: usize| {
        let kept = len.min(room);
        room -= kept;
        let why = format!(
            "A card brings at most {} lines, comments and links.",
            ROWS_MAX - 2
        );
        draft.ledger.lose(what, &why, len - kept);
        kept
    };
    task.comments
        .truncate(drop("Comments of crowded cards", task.comments.len()));
    task.items
        .truncate(drop("Check items of crowded cards", task.items.len()));
    task.attachments
        .truncate(drop("Attachments of crowded cards", task.attachments.len()));
}

/// The moment at which Trello made something: its ids begin with it, in seconds.
fn made_at(id: &str) -> Option<Time> {
    let is_id = id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit());
    let seconds = i64::from_str_radix(id.get(..8).filter(|_| is_id)?, 16).ok()?;
    Some(Time(seconds * 1_000))
}

fn said_at(said: &Said) -> Option<Time> {
    Time::parse_iso(&said.date).or_else(|| made_at(&said.id))
}

fn day(draft: &mut Draft<'_, '_>, text: &str) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let day = Time::parse_iso(text).and_then(|time| Date::of_millis(time.0));
    if day.is_none() {
        draft.ledger.lose(
            "Unreadable dates",
            "They are no dates in the form that Trello uses.",
            1,
        );
    }
    day
}

fn untitled() -> Title {
    Title::parse("Untitled").expect("a constant title is valid")
}

fn assignees(
    draft: &mut Draft<'_, '_>,
    lookup: &Lookup<'_>,
    card: &Card,
) -> Vec<crate::ids::UserId> {
    let found = card
        .id_members
        .iter()
        .filter_map(|id| lookup.people.find(id));
    let mut assignees: Vec<_> = found.collect();
    assignees.sort();
    assignees.dedup();
    let why = format!("A task has at most {ASSIGNEES_MAX} assignees.");
    draft.ledger.lose(
        "Members of crowded cards",
        &why,
        assignees.len().saturating_sub(ASSIGNEES_MAX),
    );
    assignees.truncate(ASSIGNEES_MAX);
    assignees
}

fn labels(draft: &mut Draft<'_, '_>, lookup: &Lookup<'_>, card: &Card) -> Vec<LabelId> {
    let keys = card.label_keys();
    let mut labels: Vec<_> = keys
        .iter()
        .filter_map(|key| lookup.labels.get(key).copied())
        .collect();
    let missing = keys.len() - labels.len();
    draft.ledger.lose(
        "Labels that are gone",
        "Cards name them, but the file does not have them.",
        missing,
    );
    labels.sort();
    labels.dedup();
    let why = format!("A task has at most {LABELS_MAX} labels.");
    draft.ledger.lose(
        "Labels of crowded cards",
        &why,
        labels.len().saturating_sub(LABELS_MAX),
    );
    labels.truncate(LABELS_MAX);
    labels
}

/// The lines of all checklists, each under its checklist's name.
fn items(draft: &mut Draft<'_, '_>, checklists: &[&Checklist]) -> Vec<ImportedItem> {
    let mut items = Vec::new();
    for checklist in checklists {
        let heading = draft.texts.fit(&checklist.name, "names of checklists");
        let mut lines: Vec<_> = checklist.check_items.iter().collect();
        lines.sort_by(|a, b| a.pos.total_cmp(&b.pos));
        for line in lines {
            let text = draft.texts.fit(&line.name, "check items");
            items.push(ImportedItem {
                id: draft.ids.fresh(),
                text: text.unwrap_or_else(untitled),
                done: line.is_done(),
                heading: heading.clone(),
            });
        }
    }
    items
}

fn comments(
    draft: &mut Draft<'_, '_>,
    lookup: &Lookup<'_>,
    comments: &[&Said],
    card_made_at: Time,
) -> Vec<ImportedComment> {
    let mut imported = Vec::new();
    for said in comments {
        let text = match lookup.people.name_to_tell(&said.author) {
            Some(name) => draft
                .texts
                .fit::<CommentText>(&format!("{name}: {}", said.text), "comments"),
            None => draft.texts.fit(&said.text, "comments"),
        };
        let (Some(text), Some(author)) = (text, lookup.people.find(&said.author)) else {
            draft
                .ledger
                .lose("Comments without text", "There is nothing to show.", 1);
            continue;
        };
        imported.push(ImportedComment {
            id: draft.ids.fresh(),
            author,
            text,
            created_at: said_at(said).unwrap_or(card_made_at).min(draft.ids.now()),
        });
    }
    imported
}

fn attachments(
    draft: &mut Draft<'_, '_>,
    card: &Card,
    card_made_at: Time,
) -> Vec<ImportedAttachment> {
    let mut attachments: Vec<&Attachment> = card.attachments.iter().collect();
    attachments.sort_by(|a, b| a.pos.total_cmp(&b.pos));
    let mut imported = Vec::new();
    for attachment in attachments {
        let reason = if attachment.is_malicious {
            Some((
                "Attachments that Trello holds for harmful",
                "They are left out for safety.",
            ))
        } else if !is_safe_url(&attachment.url) {
            let why = "Only links that begin with https://, http:// or mailto: are taken over.";
            Some(("Attachments with unsafe links", why))
        } else {
            None
        };
        if let Some((what, why)) = reason {
            draft.ledger.lose(what, why, 1);
            continue;
        }
        let Ok(url) = Link::parse(&attachment.url) else {
            let why = format!(
                "A link has at most {} characters, and none for control.",
                Link::CHARS_MAX
            );
            draft.ledger.lose("Attachments with broken links", &why, 1);
            continue;
        };
        if attachment.is_upload {
            let why = "The link is kept; the file itself stays at Trello, where only people with access can open it.";
            draft.ledger.lose("Contents of uploaded files", why, 1);
        }
        let title = [&attachment.name, &attachment.file_name, &attachment.url]
            .into_iter()
            .find_map(|title| draft.texts.fit(title, "titles of attachments"));
        let added_at = Time::parse_iso(&attachment.date).unwrap_or(card_made_at);
        imported.push(ImportedAttachment {
            id: draft.ids.fresh(),
            title: title.unwrap_or_else(untitled),
            url,
            added_at: added_at.min(draft.ids.now()),
        });
    }
    imported
}

/// Writes down what was taken over.
pub(super) fn tell(ledger: &mut Ledger, board: &Board, tasks: &[ImportedTask]) {
    let some = |has: fn(&ImportedTask) -> bool| tasks.iter().filter(|task| has(task)).count();
    let each = |count: fn(&ImportedTask) -> usize| tasks.iter().map(count).sum();
    ledger.map("Cards", "Tasks", some(|task| task.archived_at.is_none()));
    ledger.map(
        "Archived cards",
        "Archived tasks",
        some(|task| task.archived_at.is_some()),
    );
    ledger.map(
        "Descriptions",
        "Descriptions",
        some(|task| task.description.is_some()),
    );
    ledger.map(
        "Labels on cards",
        "Labels on tasks",
        each(|task| task.labels.len()),
    );
    ledger.map(
        "Members of cards",
        "Assignees",
        each(|task| task.assignees.len()),
    );
    ledger.map(
        "Check items",
        "Checklist lines under their checklist's name",
        each(|task| task.items.len()),
    );
    ledger.map(
        "Comments",
        "Comments with author and date",
        each(|task| task.comments.len()),
    );
    ledger.map("Due dates", "Due dates", some(|task| task.due_on.is_some()));
    ledger.map(
        "Start dates",
        "Start dates",
        some(|task| task.start_on.is_some()),
    );
    let complete = board.cards.iter().filter(|card| card.due_complete).count();
    ledger.map("Cards marked complete", "Completed tasks", complete);
    ledger.map("Attachments", "Links", each(|task| task.attachments.len()));
    let over = some(|task| task.completed_at.is_some()).saturating_sub(complete);
    let text = format!(
        "{} in a finished column but not marked complete: counted as completed at the last activity.",
        number_of(over, "card")
    );
    ledger.note("completed_by_column", over, text);
}
