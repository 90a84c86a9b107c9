//! The history in the file: what people said is taken out of it, the rest is counted.
//!
//! Entries come in a hundred kinds with contents of their own. Only those of comments are read, so that nothing that
//! Trello invents elsewhere makes a board unreadable.

use super::board::Person;
use crate::imports::json::{Count, or_default};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// The most entries. Trello exports the last thousand; files put together by other programs have more.
pub(super) const ACTIONS_MAX: usize = 100_000;

/// The history.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// How many entries there are.
    pub(super) total: usize,
    /// What people said, newest first as in the file.
    pub(super) comments: Vec<Said>,
    /// Everybody who is named, by id.
    pub(super) people: BTreeMap<String, Person>,
}

/// A comment.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) id: String,
    /// The card's id.
    pub(super) card: String,
    /// The author's id.
    pub(super) author: String,
    pub(super) text: String,
    pub(super) date: String,
    pub(super) edited: bool,
    /// Whether it came to its card when another was copied.
    pub(super) copied: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    r#type: String,
    #[serde(deserialize_with = "or_default")]
    date: String,
    #[serde(deserialize_with = "or_default")]
    id_member_creator: String,
    #[serde(borrow)]
    member_creator: Option<&'a RawValue>,
    #[serde(borrow)]
    member: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Saying {
    #[serde(deserialize_with = "or_default")]
    text: String,
    #[serde(deserialize_with = "or_default")]
    card: CardName,
    #[serde(deserialize_with = "or_default")]
    id_card: String,
    #[serde(deserialize_with = "or_default")]
    date_last_edited: Count,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CardName {
    #[serde(deserialize_with = "or_default")]
    id: String,
}

impl History {
    fn take_in(&mut self, entry: Entry<'_>) -> Result<(), serde_json::Error> {
        for raw in [entry.member_creator, entry.member].into_iter().flatten() {
            // Names of people are a help, not worth refusing a file for.
            if let Ok(person) = serde_json::from_str::<Person>(raw.get())
                && !person.id.is_empty()
                && !self.people.contains_key(&person.id)
            {
                self.people.insert(person.id.clone(), person);
            }
        }
        let copied = entry.r#type == "copyCommentCard";
        if !copied && entry.r#type != "commentCard" {
            return Ok(());
        }
        let raw = entry.data.map_or("null", RawValue::get);
        let said = serde_json::from_str::<Option<Saying>>(raw)?.unwrap_or_default();
        let card = if said.card.id.is_empty() {
            said.id_card
        } else {
            said.card.id
        };
        self.comments.push(Said {
            id: entry.id,
            card,
            author: entry.id_member_creator,
            text: said.text,
            date: entry.date,
            edited: said.date_last_edited.any(),
            copied,
        });
        Ok(())
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = History;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of actions")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<History, A::Error> {
                let mut history = History::default();
                while history.total <= ACTIONS_MAX {
                    let Some(entry) = seq.next_element::<Entry<'de>>()? else {
                        return Ok(history);
                    };
                    history.total += 1;
                    history.take_in(entry).map_err(A::Error::custom)?;
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(history)
            }
        }
        deserializer.deserialize_seq(Entries)
    }
}
