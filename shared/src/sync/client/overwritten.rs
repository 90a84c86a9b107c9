//! What of mine somebody else has overwritten without having seen it.
//!
//! The later one wins, in the server's order; nobody is to lose unawares. Every change says up to where its maker had seen
//! everything. If they change a field that I changed after that, they did not know, and I am told.

use crate::ids::UserId;
use crate::projects::{self, ProjectPatch};
use crate::statuses::{self, StatusPatch};
use crate::sync::command::Command;
use crate::sync::patch::{Op, Part};
use crate::sync::rows::{Key, Table};
use crate::values::{Name, Title};
use crate::{checklist_items, tasks};
use serde_json::{Map, Value};
use std::collections::VecDeque;

/// How many of my changes are remembered.
const REMEMBERED_MAX: usize = 500;

/// What people set by hand, and would miss. Counters, ranks and times are the rules' own.
const WATCHED: &[(Table, &str)] = &[
    (Table::Tasks, "title"),
    (Table::Tasks, "status"),
    (Table::Tasks, "priority"),
    (Table::Tasks, "points"),
    (Table::Tasks, "estimate"),
    (Table::Tasks, "start_on"),
    (Table::Tasks, "due_on"),
    (Table::ChecklistItems, "text"),
    (Table::Labels, "name"),
    (Table::Statuses, "name"),
    (Table::Projects, "name"),
];

/// A value of mine that somebody overwrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Overwritten {
    /// The row.
    pub key: Key,
    /// The field's name.
    pub field: &'static str,
    /// What I had set.
    pub mine: Value,
    /// What it is now.
    pub theirs: Value,
    /// Whose it is.
    pub by: UserId,
}

impl Overwritten {
    /// The command that sets my value again; nothing where a person has to look first.
    pub fn take_back(&self) -> Option<Command> {
        let id = self.key.id;
        Some(match (self.key.table, self.field) {
            (Table::Tasks, "status") => tasks::Mutation::Move {
                id: id.into(),
                status: serde_json::from_value(self.mine.clone()).ok()?,
                place: crate::values::Place::Last,
            }
            .into(),
            (Table::Tasks, field) => {
                let patch = Map::from_iter([(field.to_owned(), self.mine.clone())]);
                let patch = serde_json::from_value(Value::Object(patch)).ok()?;
                tasks::Mutation::Edit {
                    id: id.into(),
                    patch,
                }
                .into()
            }
            (Table::Statuses, _) => statuses::Mutation::Edit {
                id: id.into(),
                patch: StatusPatch {
                    name: self.text(Name::parse),
                    ..StatusPatch::default()
                },
            }
            .into(),
            (Table::Projects, _) => projects::Mutation::Edit {
                id: id.into(),
                patch: ProjectPatch {
                    name: self.text(Name::parse),
                    ..ProjectPatch::default()
                },
            }
            .into(),
            (Table::ChecklistItems, _) => checklist_items::Mutation::Edit {
                id: id.into(),
                text: self.text(Title::parse)?,
            }
            .into(),
            _ => return None,
        })
    }

    /// My value, where it is words. Patches are not read from JSON for it: every page would carry the code for that.
    fn text<T>(&self, parse: fn(&str) -> Result<T, String>) -> Option<T> {
        parse(self.mine.as_str()?).ok()
    }
}

#[derive(Clone, Debug)]
struct Change {
    key: Key,
    field: &'static str,
    seq: u64,
    value: Value,
}

/// My last changes, as the server confirmed them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mine(VecDeque<Change>);

impl Mine {
    /// Looks at what happened: my changes are remembered, and what others overwrote of them is answered.
    pub(super) fn look(&mut self, me: UserId, parts: &[Part]) -> Vec<Overwritten> {
        let mut overwritten = Vec::new();
        for part in parts {
            let Some(by) = part.by else { continue };
            for change in &part.changes {
                let Op::Patch(patch) = &change.op else {
                    continue;
                };
                for (field, value) in patch {
                    let watched = WATCHED
                        .iter()
                        .find(|(table, name)| *table == change.key.table && name == field);
                    let Some((_, field)) = watched else { continue };
                    let before = self.forget(change.key, field);
                    if by == me {
                        self.remember(Change {
                            key: change.key,
                            field,
                            seq: part.seq,
                            value: value.clone(),
                        });
                        continue;
                    }
                    let unseen = |mine: &Change| part.seen.is_some_and(|seen| seen < mine.seq);
                    if let Some(mine) = before.filter(|mine| unseen(mine) && mine.value != *value) {
                        overwritten.push(Overwritten {
                            key: change.key,
                            field,
                            mine: mine.value,
                            theirs: value.clone(),
                            by,
                        });
                    }
                }
            }
        }
        overwritten
    }

    fn forget(&mut self, key: Key, field: &str) -> Option<Change> {
        let at = self
            .0
            .iter()
            .position(|it| it.key == key && it.field == field)?;
        self.0.remove(at)
    }

    fn remember(&mut self, change: Change) {
        self.0.push_back(change);
        if self.0.len() > REMEMBERED_MAX {
            self.0.pop_front();
        }
    }
}
