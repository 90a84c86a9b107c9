//! Rows in memory: what a command reads. A browser holds all that it may see, a server what the commands at hand need.

use super::rows::{AnyRow, Key, List, Row, Table};
use crate::values::Rank;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// A row and the number of the change that last touched it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The workspace's sequence number of the last change.
    pub v: u64,
    /// The row.
    pub row: AnyRow,
}

/// Rows by key, and the hand-ordered lists they form. Iteration is in key order, so that replays are identical everywhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    rows: BTreeMap<Key, Stored>,
    lists: BTreeMap<List, BTreeSet<(Rank, Uuid)>>,
}

/// Rows of different keys.
impl FromIterator<(u64, AnyRow)> for Tables {
    fn from_iter<I: IntoIterator<Item = (u64, AnyRow)>>(rows: I) -> Self {
        let mut lists: BTreeMap<List, Vec<(Rank, Uuid)>> = BTreeMap::new();
        let rows = rows.into_iter().map(|(v, row)| {
            let key = row.key();
            if let Some((list, rank)) = row.place() {
                lists.entry(list).or_default().push((rank.clone(), key.id));
            }
            (key, Stored { v, row })
        });
        Self {
            // The standard library sorts, and then fills node after node.
            rows: rows.collect(),
            lists: lists
                .into_iter()
                .map(|(list, members)| (list, members.into_iter().collect()))
                .collect(),
        }
    }
}

impl Tables {
    /// The row with that key.
    pub fn find(&self, key: Key) -> Option<&Stored> {
        self.rows.get(&key)
    }

    /// The row of that type and id.
    pub fn get<R: Row>(&self, id: R::Id) -> Option<&Arc<R>> {
        self.rows
            .get(&R::key_of(id))
            .and_then(|stored| R::from_any(&stored.row))
    }

    /// Puts a row in, in the place of an earlier version; answers that version.
    pub fn put(&mut self, v: u64, row: AnyRow) -> Option<Stored> {
        let key = row.key();
        if let Some((list, rank)) = row.place() {
            self.lists
                .entry(list)
                .or_default()
                .insert((rank.clone(), key.id));
        }
        let before = self.rows.insert(key, Stored { v, row });
        if let Some(before) = &before {
            let now = self.rows[&key].row.place();
            if before.row.place() != now {
                Self::unlist(&mut self.lists, &before.row);
            }
        }
        before
    }

    /// Takes a row out; answers it.
    pub fn remove(&mut self, key: Key) -> Option<Stored> {
        let before = self.rows.remove(&key)?;
        Self::unlist(&mut self.lists, &before.row);
        Some(before)
    }

    fn unlist(lists: &mut BTreeMap<List, BTreeSet<(Rank, Uuid)>>, row: &AnyRow) {
        if let Some((list, rank)) = row.place()
            && let Some(members) = lists.get_mut(&list)
        {
            members.remove(&(rank.clone(), row.key().id));
            if members.is_empty() {
                lists.remove(&list);
            }
        }
    }

    /// Every row of a type, in id order.
    pub fn all<R: Row>(&self) -> impl Iterator<Item = &Arc<R>> {
        self.range(R::TABLE)
            .filter_map(|(_, stored)| R::from_any(&stored.row))
    }

    /// Every row of a table, in id order.
    pub fn range(&self, table: Table) -> impl Iterator<Item = (Key, &Stored)> {
        let (low, high) = (
            Key {
                table,
                id: Uuid::nil(),
            },
            Key {
                table,
                id: Uuid::max(),
            },
        );
        self.rows
            .range(low..=high)
            .map(|(key, stored)| (*key, stored))
    }

    /// Every row.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Stored)> {
        self.rows.iter().map(|(key, stored)| (*key, stored))
    }

    /// The ids of a list, in order.
    pub fn list(&self, list: List) -> impl DoubleEndedIterator<Item = Uuid> + use<'_> {
        self.ranked(list).map(|(_, id)| *id)
    }

    /// The ranks and ids of a list, in order.
    pub fn ranked(&self, list: List) -> impl DoubleEndedIterator<Item = &(Rank, Uuid)> + use<'_> {
        self.lists.get(&list).into_iter().flatten()
    }

    /// The set behind a list, where it is not empty.
    pub(crate) fn ranked_set(&self, list: List) -> Option<&BTreeSet<(Rank, Uuid)>> {
        self.lists.get(&list)
    }

    /// Adds the order of a list whose rows are not loaded themselves: the server knows who is where without reading all.
    pub fn put_list(&mut self, list: List, members: impl IntoIterator<Item = (Rank, Uuid)>) {
        self.lists.entry(list).or_default().extend(members);
    }

    /// How many things are in a list.
    pub fn list_len(&self, list: List) -> usize {
        self.lists.get(&list).map_or(0, BTreeSet::len)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes out every row for which `keep` says no; answers their keys.
    pub fn retain(&mut self, mut keep: impl FnMut(&Stored) -> bool) -> Vec<Key> {
        let gone: Vec<Key> = self
            .rows
            .iter()
            .filter(|(_, stored)| !keep(stored))
            .map(|(key, _)| *key)
            .collect();
        for key in &gone {
            self.remove(*key);
        }
        gone
    }
}
