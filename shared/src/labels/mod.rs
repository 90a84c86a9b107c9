//! Labels of a project. Tasks name labels by id; a label that was deleted simply no longer shows.

use crate::access::{Action, Permission};
use crate::codes::Rejected;
use crate::ids::{LabelId, ProjectId};
use crate::projects::{self, Project};
use crate::sync::{Command, Cover, Key, Need, Row, Scope, Tx};
use crate::values::{Color, LabelName};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

crate::row! {
    /// A label.
    Label {
        id: LabelId,
        project: ProjectId,
        name: LabelName,
        color: Color,
    }
}

impl Row for Label {
    type Id = LabelId;
    crate::in_table!(Labels);
    fn id(&self) -> LabelId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }
    fn cover(&self) -> Cover {
        Cover::Workspace
    }
    fn refs(&self, refs: &mut Vec<Key>) {
        refs.push(projects::key(self.project));
    }
}

/// What can happen to a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Adds a label.
    Create {
        /// The label.
        id: LabelId,
        /// Its project.
        project: ProjectId,
        /// Its name.
        name: LabelName,
        /// Its colour.
        color: Color,
    },
    /// Gives it another name or colour.
    Edit {
        /// The label.
        id: LabelId,
        /// The name.
        name: LabelName,
        /// The colour.
        color: Color,
    },
    /// Deletes it; tasks no longer show it.
    Delete {
        /// The label.
        id: LabelId,
    },
}

impl Mutation {
    fn id(&self) -> LabelId {
        match self {
            Mutation::Create { id, .. } | Mutation::Edit { id, .. } | Mutation::Delete { id } => {
                *id
            }
        }
    }
}

fn editable(tx: &Tx<'_>, id: LabelId) -> Result<Arc<Label>, Rejected> {
    let label = tx.get::<Label>(id)?;
    let project = tx.get::<Project>(label.project)?;
    tx.require_in(Action::EditLabels, &project)?;
    project.require_live()?;
    Ok(label)
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "labels.create",
            Mutation::Edit { .. } => "labels.edit",
            Mutation::Delete { .. } => "labels.delete",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(Action::EditLabels)
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<Label>(self.id())];
        if let Mutation::Create { project, .. } = self {
            needs.push(Need::row::<Project>(*project));
        }
        needs
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Create {
                id,
                project,
                name,
                color,
            } => {
                let project = tx.get::<Project>(*project)?;
                tx.require_in(Action::EditLabels, &project)?;
                project.require_live()?;
                tx.require_new::<Label>(*id)?;
                tx.put(Label {
                    id: *id,
                    project: project.id,
                    name: name.clone(),
                    color: *color,
                })
            }
            Mutation::Edit { id, name, color } => {
                let label = editable(tx, *id)?;
                tx.put(Label {
                    name: name.clone(),
                    color: *color,
                    ..(*label).clone()
                })
            }
            Mutation::Delete { id } => {
                editable(tx, *id)?;
                tx.delete::<Label>(*id)
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let back = match (self, before.peek::<Label>(id)) {
            (Mutation::Create { .. }, None) => Some(Mutation::Delete { id }),
            (Mutation::Edit { .. }, Some(label)) => Some(Mutation::Edit {
                id,
                name: label.name.clone(),
                color: label.color,
            }),
            (Mutation::Delete { .. }, Some(label)) => Some(Mutation::Create {
                id,
                project: label.project,
                name: label.name.clone(),
                color: label.color,
            }),
            _ => None,
        };
        back.map(Command::from).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::sync::Context;
    use crate::sync::world::{World, user};
    use crate::tasks::{self, Task};
    use crate::values::Time;

    #[test]
    fn a_label_that_was_deleted_comes_back_to_its_tasks() {
        let mut world = World::new();
        let member = user(Role::Member);
        let (id, task) = (world.id::<LabelId>(), world.task("first", 0));
        let create = Mutation::Create {
            id,
            project: world.project,
            name: LabelName::parse("Bug").unwrap(),
            color: Color::Red,
        };
        world.run(member, create).unwrap();
        let add = tasks::Mutation::AddLabel {
            id: task,
            label: id,
        };
        world.run(member, add).unwrap();
        let before = world.get::<Label>(id);
        let context = Context {
            actor: member,
            now: Time(1),
            cid: world.id(),
        };
        let delete = Command::from(Mutation::Delete { id });
        let inverse = delete.inverse(&world.tables, context);
        world.run(member, delete).unwrap();
        assert!(world.tables.get::<Label>(id).is_none());
        assert_eq!(world.get::<Task>(task).labels, [id], "tasks still name it");
        for command in inverse {
            world.run(member, command).unwrap();
        }
        assert_eq!(world.get::<Label>(id), before);
        assert_eq!(world.get::<Task>(task).labels, [id]);
    }
}
