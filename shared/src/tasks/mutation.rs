//! What can happen to a task.

use super::rules::{
    create, describe, edited, move_to, require_assignable, require_counts, require_label,
    require_parent, rewrite, spread,
};
use super::{Description, Priority, Task, moving};
use crate::access::{Action, Permission, Relation};
use crate::codes::{Code, Rejected};
use crate::ids::{LabelId, ProjectId, StatusId, TaskId, UserId};
use crate::labels::Label;
use crate::members::Member;
use crate::projects::{Project, insert_sorted, require_order};
use crate::statuses::{Status, place_of};
use crate::sync::{Command, List, Need, Row as _, Tables, Tx, spread_needs};
use crate::values::{Date, Markdown, Minutes, Place, Points, Title, is_default};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a task begins with beside its title.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewTask {
    /// How much it matters.
    #[serde(skip_serializing_if = "is_default")]
    pub priority: Priority,
    /// Story points.
    #[serde(skip_serializing_if = "is_default")]
    pub points: Option<Points>,
    /// The estimate.
    #[serde(skip_serializing_if = "is_default")]
    pub estimate: Option<Minutes>,
    /// The first day.
    #[serde(skip_serializing_if = "is_default")]
    pub start_on: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "is_default")]
    pub due_on: Option<Date>,
    /// Who does it.
    #[serde(skip_serializing_if = "is_default")]
    pub assignees: Vec<UserId>,
    /// Its labels.
    #[serde(skip_serializing_if = "is_default")]
    pub labels: Vec<LabelId>,
    /// The task it is part of.
    #[serde(skip_serializing_if = "is_default")]
    pub parent: Option<TaskId>,
    /// Its description.
    #[serde(skip_serializing_if = "is_default")]
    pub description: Option<Markdown>,
}

/// New values for some fields; absent fields stay, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskPatch {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// How much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Story points.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub points: Option<Option<Points>>,
    /// The estimate.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub estimate: Option<Option<Minutes>>,
    /// The first day.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub start_on: Option<Option<Date>>,
    /// The last day.
    #[serde(
        with = "crate::sync::nullable",
        skip_serializing_if = "Option::is_none"
    )]
    pub due_on: Option<Option<Date>>,
}

/// What can happen to a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Adds a task.
    Create {
        /// The task.
        id: TaskId,
        /// Its project.
        project: ProjectId,
        /// The column it begins in.
        status: StatusId,
        /// Where in the column.
        place: Place<TaskId>,
        /// Its title.
        title: Title,
        /// Everything else.
        #[serde(default, skip_serializing_if = "is_default")]
        fields: Box<NewTask>,
    },
    /// Changes fields.
    Edit {
        /// The task.
        id: TaskId,
        /// What becomes of it.
        patch: TaskPatch,
    },
    /// Replaces the description.
    Describe {
        /// The task.
        id: TaskId,
        /// The whole text; empty for none.
        markdown: Markdown,
    },
    /// Replaces the description that somebody began with by what they made of it. What others made of it meanwhile is
    /// merged in.
    Rewrite {
        /// The task.
        id: TaskId,
        /// The whole text as it was before.
        base: Markdown,
        /// The whole text as it is to be.
        markdown: Markdown,
    },
    /// Moves it to a column, or within one.
    Move {
        /// The task.
        id: TaskId,
        /// The column.
        status: StatusId,
        /// Where in the column.
        place: Place<TaskId>,
    },
    /// Takes it to another project, with the tasks below it and everything of theirs; each gets a new number there. What
    /// the other project has no equal of stays behind: labels of other names, and people who do not see it.
    MoveToProject {
        /// The task.
        id: TaskId,
        /// The other project.
        project: ProjectId,
        /// The column there; otherwise the first that means the same, else the first.
        #[serde(default, skip_serializing_if = "is_default")]
        status: Option<StatusId>,
        /// Where in the column.
        place: Place<TaskId>,
    },
    /// Gives the tasks around one shorter ranks; their order stays. The server does so when ranks have become long.
    Spread {
        /// The task.
        id: TaskId,
    },
    /// Adds an assignee.
    Assign {
        /// The task.
        id: TaskId,
        /// Whom.
        user: UserId,
    },
    /// Takes an assignee away.
    Unassign {
        /// The task.
        id: TaskId,
        /// Whom.
        user: UserId,
    },
    /// Adds a label.
    AddLabel {
        /// The task.
        id: TaskId,
        /// Which.
        label: LabelId,
    },
    /// Takes a label away.
    RemoveLabel {
        /// The task.
        id: TaskId,
        /// Which.
        label: LabelId,
    },
    /// Makes it part of another task, or of none.
    SetParent {
        /// The task.
        id: TaskId,
        /// The other task.
        parent: Option<TaskId>,
    },
    /// Takes it off the board, or brings it back.
    SetArchived {
        /// The task.
        id: TaskId,
        /// Whether it is off the board.
        archived: bool,
    },
    /// Deletes it into the trash, or restores it.
    SetTrashed {
        /// The task.
        id: TaskId,
        /// Whether it is in the trash.
        trashed: bool,
    },
}

impl Mutation {
    /// The task it is about.
    pub fn id(&self) -> TaskId {
        match self {
            Mutation::Create { id, .. }
            | Mutation::Edit { id, .. }
            | Mutation::Describe { id, .. }
            | Mutation::Rewrite { id, .. }
            | Mutation::Move { id, .. }
            | Mutation::MoveToProject { id, .. }
            | Mutation::Spread { id }
            | Mutation::Assign { id, .. }
            | Mutation::Unassign { id, .. }
            | Mutation::AddLabel { id, .. }
            | Mutation::RemoveLabel { id, .. }
            | Mutation::SetParent { id, .. }
            | Mutation::SetArchived { id, .. }
            | Mutation::SetTrashed { id, .. } => *id,
        }
    }
}

/// A task that the actor may edit, with its project.
pub(crate) fn editable(tx: &Tx<'_>, id: TaskId) -> Result<(Arc<Task>, Arc<Project>), Rejected> {
    let task = tx.get::<Task>(id)?;
    let project = tx.get::<Project>(task.project)?;
    let relation = relation(tx, &task);
    tx.require_of(Action::EditTasks, &project, relation)?;
    project.require_live()?;
    if task.trashed_at.is_some() {
        return Err(Rejected::new(
            Code::NotFound,
            "This task is in the trash. Restore it first.",
        ));
    }
    Ok((task, project))
}

fn relation(tx: &Tx<'_>, task: &Task) -> Relation {
    let actor = tx.context().actor;
    Relation {
        own: task.created_by == actor,
        assigned: task.assignees.contains(&actor),
        in_project: false,
    }
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "tasks.create",
            Mutation::Edit { .. } => "tasks.edit",
            Mutation::Describe { .. } => "tasks.describe",
            Mutation::Rewrite { .. } => "tasks.rewrite",
            Mutation::Move { .. } => "tasks.move",
            Mutation::MoveToProject { .. } => "tasks.move_to_project",
            Mutation::Spread { .. } => "tasks.spread",
            Mutation::Assign { .. } => "tasks.assign",
            Mutation::Unassign { .. } => "tasks.unassign",
            Mutation::AddLabel { .. } => "tasks.add_label",
            Mutation::RemoveLabel { .. } => "tasks.remove_label",
            Mutation::SetParent { .. } => "tasks.set_parent",
            Mutation::SetArchived { .. } => "tasks.set_archived",
            Mutation::SetTrashed { .. } => "tasks.set_trashed",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(match self {
            Mutation::Create { .. } => Action::CreateTasks,
            Mutation::SetTrashed { .. } => Action::DeleteTasks,
            _ => Action::EditTasks,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<Task>(self.id())];
        match self {
            Mutation::Create {
                project,
                status,
                fields,
                ..
            } => {
                needs.push(Need::row::<Project>(*project));
                needs.push(Need::row::<Status>(*status));
                needs.push(Need::List(List::Tasks(*status)));
                needs.extend(
                    fields
                        .assignees
                        .iter()
                        .map(|user| Need::row::<Member>(*user)),
                );
                needs.extend(fields.labels.iter().map(|label| Need::row::<Label>(*label)));
                needs.extend(fields.parent.map(Need::row::<Task>));
            }
            Mutation::Move { status, .. } => {
                needs.push(Need::row::<Status>(*status));
                needs.push(Need::List(List::Tasks(*status)));
            }
            Mutation::MoveToProject {
                id,
                project,
                status,
                ..
            } => {
                needs.extend([Need::Family(*id), Need::Frame(*project)]);
                needs.extend(status.map(|status| Need::List(List::Tasks(status))));
            }
            Mutation::Describe { id, .. } | Mutation::Rewrite { id, .. } => {
                needs.push(Need::row::<Description>(*id));
            }
            Mutation::Assign { user, .. } | Mutation::Unassign { user, .. } => {
                needs.push(Need::row::<Member>(*user));
            }
            Mutation::AddLabel { label, .. } | Mutation::RemoveLabel { label, .. } => {
                needs.push(Need::row::<Label>(*label));
            }
            Mutation::Spread { id } => needs.push(Need::Siblings(Task::key_of(*id))),
            Mutation::SetParent { parent, .. } => needs.extend(parent.map(Need::row::<Task>)),
            Mutation::Edit { .. } | Mutation::SetArchived { .. } | Mutation::SetTrashed { .. } => {}
        }
        needs
    }

    fn further_needs(&self, known: &Tables) -> Vec<Need> {
        match self {
            Mutation::MoveToProject { id, project, .. } => moving::lists(known, *id, *project),
            Mutation::Spread { id } => match known.get::<Task>(*id) {
                Some(task) => spread_needs(known, List::Tasks(task.status), id.uuid()),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Create {
                id,
                project,
                status,
                place,
                title,
                fields,
            } => create(tx, *id, *project, (*status, *place), title.clone(), fields),
            Mutation::Edit { id, patch } => {
                let (task, _) = editable(tx, *id)?;
                let task = edited(&task, patch);
                require_order(task.start_on, task.due_on)?;
                tx.put(task)
            }
            Mutation::Describe { id, markdown } => {
                let (task, _) = editable(tx, *id)?;
                describe(tx, &task, markdown.clone())
            }
            Mutation::Rewrite { id, base, markdown } => rewrite(tx, *id, base, markdown),
            Mutation::Move { id, status, place } => move_to(tx, *id, *status, *place),
            Mutation::MoveToProject {
                id,
                project,
                status,
                place,
            } => moving::move_to_project(tx, *id, *project, (*status, *place)),
            Mutation::Spread { id } => spread(tx, *id),
            Mutation::Assign { id, user } => {
                let (task, project) = editable(tx, *id)?;
                let mut task = (*task).clone();
                require_assignable(tx, &project, *user)?;
                insert_sorted(&mut task.assignees, *user);
                require_counts(&task)?;
                tx.put(task)
            }
            Mutation::Unassign { id, user } => {
                let (task, _) = editable(tx, *id)?;
                let mut task = (*task).clone();
                task.assignees.retain(|assignee| assignee != user);
                tx.put(task)
            }
            Mutation::AddLabel { id, label } => {
                let (task, _) = editable(tx, *id)?;
                let mut task = (*task).clone();
                require_label(tx, task.project, *label)?;
                insert_sorted(&mut task.labels, *label);
                require_counts(&task)?;
                tx.put(task)
            }
            Mutation::RemoveLabel { id, label } => {
                let (task, _) = editable(tx, *id)?;
                let mut task = (*task).clone();
                task.labels.retain(|other| other != label);
                tx.put(task)
            }
            Mutation::SetParent { id, parent } => {
                let (task, _) = editable(tx, *id)?;
                require_parent(tx, *id, task.project, *parent)?;
                tx.put(Task {
                    parent: *parent,
                    ..(*task).clone()
                })
            }
            Mutation::SetArchived { id, archived } => {
                let (task, _) = editable(tx, *id)?;
                let archived_at = archived.then_some(task.archived_at.unwrap_or(tx.now()));
                tx.put(Task {
                    archived_at,
                    ..(*task).clone()
                })
            }
            Mutation::SetTrashed { id, trashed } => {
                let task = tx.get::<Task>(*id)?;
                let project = tx.get::<Project>(task.project)?;
                tx.require_of(Action::DeleteTasks, &project, relation(tx, &task))?;
                project.require_live()?;
                let trashed_at = trashed.then_some(task.trashed_at.unwrap_or(tx.now()));
                tx.put(Task {
                    trashed_at,
                    ..(*task).clone()
                })
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let Some(task) = before.peek::<Task>(id) else {
            let created = matches!(self, Mutation::Create { .. });
            let back = created.then_some(Mutation::SetTrashed { id, trashed: true });
            return back.map(Command::from).into_iter().collect();
        };
        if let Mutation::MoveToProject {
            project, status, ..
        } = self
        {
            return moving::back(before, &task, *project, *status);
        }
        back(self, &task, before)
            .map(Command::from)
            .into_iter()
            .collect()
    }
}

fn back(mutation: &Mutation, task: &Task, before: &Tx<'_>) -> Option<Mutation> {
    let id = task.id;
    match mutation {
        Mutation::Create { .. } | Mutation::MoveToProject { .. } | Mutation::Spread { .. } => None,
        Mutation::Edit { patch, .. } => Some(Mutation::Edit {
            id,
            patch: TaskPatch {
                title: patch.title.as_ref().map(|_| task.title.clone()),
                priority: patch.priority.map(|_| task.priority),
                points: patch.points.map(|_| task.points),
                estimate: patch.estimate.map(|_| task.estimate),
                start_on: patch.start_on.map(|_| task.start_on),
                due_on: patch.due_on.map(|_| task.due_on),
            },
        }),
        Mutation::Describe { .. } | Mutation::Rewrite { .. } => {
            let markdown = before.peek::<Description>(id).map(|d| d.markdown.clone());
            Some(Mutation::Describe {
                id,
                markdown: markdown.unwrap_or_else(no_markdown),
            })
        }
        Mutation::Move { .. } => {
            let place = place_of(before, List::Tasks(task.status), id.uuid());
            Some(Mutation::Move {
                id,
                status: task.status,
                place,
            })
        }
        Mutation::Assign { user, .. } => {
            (!task.assignees.contains(user)).then_some(Mutation::Unassign { id, user: *user })
        }
        Mutation::Unassign { user, .. } => task
            .assignees
            .contains(user)
            .then_some(Mutation::Assign { id, user: *user }),
        Mutation::AddLabel { label, .. } => {
            (!task.labels.contains(label)).then_some(Mutation::RemoveLabel { id, label: *label })
        }
        Mutation::RemoveLabel { label, .. } => task
            .labels
            .contains(label)
            .then_some(Mutation::AddLabel { id, label: *label }),
        Mutation::SetParent { .. } => Some(Mutation::SetParent {
            id,
            parent: task.parent,
        }),
        Mutation::SetArchived { .. } => Some(Mutation::SetArchived {
            id,
            archived: task.archived_at.is_some(),
        }),
        Mutation::SetTrashed { .. } => Some(Mutation::SetTrashed {
            id,
            trashed: task.trashed_at.is_some(),
        }),
    }
}

fn no_markdown() -> Markdown {
    Markdown::parse("").expect("an empty description is valid")
}
