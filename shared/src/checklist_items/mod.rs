//! Checklist items: lines inside a task. The task's row counts them, so that a card needs no lines.

use crate::access::{Action, Permission};
use crate::codes::{Code, Rejected};
use crate::ids::{ChecklistItemId, ProjectId, TaskId};
use crate::projects;
use crate::statuses::place_of;
use crate::sync::{Command, Cover, Key, List, Need, Row, Scope, Tables, Tx, spread_needs};
use crate::tasks::{Task, editable};
use crate::values::{Name, Place, Rank, Title, is_default};
use serde::{Deserialize, Serialize};

/// The most lines in a task.
pub const ITEMS_MAX: u32 = 500;

crate::row! {
    /// A line inside a task.
    ChecklistItem {
        id: ChecklistItemId,
        task: TaskId,
        project: ProjectId,
        text: Title,
        done: bool,
        rank: Rank,
        /// The heading that it stands under, where a task has several lists.
        #[serde(default, skip_serializing_if = "is_default")]
        heading: Option<Name>,
    }
}

impl Row for ChecklistItem {
    type Id = ChecklistItemId;
    crate::in_table!(ChecklistItems);
    fn id(&self) -> ChecklistItemId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }
    fn cover(&self) -> Cover {
        Cover::Task(self.task)
    }
    fn place(&self) -> Option<(List, &Rank)> {
        Some((List::Checklist(self.task), &self.rank))
    }
    fn refs(&self, refs: &mut Vec<Key>) {
        refs.push(Task::key_of(self.task));
        refs.push(projects::key(self.project));
    }
}

/// What can happen to a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Adds a line.
    Create {
        /// The line.
        id: ChecklistItemId,
        /// Its task.
        task: TaskId,
        /// Its text.
        text: Title,
        /// Where it goes.
        place: Place<ChecklistItemId>,
        /// The heading it stands under.
        #[serde(default, skip_serializing_if = "is_default")]
        heading: Option<Name>,
        /// Whether it begins ticked, as a restored one may.
        #[serde(default, skip_serializing_if = "is_default")]
        done: bool,
    },
    /// Rewrites it.
    Edit {
        /// The line.
        id: ChecklistItemId,
        /// Its text.
        text: Title,
    },
    /// Ticks it, or not.
    SetDone {
        /// The line.
        id: ChecklistItemId,
        /// Whether it is done.
        done: bool,
    },
    /// Moves it within its task.
    Move {
        /// The line.
        id: ChecklistItemId,
        /// Where it goes.
        place: Place<ChecklistItemId>,
    },
    /// Gives the lines around one shorter ranks; their order stays. The server does so when ranks have become long.
    Spread {
        /// The line.
        id: ChecklistItemId,
    },
    /// Deletes it.
    Delete {
        /// The line.
        id: ChecklistItemId,
    },
}

impl Mutation {
    fn id(&self) -> ChecklistItemId {
        match self {
            Mutation::Create { id, .. }
            | Mutation::Edit { id, .. }
            | Mutation::SetDone { id, .. }
            | Mutation::Move { id, .. }
            | Mutation::Spread { id }
            | Mutation::Delete { id } => *id,
        }
    }
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "checklist_items.create",
            Mutation::Edit { .. } => "checklist_items.edit",
            Mutation::SetDone { .. } => "checklist_items.set_done",
            Mutation::Move { .. } => "checklist_items.move",
            Mutation::Spread { .. } => "checklist_items.spread",
            Mutation::Delete { .. } => "checklist_items.delete",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(Action::EditTasks)
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<ChecklistItem>(self.id())];
        match self {
            Mutation::Create { task, .. } => {
                needs.push(Need::row::<Task>(*task));
                needs.push(Need::List(List::Checklist(*task)));
            }
            Mutation::Move { id, .. } | Mutation::Spread { id } => {
                needs.push(Need::Siblings(ChecklistItem::key_of(*id)));
            }
            _ => {}
        }
        needs
    }

    fn further_needs(&self, known: &Tables) -> Vec<Need> {
        match (self, known.get::<ChecklistItem>(self.id())) {
            (Mutation::Spread { id }, Some(item)) => {
                spread_needs(known, List::Checklist(item.task), id.uuid())
            }
            _ => Vec::new(),
        }
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        if let Mutation::Create {
            id,
            task,
            text,
            place,
            heading,
            done,
        } = self
        {
            let (task, _) = editable(tx, *task)?;
            tx.require_new::<ChecklistItem>(*id)?;
            if task.checklist_total >= ITEMS_MAX {
                let text = format!("A checklist has at most {ITEMS_MAX} lines.");
                return Err(Rejected::new(Code::TooLarge, text));
            }
            let rank = tx.rank_at(List::Checklist(task.id), id.uuid(), *place);
            tx.put(counted(&task, 1, i64::from(*done)))?;
            return tx.put(ChecklistItem {
                id: *id,
                task: task.id,
                project: task.project,
                text: text.clone(),
                done: *done,
                rank,
                heading: heading.clone(),
            });
        }
        let item = tx.get::<ChecklistItem>(self.id())?;
        let (task, _) = editable(tx, item.task)?;
        match self {
            Mutation::Create { .. } => Ok(()),
            Mutation::Edit { text, .. } => tx.put(ChecklistItem {
                text: text.clone(),
                ..(*item).clone()
            }),
            Mutation::SetDone { done, .. } => {
                tx.put(counted(&task, 0, i64::from(*done) - i64::from(item.done)))?;
                tx.put(ChecklistItem {
                    done: *done,
                    ..(*item).clone()
                })
            }
            Mutation::Move { id, place } => {
                let rank = tx.rank_at(List::Checklist(item.task), id.uuid(), *place);
                tx.put(ChecklistItem {
                    rank,
                    ..(*item).clone()
                })
            }
            Mutation::Spread { id } => {
                for (id, rank) in tx.spread(List::Checklist(item.task), id.uuid()) {
                    if let Some(item) = tx.peek::<ChecklistItem>(id.into()) {
                        tx.put(ChecklistItem {
                            rank,
                            ..(*item).clone()
                        })?;
                    }
                }
                Ok(())
            }
            Mutation::Delete { id } => {
                tx.put(counted(&task, -1, -i64::from(item.done)))?;
                tx.delete::<ChecklistItem>(*id)
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let place = |item: &ChecklistItem| place_of(before, List::Checklist(item.task), id.uuid());
        let back = match (self, before.peek::<ChecklistItem>(id)) {
            (Mutation::Create { .. }, None) => Some(Mutation::Delete { id }),
            (Mutation::Edit { .. }, Some(item)) => Some(Mutation::Edit {
                id,
                text: item.text.clone(),
            }),
            (Mutation::SetDone { .. }, Some(item)) => Some(Mutation::SetDone {
                id,
                done: item.done,
            }),
            (Mutation::Move { .. }, Some(item)) => Some(Mutation::Move {
                id,
                place: place(&item),
            }),
            (Mutation::Delete { .. }, Some(item)) => Some(Mutation::Create {
                id,
                task: item.task,
                text: item.text.clone(),
                place: place(&item),
                heading: item.heading.clone(),
                done: item.done,
            }),
            _ => None,
        };
        back.map(Command::from).into_iter().collect()
    }
}

fn counted(task: &Task, total: i64, done: i64) -> Task {
    let plus = |count: u32, by: i64| u32::try_from(i64::from(count) + by).unwrap_or(0);
    Task {
        checklist_total: plus(task.checklist_total, total),
        checklist_done: plus(task.checklist_done, done),
        ..task.clone()
    }
}
