//! The file as Trello writes it. Fields come and go with the years: all but what makes it a board may be missing or null.

use super::history::{ACTIONS_MAX, History};
use crate::codes::Rejected;
use crate::imports::json::{self, Capped, Count, Format, or_default};
use serde::Deserialize;
use std::collections::BTreeMap;

const CARDS_MAX: usize = 20_000;
/// All lists come with the first command of an import, which has to leave room for people.
const LISTS_MAX: usize = 400;
const LABELS_MAX: usize = 2_000;
const MEMBERS_MAX: usize = 10_000;
const CHECKLISTS_MAX: usize = 50_000;
const CUSTOM_FIELDS_MAX: usize = 1_000;
const CHECK_ITEMS_MAX: usize = 200_000;
const ATTACHMENTS_MAX: usize = 100_000;

const FORMAT: Format = Format {
    noun: "Trello board export",
    how: "In Trello, open the board's menu, choose \"Print, export and share\" and \"Export as JSON\", and \
          import the file that you get.",
};

/// Reads a board; the refusal says what is wrong with the file and what to do.
pub fn parse(bytes: &[u8]) -> Result<Board, Rejected> {
    let (mut board, mended): (Board, usize) = json::read(bytes, &FORMAT)?;
    board.mended = mended;
    board.cards.check("cards")?;
    board.lists.check("lists")?;
    board.labels.check("labels")?;
    board.members.check("members")?;
    board.checklists.check("checklists")?;
    board.custom_fields.check("custom fields")?;
    let items = board
        .checklists
        .iter()
        .map(|checklist| checklist.check_items.len())
        .sum();
    let attachments = board.cards.iter().map(|card| card.attachments.len()).sum();
    for (count, max, noun) in [
        (board.actions.total, ACTIONS_MAX, "entries of history"),
        (items, CHECK_ITEMS_MAX, "check items"),
        (attachments, ATTACHMENTS_MAX, "attachments"),
    ] {
        if count > max {
            return Err(FORMAT.refuse(format_args!(
                "The file has more than {max} {noun}, the most that an import takes."
            )));
        }
    }
    Ok(board)
}

/// A board, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    pub(super) name: String,
    pub(super) lists: Capped<List, LISTS_MAX>,
    pub(super) cards: Capped<Card, CARDS_MAX>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) desc: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) closed: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) labels: Capped<Label, LABELS_MAX>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) members: Capped<Person, MEMBERS_MAX>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) memberships: Count,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) checklists: Capped<Checklist, CHECKLISTS_MAX>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) actions: History,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) custom_fields: Capped<CustomField, CUSTOM_FIELDS_MAX>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) plugin_data: Count,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) prefs: Count,
    /// How many characters were mended to read the file.
    #[serde(skip)]
    pub(super) mended: usize,
}

macro_rules! tolerant {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub(super) struct $name {$(
            $(#[$field_meta])*
            #[serde(deserialize_with = "or_default")]
            pub(super) $field: $type,
        )*}
    )*};
}

tolerant! {
    List {
        id: String,
        name: String,
        closed: bool,
        pos: f64,
        color: String,
        soft_limit: Count,
        subscribed: Count,
    }

    Card {
        id: String,
        id_list: String,
        id_short: f64,
        name: String,
        desc: String,
        closed: bool,
        pos: f64,
        due: String,
        due_complete: bool,
        start: String,
        date_last_activity: String,
        date_closed: String,
        date_completed: String,
        id_members: Vec<String>,
        id_labels: Vec<String>,
        labels: Vec<Label>,
        attachments: Vec<Attachment>,
        badges: Badges,
        // From here on only counted.
        id_members_voted: Count,
        custom_field_items: Count,
        checklists: Count,
        stickers: Count,
        plugin_data: Count,
        cover: Cover,
        due_reminder: Count,
        subscribed: Count,
        is_template: Count,
        #[serde(rename = "cardRole")]
        role: Count,
        coordinates: Count,
        location_name: Count,
        address: Count,
        email: Count,
    }

    Badges {
        comments: f64,
    }

    Cover {
        color: Count,
        id_attachment: Count,
        id_uploaded_background: Count,
    }

    /// A label. Before 2014 it had no id, and cards repeated name and colour.
    Label {
        id: String,
        name: String,
        color: String,
    }

    Person {
        id: String,
        full_name: String,
        username: String,
    }

    Checklist {
        id_card: String,
        name: String,
        pos: f64,
        check_items: Vec<CheckItem>,
    }

    CheckItem {
        name: String,
        state: String,
        pos: f64,
        due: Count,
        id_member: Count,
    }

    Attachment {
        name: String,
        file_name: String,
        url: String,
        date: String,
        pos: f64,
        is_upload: bool,
        is_malicious: bool,
    }

    CustomField {
        name: String,
    }
}

impl Board {
    /// Where each card is; the first, where an id comes twice.
    pub(super) fn cards_by_id(&self) -> BTreeMap<&str, usize> {
        let mut cards = BTreeMap::new();
        for (at, card) in self.cards.iter().enumerate() {
            if !card.id.is_empty() {
                cards.entry(&*card.id).or_insert(at);
            }
        }
        cards
    }
}

impl Card {
    /// What its labels are called in [`Label::key`]: the ids, or what stood in their place before there were ids.
    pub(super) fn label_keys(&self) -> Vec<String> {
        if self.id_labels.is_empty() {
            self.labels.iter().map(Label::key).collect()
        } else {
            self.id_labels.clone()
        }
    }
}

impl Label {
    /// What cards name it by.
    pub(super) fn key(&self) -> String {
        if self.id.is_empty() {
            format!("{}/{}", self.color, self.name)
        } else {
            self.id.clone()
        }
    }
}

impl Cover {
    pub(super) const fn any(&self) -> bool {
        self.color.any() || self.id_attachment.any() || self.id_uploaded_background.any()
    }
}

impl CheckItem {
    pub(super) fn is_done(&self) -> bool {
        self.state == "complete"
    }
}
