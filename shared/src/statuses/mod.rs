//! Statuses: the columns of a project's workflow.

use crate::access::{Action, Permission};
use crate::codes::{Code, Rejected};
use crate::ids::{ProjectId, StatusId};
use crate::projects::{self, Project};
use crate::sync::{Command, Cover, Key, List, Need, Row, Scope, Tx};
use crate::values::{Color, Name, Place, Rank, Time, is_default};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What being in a status means, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    Backlog,
    Todo,
    Started,
    Done,
    Cancelled,
}

impl Category {
    /// Every category, in the order of work.
    pub const ALL: [Category; 5] = [
        Category::Backlog,
        Category::Todo,
        Category::Started,
        Category::Done,
        Category::Cancelled,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Category::Backlog => "backlog",
            Category::Todo => "todo",
            Category::Started => "started",
            Category::Done => "done",
            Category::Cancelled => "cancelled",
        }
    }

    /// The category of that name.
    pub fn parse(name: &str) -> Option<Category> {
        Category::ALL
            .into_iter()
            .find(|category| category.as_str() == name)
    }

    /// Whether work that is here is over.
    pub const fn is_closed(self) -> bool {
        matches!(self, Category::Done | Category::Cancelled)
    }
}

/// The largest WIP limit.
pub const WIP_LIMIT_MAX: u32 = 999;

crate::row! {
    /// A column.
    Status {
        id: StatusId,
        project: ProjectId,
        name: Name,
        category: Category,
        color: Color,
        rank: Rank,
        /// How many tasks should be here at most; shown, not enforced.
        #[serde(default, skip_serializing_if = "is_default")]
        wip_limit: Option<u32>,
        #[serde(default, skip_serializing_if = "is_default")]
        archived_at: Option<Time>,
    }
}

impl Row for Status {
    type Id = StatusId;
    crate::in_table!(Statuses);
    fn id(&self) -> StatusId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }
    fn cover(&self) -> Cover {
        Cover::Workspace
    }
    fn place(&self) -> Option<(List, &Rank)> {
        self.archived_at
            .is_none()
            .then_some((List::Statuses(self.project), &self.rank))
    }
    fn refs(&self, refs: &mut Vec<Key>) {
        refs.push(projects::key(self.project));
    }
}

/// New values for some fields; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StatusPatch {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What being here means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// The WIP limit; `null` for none.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub wip_limit: Option<Option<u32>>,
}

/// What can happen to a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Adds a column.
    Create {
        /// The column.
        id: StatusId,
        /// Its project.
        project: ProjectId,
        /// Its name.
        name: Name,
        /// What being in it means.
        category: Category,
        /// Its colour.
        color: Color,
        /// Where it goes.
        place: Place<StatusId>,
    },
    /// Changes fields.
    Edit {
        /// The column.
        id: StatusId,
        /// What becomes of it.
        patch: StatusPatch,
    },
    /// Moves it among the project's columns.
    Move {
        /// The column.
        id: StatusId,
        /// Where it goes.
        place: Place<StatusId>,
    },
    /// Takes it off the board with its tasks, or brings it back.
    SetArchived {
        /// The column.
        id: StatusId,
        /// Whether it is off the board.
        archived: bool,
    },
}

impl Mutation {
    fn id(&self) -> StatusId {
        match self {
            Mutation::Create { id, .. }
            | Mutation::Edit { id, .. }
            | Mutation::Move { id, .. }
            | Mutation::SetArchived { id, .. } => *id,
        }
    }
}

fn editable(tx: &Tx<'_>, id: StatusId) -> Result<Arc<Status>, Rejected> {
    let status = tx.get::<Status>(id)?;
    let project = tx.get::<Project>(status.project)?;
    tx.require_in(Action::EditStatuses, &project)?;
    project.require_live()?;
    Ok(status)
}

/// Refuses a limit that is none.
pub(crate) fn require_wip_limit(limit: Option<u32>) -> Result<(), Rejected> {
    if limit.is_none_or(|limit| (1..=WIP_LIMIT_MAX).contains(&limit)) {
        return Ok(());
    }
    let text = format!("A limit goes from 1 to {WIP_LIMIT_MAX}.");
    Err(Rejected::field("wip_limit", text))
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "statuses.create",
            Mutation::Edit { .. } => "statuses.edit",
            Mutation::Move { .. } => "statuses.move",
            Mutation::SetArchived { .. } => "statuses.set_archived",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(Action::EditStatuses)
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<Status>(self.id())];
        match self {
            Mutation::Create { project, .. } => {
                needs.push(Need::row::<Project>(*project));
                needs.push(Need::List(List::Statuses(*project)));
            }
            // The list is the status's project's: the loader follows the row.
            Mutation::Move { .. } | Mutation::SetArchived { .. } => {
                needs.push(Need::Siblings(Status::key_of(self.id())));
            }
            Mutation::Edit { .. } => {}
        }
        needs
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Create {
                id,
                project,
                name,
                category,
                color,
                place,
            } => {
                let project = tx.get::<Project>(*project)?;
                tx.require_in(Action::EditStatuses, &project)?;
                project.require_live()?;
                tx.require_new::<Status>(*id)?;
                let rank = tx.rank_at(List::Statuses(project.id), id.uuid(), *place);
                tx.put(Status {
                    id: *id,
                    project: project.id,
                    name: name.clone(),
                    category: *category,
                    color: *color,
                    rank,
                    wip_limit: None,
                    archived_at: None,
                })
            }
            Mutation::Edit { id, patch } => {
                let status = editable(tx, *id)?;
                require_wip_limit(patch.wip_limit.flatten())?;
                let patch = patch.clone();
                tx.put(Status {
                    name: patch.name.unwrap_or_else(|| status.name.clone()),
                    category: patch.category.unwrap_or(status.category),
                    color: patch.color.unwrap_or(status.color),
                    wip_limit: patch.wip_limit.unwrap_or(status.wip_limit),
                    ..(*status).clone()
                })
            }
            Mutation::Move { id, place } => {
                let status = editable(tx, *id)?;
                let rank = tx.rank_at(List::Statuses(status.project), id.uuid(), *place);
                tx.put(Status {
                    rank,
                    ..(*status).clone()
                })
            }
            Mutation::SetArchived { id, archived } => {
                let status = editable(tx, *id)?;
                let archived_at = archived.then_some(status.archived_at.unwrap_or(tx.now()));
                tx.put(Status {
                    archived_at,
                    ..(*status).clone()
                })?;
                if tx.list(List::Statuses(status.project)).is_empty() {
                    return Err(Code::LastStatus.into());
                }
                Ok(())
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let Some(status) = before.peek::<Status>(id) else {
            let created = matches!(self, Mutation::Create { .. });
            let back = created.then_some(Mutation::SetArchived { id, archived: true });
            return back.map(Command::from).into_iter().collect();
        };
        let back = match self {
            Mutation::Create { .. } => None,
            Mutation::Edit { patch, .. } => Some(Mutation::Edit {
                id,
                patch: StatusPatch {
                    name: patch.name.as_ref().map(|_| status.name.clone()),
                    category: patch.category.map(|_| status.category),
                    color: patch.color.map(|_| status.color),
                    wip_limit: patch.wip_limit.map(|_| status.wip_limit),
                },
            }),
            Mutation::Move { .. } => Some(Mutation::Move {
                id,
                place: place_of(before, List::Statuses(status.project), id.uuid()),
            }),
            Mutation::SetArchived { .. } => Some(Mutation::SetArchived {
                id,
                archived: status.archived_at.is_some(),
            }),
        };
        back.map(Command::from).into_iter().collect()
    }
}

/// Where something is in its list, told by its neighbours: the place to go back to.
pub(crate) fn place_of<Id: From<uuid::Uuid>>(tx: &Tx<'_>, list: List, id: uuid::Uuid) -> Place<Id> {
    let members = tx.list(list);
    let Some(at) = members.iter().position(|(_, member)| *member == id) else {
        return Place::Last;
    };
    let neighbour = |at: Option<usize>| {
        at.and_then(|at| members.get(at))
            .map(|(_, id)| (*id).into())
    };
    match (neighbour(at.checked_sub(1)), neighbour(Some(at + 1))) {
        (None, _) => Place::First,
        (_, None) => Place::Last,
        (after, before) => Place::Near { after, before },
    }
}
