//! The people of a board, who become placeholders that can be invited.

use super::board::Person;
use super::plan::Draft;
use crate::ids::UserId;
use crate::imports::{ImportedPerson, plan::ROWS_MAX};
use crate::values::Name;
use std::collections::{BTreeMap, BTreeSet};

/// The placeholders, and who of Trello is which of them.
pub(super) struct People {
    pub(super) imported: Vec<ImportedPerson>,
    by_id: BTreeMap<String, UserId>,
    /// The names of those who share a placeholder because there are too many people for one import.
    shared: BTreeMap<String, Name>,
}

impl People {
    /// Everybody who is a member, is on a card or said something. Two people of the same name stay two.
    pub(super) fn of(draft: &mut Draft<'_, '_>, statuses: usize) -> Self {
        let board = draft.board;
        let on_cards = board.cards.iter().flat_map(|card| &card.id_members);
        let authors = board.actions.comments.iter().map(|said| &said.author);
        let busy: Vec<&String> = on_cards.chain(authors).collect();
        let is_busy: BTreeSet<&str> = busy.iter().map(|id| id.as_str()).collect();
        let mut seen = BTreeSet::new();
        let mut everybody = Vec::new();
        for member in board.members.iter() {
            // Without an id nobody can be named, so that nobody is the same as somebody else.
            if member.id.is_empty() || seen.insert(&*member.id) {
                everybody.push(Somebody {
                    id: &member.id,
                    known: Some(member),
                    is_member: true,
                });
            }
        }
        for id in busy {
            if seen.insert(id) {
                let known = board.actions.people.get(id);
                everybody.push(Somebody {
                    id,
                    known,
                    is_member: false,
                });
            }
        }
        let room = ROWS_MAX.saturating_sub(statuses).max(1);
        let crowd = if everybody.len() > room {
            everybody.sort_by_key(|somebody| !is_busy.contains(somebody.id));
            everybody.split_off(room - 1)
        } else {
            Vec::new()
        };
        let members = everybody
            .iter()
            .filter(|somebody| somebody.is_member)
            .count();
        let placeholders = "Placeholders that can be invited";
        draft.ledger.map("Members", placeholders, members);
        draft.ledger.map(
            "People who are no members",
            placeholders,
            everybody.len() - members,
        );
        let mut people = Self {
            imported: Vec::new(),
            by_id: BTreeMap::new(),
            shared: BTreeMap::new(),
        };
        for somebody in everybody {
            let imported = placeholder(draft, somebody.known);
            if !somebody.id.is_empty() || !somebody.is_member {
                people.by_id.insert(somebody.id.to_owned(), imported.id);
            }
            people.imported.push(imported);
        }
        people.share(draft, crowd, &is_busy);
        people
    }

    /// One placeholder for all who are too many. Those who did nothing need none.
    fn share(
        &mut self,
        draft: &mut Draft<'_, '_>,
        crowd: Vec<Somebody<'_>>,
        busy: &BTreeSet<&str>,
    ) {
        let (busy, idle): (Vec<_>, Vec<_>) = crowd
            .into_iter()
            .partition(|somebody| busy.contains(somebody.id));
        let why = "One import brings a few hundred people; these are on no card and said nothing.";
        draft.ledger.lose("Members without cards", why, idle.len());
        if busy.is_empty() {
            return;
        }
        let why = "One import brings a few hundred people; these share a placeholder, and their comments \
                   begin with their name.";
        draft.ledger.lose("People of their own", why, busy.len());
        let id = draft.ids.fresh();
        for somebody in busy {
            let name = placeholder(draft, somebody.known).name;
            self.by_id.insert(somebody.id.to_owned(), id);
            self.shared.insert(somebody.id.to_owned(), name);
        }
        let name = Name::parse("Other people").expect("a constant name is valid");
        self.imported.push(ImportedPerson {
            id,
            name,
            handle: None,
        });
    }

    /// Who stands for somebody of Trello.
    pub(super) fn find(&self, id: &str) -> Option<UserId> {
        self.by_id.get(id).copied()
    }

    /// The name that has to be told because the placeholder's does not.
    pub(super) fn name_to_tell(&self, id: &str) -> Option<&Name> {
        self.shared.get(id)
    }
}

/// Somebody on the board.
struct Somebody<'a> {
    id: &'a str,
    /// What the file says about them, where it says anything.
    known: Option<&'a Person>,
    is_member: bool,
}

fn placeholder(draft: &mut Draft<'_, '_>, person: Option<&Person>) -> ImportedPerson {
    let handle = person.and_then(|person| draft.texts.fit(&person.username, "names of people"));
    let name = person
        .and_then(|person| draft.texts.fit(&person.full_name, "names of people"))
        .or_else(|| handle.clone());
    ImportedPerson {
        id: draft.ids.fresh(),
        name: name
            .unwrap_or_else(|| Name::parse("Former member").expect("a constant name is valid")),
        handle,
    }
}
