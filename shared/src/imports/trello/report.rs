//! What is in a file, counted without regard to what becomes of it.

use super::board::{Board, Card};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The counts of a board export. The names are stable: scripts read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The board's name.
    pub board: String,
    /// Lists, archived ones too.
    pub lists: usize,
    /// Archived lists.
    pub lists_archived: usize,
    /// Cards, archived ones too.
    pub cards: usize,
    /// Cards that were archived themselves.
    pub cards_archived: usize,
    /// Cards that were not archived but whose list was.
    pub cards_open_on_archived_list: usize,
    /// Cards with a description.
    pub cards_with_description: usize,
    /// Cards with a due date.
    pub cards_with_due: usize,
    /// Cards marked complete.
    pub cards_due_complete: usize,
    /// Cards with a start date.
    pub cards_with_start: usize,
    /// Labels of the board.
    pub labels: usize,
    /// Labels that are a colour alone.
    pub labels_without_name: usize,
    /// Labels without a colour.
    pub labels_without_colour: usize,
    /// Labels on cards.
    pub card_labels: usize,
    /// People who are members of the board.
    pub members: usize,
    /// People on cards.
    pub card_members: usize,
    /// People who said something or are on a card without being members.
    pub people_not_in_members: usize,
    /// Checklists.
    pub checklists: usize,
    /// Lines of checklists.
    pub check_items: usize,
    /// Lines that are done.
    pub check_items_done: usize,
    /// Checklists whose card is not in the file.
    pub checklists_of_missing_cards: usize,
    /// Attachments, links and files.
    pub attachments: usize,
    /// Entries of the history.
    pub actions: usize,
    /// Comments.
    pub comments: usize,
    /// Comments whose card is not in the file.
    pub comments_on_missing_cards: usize,
    /// Custom fields of the board.
    pub custom_fields: usize,
    /// Values of custom fields on cards.
    pub custom_field_values: usize,
    /// Votes for cards.
    pub votes: usize,
}

impl Report {
    /// Counts a board.
    pub fn of(board: &Board) -> Self {
        let cards =
            |filter: fn(&Card) -> bool| board.cards.iter().filter(|card| filter(card)).count();
        let each = |count: fn(&Card) -> usize| board.cards.iter().map(count).sum();
        let archived_lists: BTreeSet<&str> = board
            .lists
            .iter()
            .filter(|list| list.closed && !list.id.is_empty())
            .map(|list| &*list.id)
            .collect();
        let ids = board.cards_by_id();
        let items = || board.checklists.iter().flat_map(|list| &list.check_items);
        // What came along when a card was copied is counted with the rest of the history.
        let comments = || board.actions.comments.iter().filter(|said| !said.copied);
        Self {
            board: board.name.clone(),
            lists: board.lists.len(),
            lists_archived: board.lists.iter().filter(|list| list.closed).count(),
            cards: board.cards.len(),
            cards_archived: cards(|card| card.closed),
            cards_open_on_archived_list: board
                .cards
                .iter()
                .filter(|card| !card.closed && archived_lists.contains(&*card.id_list))
                .count(),
            cards_with_description: cards(|card| !card.desc.is_empty()),
            cards_with_due: cards(|card| !card.due.is_empty()),
            cards_due_complete: cards(|card| card.due_complete),
            cards_with_start: cards(|card| !card.start.is_empty()),
            labels: board.labels.len(),
            labels_without_name: board
                .labels
                .iter()
                .filter(|label| label.name.is_empty())
                .count(),
            labels_without_colour: board
                .labels
                .iter()
                .filter(|label| label.color.is_empty())
                .count(),
            card_labels: each(|card| card.label_keys().len()),
            members: board.members.len(),
            card_members: each(|card| card.id_members.len()),
            people_not_in_members: people_not_in_members(board),
            checklists: board.checklists.len(),
            check_items: items().count(),
            check_items_done: items().filter(|item| item.is_done()).count(),
            checklists_of_missing_cards: board
                .checklists
                .iter()
                .filter(|list| !ids.contains_key(&*list.id_card))
                .count(),
            attachments: each(|card| card.attachments.len()),
            actions: board.actions.total,
            comments: comments().count(),
            comments_on_missing_cards: comments()
                .filter(|said| !ids.contains_key(&*said.card))
                .count(),
            custom_fields: board.custom_fields.len(),
            custom_field_values: each(|card| card.custom_field_items.0),
            votes: each(|card| card.id_members_voted.0),
        }
    }
}

fn people_not_in_members(board: &Board) -> usize {
    let members: BTreeSet<&str> = board.members.iter().map(|member| &*member.id).collect();
    let authors = board.actions.comments.iter().map(|said| &*said.author);
    let on_cards = board
        .cards
        .iter()
        .flat_map(|card| &card.id_members)
        .map(|id| &**id);
    let others: BTreeSet<&str> = authors
        .chain(on_cards)
        .filter(|id| !members.contains(id))
        .collect();
    others.len()
}
