//! Comments on a task.

use crate::access::{Action, Permission, Relation};
use crate::codes::{Code, Rejected};
use crate::ids::{CommentId, ProjectId, TaskId, UserId};
use crate::projects::{self, Project};
use crate::sync::{Command, Cover, Key, Need, Row, Scope, Tx};
use crate::tasks::Task;
use crate::values::{CommentText, Time, is_default};
use serde::{Deserialize, Serialize};

crate::row! {
    /// What somebody said about a task.
    Comment {
        id: CommentId,
        task: TaskId,
        project: ProjectId,
        author: UserId,
        text: CommentText,
        created_at: Time,
        #[serde(default, skip_serializing_if = "is_default")]
        edited_at: Option<Time>,
    }
}

impl Row for Comment {
    type Id = CommentId;
    crate::in_table!(Comments);
    fn id(&self) -> CommentId {
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

/// What can happen to a comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// Says something.
    Create {
        /// The comment.
        id: CommentId,
        /// Its task.
        task: TaskId,
        /// The text, in Markdown.
        text: CommentText,
    },
    /// Says it differently.
    Edit {
        /// The comment.
        id: CommentId,
        /// The text, in Markdown.
        text: CommentText,
    },
    /// Takes it back.
    Delete {
        /// The comment.
        id: CommentId,
    },
    /// Puts a deleted comment back as it was; only its author may.
    Restore {
        /// The comment.
        id: CommentId,
        /// Its task.
        task: TaskId,
        /// The text, in Markdown.
        text: CommentText,
        /// When it was written; never later than now.
        created_at: Time,
    },
}

impl Mutation {
    fn id(&self) -> CommentId {
        match self {
            Mutation::Create { id, .. }
            | Mutation::Edit { id, .. }
            | Mutation::Delete { id }
            | Mutation::Restore { id, .. } => *id,
        }
    }
}

fn create(
    tx: &mut Tx<'_>,
    id: CommentId,
    task: TaskId,
    text: CommentText,
    created_at: Time,
) -> Result<(), Rejected> {
    let task = tx.get::<Task>(task)?;
    let project = tx.get::<Project>(task.project)?;
    tx.require_in(Action::CreateComments, &project)?;
    project.require_live()?;
    if task.trashed_at.is_some() {
        return Err(Code::NotFound.into());
    }
    tx.require_new::<Comment>(id)?;
    let author = tx.context().actor;
    tx.put(Task {
        comment_count: task.comment_count.saturating_add(1),
        ..(*task).clone()
    })?;
    tx.put(Comment {
        id,
        task: task.id,
        project: task.project,
        author,
        text,
        created_at,
        edited_at: None,
    })
}

impl crate::sync::Mutation for Mutation {
    fn name(&self) -> &'static str {
        match self {
            Mutation::Create { .. } => "comments.create",
            Mutation::Edit { .. } => "comments.edit",
            Mutation::Delete { .. } => "comments.delete",
            Mutation::Restore { .. } => "comments.restore",
        }
    }

    fn permission(&self) -> Permission {
        Permission::Action(match self {
            Mutation::Create { .. } | Mutation::Restore { .. } => Action::CreateComments,
            Mutation::Edit { .. } => Action::EditComments,
            Mutation::Delete { .. } => Action::DeleteComments,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::row::<Comment>(self.id())];
        if let Mutation::Create { task, .. } | Mutation::Restore { task, .. } = self {
            needs.push(Need::row::<Task>(*task));
        }
        needs
    }

    fn apply(&self, tx: &mut Tx<'_>) -> Result<(), Rejected> {
        let now = tx.now();
        match self {
            Mutation::Create { id, task, text } => create(tx, *id, *task, text.clone(), now),
            Mutation::Restore {
                id,
                task,
                text,
                created_at,
            } => create(tx, *id, *task, text.clone(), (*created_at).min(now)),
            Mutation::Edit { id, text } => {
                let (comment, _) = permitted(tx, *id, Action::EditComments)?;
                tx.put(Comment {
                    text: text.clone(),
                    edited_at: Some(now),
                    ..(*comment).clone()
                })
            }
            Mutation::Delete { id } => {
                let (_, task) = permitted(tx, *id, Action::DeleteComments)?;
                let comment_count = task.comment_count.saturating_sub(1);
                tx.put(Task {
                    comment_count,
                    ..(*task).clone()
                })?;
                tx.delete::<Comment>(*id)
            }
        }
    }

    fn inverse(&self, before: &Tx<'_>) -> Vec<Command> {
        let id = self.id();
        let back = match (self, before.peek::<Comment>(id)) {
            (Mutation::Create { .. } | Mutation::Restore { .. }, None) => {
                Some(Mutation::Delete { id })
            }
            (Mutation::Edit { .. }, Some(comment)) => Some(Mutation::Edit {
                id,
                text: comment.text.clone(),
            }),
            // Whoever takes back another's words cannot put them back: they would be their own.
            (Mutation::Delete { .. }, Some(comment))
                if comment.author != before.context().actor =>
            {
                None
            }
            (Mutation::Delete { .. }, Some(comment)) => Some(Mutation::Restore {
                id,
                task: comment.task,
                text: comment.text.clone(),
                created_at: comment.created_at,
            }),
            _ => None,
        };
        back.map(Command::from).into_iter().collect()
    }
}

type Found = (std::sync::Arc<Comment>, std::sync::Arc<Task>);

fn permitted(tx: &Tx<'_>, id: CommentId, action: Action) -> Result<Found, Rejected> {
    let comment = tx.get::<Comment>(id)?;
    let project = tx.get::<Project>(comment.project)?;
    let own = comment.author == tx.context().actor;
    tx.require_of(
        action,
        &project,
        Relation {
            own,
            ..Relation::default()
        },
    )?;
    project.require_live()?;
    Ok((comment.clone(), tx.get::<Task>(comment.task)?))
}
