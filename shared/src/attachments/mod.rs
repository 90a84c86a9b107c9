//! Attachments of a task: links, for now; files come with storage.

use crate::access::{Action, Permission};
use crate::codes::Rejected;
use crate::ids::{AttachmentId, ProjectId, TaskId, UserId};
use crate::projects;
use crate::sync::{Command, Cover, Key, Need, Row, Scope, Tx};
use crate::tasks::{Task, editable};
use crate::values::{Link, Time, Title};
use serde::{Deserialize, Serialize};

crate::row! {
    /// A link on a task.
    Attachment {
        id: AttachmentId,
        task: TaskId,
        project: ProjectId,
        title: Title,
        url: Link,
        added_by: UserId,
        added_at: Time,
    }
}

impl Row for Attachment {
    type Id = AttachmentId;
    crate::in_table!(Attachments);
    fn id(&self) -> AttachmentId {
        self.id
    }
    fn scope(&self) -> Scope {
        Scope::Project(self.project)
    }
    fn cover(&self) -> Cover {
        Cover::Task(self.task)
    }
    fn refs(&self, refs: &mut Vec<Key>) {
        refs.push(Task::key_of(self.task));
        refs.push(projects::key(self.project));
    }
}

/// What can happen to an attachment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Adds a link.
    Create {
        /// The attachment.
        id: AttachmentId,
        /// Its task.
        task: TaskId,
        /// What to show.
        title: Title,
        /// Where it leads.
        url: Link,
    },
    /// Takes it away.
    Delete {
        /// The attachment.
        id: AttachmentId,
    },
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "attachments.create",
            Mutation::Delete { .. } => "attachments.delete",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(Action::EditTasks)
    }

    fn needs(&self) -> Vec<Need> {
        match self {
            Mutation::Create { id, task, .. } => {
                vec![Need::row::<Attachment>(*id), Need::row::<Task>(*task)]
            }
            Mutation::Delete { id } => vec![Need::row::<Attachment>(*id)],
        }
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        match self {
            Mutation::Create {
                id,
                task,
                title,
                url,
            } => {
                let (task, _) = editable(tx, *task)?;
                tx.require_new::<Attachment>(*id)?;
                let (added_by, added_at) = (tx.context().actor, tx.now());
                tx.put(Attachment {
                    id: *id,
                    task: task.id,
                    project: task.project,
                    title: title.clone(),
                    url: url.clone(),
                    added_by,
                    added_at,
                })
            }
            Mutation::Delete { id } => {
                let attachment = tx.get::<Attachment>(*id)?;
                editable(tx, attachment.task)?;
                tx.delete::<Attachment>(*id)
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let back = match self {
            Mutation::Create { id, .. } => Some(Mutation::Delete { id: *id }),
            Mutation::Delete { id } => before.peek::<Attachment>(*id).map(|a| Mutation::Create {
                id: *id,
                task: a.task,
                title: a.title.clone(),
                url: a.url.clone(),
            }),
        };
        back.map(Command::from).into_iter().collect()
    }
}
