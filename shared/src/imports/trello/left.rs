//! What of a board has no place here, and what the file itself lacks. Everything that is not taken over is named.

use super::board::{Board, Card, CheckItem};
use super::report::Report;
use crate::imports::report::{Ledger, number_of};
use crate::values::{Name, Time};
use std::collections::BTreeMap;

/// How many names of custom fields are listed.
const NAMES_SHOWN: usize = 10;

/// Writes down what is left behind.
pub(super) fn tell(ledger: &mut Ledger, board: &Board) {
    let report = Report::of(board);
    cards(ledger, board, &report);
    dates(ledger, board);
    checklists(ledger, board, &report);
    history(ledger, board);
    settings(ledger, board);
    notes(ledger, board, &report);
}

fn each(board: &Board, count: fn(&Card) -> usize) -> usize {
    board.cards.iter().map(count).sum()
}

fn some(board: &Board, has: fn(&Card) -> bool) -> usize {
    board.cards.iter().filter(|card| has(card)).count()
}

fn cards(ledger: &mut Ledger, board: &Board, report: &Report) {
    let names: Vec<&str> = board
        .custom_fields
        .iter()
        .map(|field| &*field.name)
        .take(NAMES_SHOWN)
        .collect();
    let why = format!(
        "There are no custom fields yet. The board's are: {}.",
        names.join(", ")
    );
    ledger.lose("Custom fields", &why, report.custom_fields);
    let why = "There are no custom fields yet.";
    ledger.lose("Values of custom fields", why, report.custom_field_values);
    ledger.lose("Votes", "There are no votes.", report.votes);
    ledger.lose(
        "Stickers",
        "There are no stickers.",
        each(board, |card| card.stickers.0),
    );
    ledger.lose(
        "Covers",
        "Tasks have no covers.",
        some(board, |card| card.cover.any()),
    );
    let why = "Templates become ordinary tasks.";
    ledger.lose(
        "Template marks",
        why,
        some(board, |card| card.is_template.any()),
    );
    let why = "Mirrors, links and separators become ordinary tasks.";
    ledger.lose("Special cards", why, some(board, |card| card.role.any()));
    let located = some(board, |card| {
        card.coordinates.any() || card.location_name.any() || card.address.any()
    });
    ledger.lose("Locations", "Tasks have no location.", located);
    let watched = some(board, |card| card.subscribed.any())
        + board
            .lists
            .iter()
            .filter(|list| list.subscribed.any())
            .count();
    let why = "Who watches what is told in the file for one person only.";
    ledger.lose("Watched cards and lists", why, watched);
    let why = "Mail to these addresses still goes to Trello.";
    ledger.lose(
        "E-mail addresses of cards",
        why,
        some(board, |card| card.email.any()),
    );
    let why = "Whoever runs the import is recorded as the creator.";
    ledger.lose("Creators of cards", why, board.cards.len());
    let why = "Whoever runs the import is recorded as the one who added them.";
    ledger.lose("Who added attachments", why, report.attachments);
    let why = "Only checklists in their own place in the file are read.";
    ledger.lose(
        "Checklists inside cards",
        why,
        each(board, |card| card.checklists.0),
    );
}

fn dates(ledger: &mut Ledger, board: &Board) {
    let timed = |date: fn(&Card) -> &str| {
        let times = board
            .cards
            .iter()
            .filter_map(|card| Time::parse_iso(date(card)));
        times.filter(|time| time.ms_of_day() != 0).count()
    };
    let why = "Dates are kept as days in UTC.";
    ledger.lose("Times of day of due dates", why, timed(|card| &card.due));
    ledger.lose(
        "Times of day of start dates",
        why,
        timed(|card| &card.start),
    );
    let reminded = board
        .cards
        .iter()
        .filter(|card| !card.due.is_empty() && card.due_reminder.any())
        .count();
    ledger.lose(
        "Reminders of due dates",
        "There are no reminders yet.",
        reminded,
    );
}

fn checklists(ledger: &mut Ledger, board: &Board, report: &Report) {
    let why = "Their cards are not in the file.";
    let missing = report.checklists_of_missing_cards;
    ledger.lose("Checklists of missing cards", why, missing);
    if missing > 0 {
        let cards = board.cards_by_id();
        let lost = board
            .checklists
            .iter()
            .filter(|list| !cards.contains_key(&*list.id_card));
        ledger.lose(
            "Check items of missing cards",
            why,
            lost.map(|list| list.check_items.len()).sum(),
        );
    }
    let empty = board
        .checklists
        .iter()
        .filter(|list| list.check_items.is_empty())
        .count();
    ledger.lose(
        "Empty checklists",
        "A checklist is shown by its lines.",
        empty,
    );
    let items = |has: fn(&CheckItem) -> bool| {
        let items = board.checklists.iter().flat_map(|list| &list.check_items);
        items.filter(|item| has(item)).count()
    };
    ledger.lose(
        "Due dates of check items",
        "Lines have no dates.",
        items(|item| item.due.any()),
    );
    ledger.lose(
        "Members of check items",
        "Lines have no assignees.",
        items(|item| item.id_member.any()),
    );
}

fn history(ledger: &mut Ledger, board: &Board) {
    let cards = board.cards_by_id();
    let comments = &board.actions.comments;
    let lost = comments
        .iter()
        .filter(|said| !cards.contains_key(&*said.card))
        .count();
    ledger.lose(
        "Comments on missing cards",
        "Their cards are not in the file.",
        lost,
    );
    let edited = comments.iter().filter(|said| said.edited).count();
    ledger.lose(
        "Marks that a comment was edited",
        "The text is the latest one.",
        edited,
    );
    let why = "The history begins with the import.";
    let entries = board.actions.total - comments.len();
    ledger.lose("Entries of the history other than comments", why, entries);
}

fn settings(ledger: &mut Ledger, board: &Board) {
    let power_ups = board.plugin_data.0 + each(board, |card| card.plugin_data.0);
    ledger.lose(
        "Data of Power-Ups",
        "Only the Power-Up can read it.",
        power_ups,
    );
    let limited = board
        .lists
        .iter()
        .filter(|list| list.soft_limit.any())
        .count();
    ledger.lose(
        "Limits of lists",
        "Set them as the columns' limits.",
        limited,
    );
    let described = usize::from(!board.desc.trim().is_empty());
    ledger.lose(
        "Description of the board",
        "Projects have no description.",
        described,
    );
    let why = "Background, visibility, voting and the like stay at Trello.";
    ledger.lose("Settings of the board", why, board.prefs.0);
    let why = "Everybody comes as a placeholder with the role of a guest.";
    ledger.lose("Roles of members", why, board.memberships.0);
    let long = board.name.trim().chars().count() > Name::CHARS_MAX;
    let why = format!(
        "At most {} characters fit; the end was cut off.",
        Name::CHARS_MAX
    );
    ledger.lose("Long board names", &why, usize::from(long));
}

fn notes(ledger: &mut Ledger, board: &Board, report: &Report) {
    let text = "The board is closed at Trello; the project is open here.";
    ledger.note("closed_board", usize::from(board.closed), text.into());
    let count = report.cards_open_on_archived_list;
    let cards = number_of(count, "open card");
    let text = format!("{cards} on archived lists: restore the column to see them.");
    ledger.note("open_on_archived_list", count, text);
    let missing = comments_not_in_file(board);
    let text = format!(
        "{} missing from the file: Trello exports the last 1,000 entries of a board's history.",
        number_of(missing, "comment")
    );
    ledger.note("comments_not_in_file", missing, text);
    let copied = board
        .actions
        .comments
        .iter()
        .filter(|said| said.copied)
        .count();
    let comments = number_of(copied, "comment");
    let text = format!("{comments} copied along with another card: imported too.");
    ledger.note("copied_comments", copied, text);
}

/// How many more comments the cards state than the file has.
fn comments_not_in_file(board: &Board) -> usize {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for said in &board.actions.comments {
        *found.entry(&said.card).or_default() += 1;
    }
    let missing = board.cards.iter().map(|card| {
        let stated = card.badges.comments.clamp(0.0, 1e6);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a million"
        )]
        let stated = stated as usize;
        stated.saturating_sub(found.get(&*card.id).copied().unwrap_or(0))
    });
    missing.sum()
}
